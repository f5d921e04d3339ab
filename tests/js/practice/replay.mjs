// @ts-check
/**
 * Replays transcripts of the server's machine in the phone's: `node replay.mjs transcripts.jsonl`.
 *
 * The first line is what all practices share, each further one a practice: its opening, then every command with its
 * instant and what came of it. Events, refusals, views and what falls due must be the same, or it exits 1 with the
 * first difference.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";

import {
  decide,
  due,
  evolve,
  NOTHING,
  opened,
  Refused,
  view,
} from "../../../static/js/practice/machine/index.js";

/** @typedef {{at: number, command: any, events: any[] | null, refused: {code: string, message: string} | null,
 *   due: number[], view: any}} Step */
/** @typedef {{opened: any, fetched_ms: number | null, view: any, steps: Step[]}} Transcript */

const [shared, ...practices] = readFileSync(process.argv[2], "utf8")
  .split("\n")
  .map((line) => JSON.parse(line));

class Phone {
  /** @param {Transcript} transcript */
  constructor(transcript) {
    const { patient, at_ms, words, planned_minutes, care, programme, item } = transcript.opened;
    this.fetched = transcript.fetched_ms;
    this.patient = patient;
    this.state = NOTHING;
    const event = opened({ patient, at_ms, planned_minutes, care: { ...care, words }, programme, item });
    this.append([event], at_ms, "system");
  }

  /** @param {any[]} events @param {number} at @param {'patient' | 'system'} role */
  append(events, at, role) {
    for (const event of events) {
      const by = role === "patient" ? this.patient : "";
      // What is kept is JSON: nothing of an event may get lost on the way.
      const line = JSON.parse(JSON.stringify({ seq: this.state.seq + 1, at, by, role, event, cause: null }));
      this.state = evolve(this.state, line);
    }
  }

  /** @param {Step} step @returns {Step} */
  take({ at, command }) {
    const moment = {
      now_ms: at,
      lead_ms: 500,
      fetched_ms: this.fetched,
      find: (/** @type {string} */ slug) => shared.exercises[slug] ?? null,
      flags: shared.flags,
      says: shared.says,
    };
    const asked = command ?? due(this.state)[0]?.command;
    /** @type {any[] | null} */
    let events = null;
    let refused = null;
    try {
      events = decide(this.state, asked, moment);
      this.append(events, at, command === null ? "system" : "patient");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = { code: error.code, message: error.message };
    }
    return {
      at,
      command,
      events: told(events),
      refused,
      due: due(this.state).map(({ at_ms }) => at_ms),
      view: view(this.state),
    };
  }
}

/** As JSON, and without what only the phone's copy of the care has. @param {any} events */
function told(events) {
  return JSON.parse(JSON.stringify(events), (name, value) => {
    if (name !== "care") return value;
    const { words: _, ...care } = value;
    return care;
  });
}

/** How to read a value is told in other words by each side; that it is refused, and with which code, is not. @param {Step} step */
function judged(step) {
  return step.refused?.code === "bad_message" ? { ...step, refused: { code: "bad_message" } } : step;
}

let steps = 0;
for (const [number, transcript] of practices.entries()) {
  const phone = new Phone(transcript);
  assert.deepEqual(view(phone.state), transcript.view);
  for (const [index, step] of transcript.steps.entries()) {
    const state = JSON.stringify(phone.state);
    let took = null;
    try {
      took = judged(phone.take(step));
      assert.deepEqual(took, judged(step));
      steps += 1;
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      process.stdout.write(
        `practice ${number}, step ${index}: ${JSON.stringify(step.command)} at ${step.at}\n`,
      );
      process.stdout.write(`${message}\nbefore: ${state}\n`);
      process.exit(1);
    }
  }
}
process.stdout.write(`${steps} steps of ${practices.length} practices are the same\n`);
