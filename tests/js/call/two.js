// @ts-check
/** Two people with a page each, and a server between them: what most tests of a call begin with. */

import { browser, FakePeer, FakeServer, quiet } from "./fakes.js";

/** @typedef {import("./fakes.js").Seat} Seat */

browser();
const { Call } = await import("../../../static/js/call/call.js");

/** @param {any} parts @param {any} changed */
export const open = (parts, changed) => new Call(parts, changed);

/** @type {FakeServer} */
export let server;
/** @type {Seat} */
export let patient;
/** @type {Seat} */
export let therapist;

export function begin() {
  FakePeer.all = [];
  server = new FakeServer();
  patient = server.seat(open, "patient", "patient");
  therapist = server.seat(open, "therapist", "therapist");
}

/** The patient's page is another one. */
export function reload() {
  patient.drop();
  patient = server.seat(open, "patient", "patient");
}

export async function joined() {
  await Promise.all([patient.call.join(), therapist.call.join()]);
  await quiet();
}

export async function live() {
  await joined();
  for (const { peer } of [patient, therapist]) peer.becomes("connected");
  await quiet();
}

/** Whoever has the smaller id, and the other one. @returns {[Seat, Seat]} */
export function byManners() {
  const both = /** @type {[Seat, Seat]} */ ([patient, therapist]);
  return both.sort((a, b) => ((a.state.own.peer ?? "") < (b.state.own.peer ?? "") ? -1 : 1));
}

/** What a seat gives and takes, as both sides agreed on it. @param {Seat} seat */
export const agreed = (seat) =>
  seat.peer.getTransceivers().map(({ kind, currentDirection }) => [kind, currentDirection]);
