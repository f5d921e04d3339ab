// @ts-check
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { FakeLocks, quiet } from "./fakes.js";
import { begin, live, open, patient, server, therapist } from "./two.js";

beforeEach(begin);

describe("who takes part, and where", () => {
  test("a second tab of the device is told so, and takes it only when asked to", async () => {
    const lock = new FakeLocks();
    const one = server.seat(open, "one", "patient", { lock });
    const two = server.seat(open, "two", "patient", { lock });
    await one.call.join();
    await two.call.join();
    assert.equal(two.state.phase, "elsewhere");
    assert.equal(two.media.opened.length, 0);
    await two.call.join({ take: true });
    await quiet();
    assert.equal(two.state.phase, "on");
    assert.equal(one.state.phase, "moved");
    assert.equal(one.media.last("audio").readyState, "ended");
  });

  test("another device holds it: said, and taken when asked to", async () => {
    await live();
    const other = server.seat(open, "patient", "patient");
    await other.call.join();
    await quiet();
    assert.equal(other.state.phase, "elsewhere");
    assert.equal(other.media.last("audio").readyState, "ended");
    await other.call.join({ take: true });
    patient.told({ type: "call.moved" });
    await quiet();
    assert.equal(other.state.phase, "on");
    assert.equal(patient.state.phase, "moved");
  });

  test("a support person listens, and is heard once both let them speak", async () => {
    await live();
    const support = server.seat(open, "support", "support");
    await support.call.join({ microphone: false });
    await quiet();
    const at = () => therapist.state.others.find(({ role }) => role === "support");
    assert.equal(at()?.speaks, false);
    assert.deepEqual(
      support.peers.map((peer) => peer.getTransceivers()[0].currentDirection),
      ["recvonly", "recvonly"],
    );
    const entry = server.people.find(({ role }) => role === "support");
    assert.ok(entry);
    Object.assign(entry, { speaks: true, allowed_by: ["patient", "therapist"] });
    server.tell();
    await quiet();
    await support.call.microphone(true);
    await quiet();
    assert.equal(at()?.speaks, true);
    assert.deepEqual(
      support.peers.map((peer) => peer.getTransceivers()[0].currentDirection),
      ["sendrecv", "sendrecv"],
    );
    assert.equal(support.media.last("audio").passes, true);
    // Taken back, by either: silent on both sides at once.
    Object.assign(entry, { speaks: false, allowed_by: ["patient"] });
    server.tell();
    await quiet();
    assert.equal(support.media.last("audio").passes, false);
    assert.equal(therapist.peers.at(-1)?.getReceivers()[0].track.enabled, false);
  });

  test("hiding one's address without a relay is no half measure", async () => {
    await patient.call.join({ relay: true });
    await quiet();
    assert.equal(patient.state.phase, "refused");
    assert.match(patient.state.why ?? "", /relay/);
    assert.equal(server.people.length, 0);
    server.joined = {
      servers: [{ urls: ["turn:relay.example"], username: "1", credential: "x" }],
      relay_only: false,
      until_ms: null,
    };
    await patient.call.join({ relay: true });
    await therapist.call.join();
    await quiet();
    assert.equal(patient.peer.config.iceTransportPolicy, "relay");
    assert.equal(therapist.peer.config.iceTransportPolicy, "all");
  });

  test("a server that says no is heard, and everything is closed", async () => {
    patient.server.take = (seat, frame) =>
      seat.told({ type: "refused", id: frame.id, code: "not_now", message: "Not yet." });
    await patient.call.join();
    await quiet();
    assert.deepEqual([patient.state.phase, patient.state.why], ["refused", "Not yet."]);
    assert.equal(patient.media.last("audio").readyState, "ended");
  });

  test("leaving closes everything, and the end of the visit too", async () => {
    await live();
    patient.call.leave();
    therapist.call.lineState("ended");
    await quiet();
    for (const seat of [patient, therapist]) {
      assert.equal(seat.state.phase, "off");
      assert.equal(seat.peer.closed, true);
      assert.equal(seat.media.last("audio").readyState, "ended");
    }
    assert.equal(
      server.people.some(({ person }) => person === "patient"),
      false,
    );
  });
});
