// @ts-check
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { quiet } from "./fakes.js";
import { agreed, begin, byManners, joined, live, patient, server, therapist } from "./two.js";

beforeEach(begin);

describe("voice between two", () => {
  test("is agreed on with one offer and one answer, and sound goes both ways without a picture", async () => {
    await live();
    assert.deepEqual(
      server.said("description").map(({ description }) => description.type),
      ["offer", "answer"],
    );
    for (const seat of [patient, therapist]) {
      assert.deepEqual(agreed(seat), [
        ["audio", "sendrecv"],
        ["video", "inactive"],
      ]);
      assert.equal(seat.state.phase, "on");
      assert.equal(seat.other.state, "live");
      assert.equal(seat.other.microphone, true);
      assert.deepEqual(
        seat.other.stream?.getTracks().map(({ kind }) => kind),
        ["audio"],
      );
    }
  });

  test("is asked of the other's browser as speech for a thin line", async () => {
    await joined();
    for (const { peer } of [patient, therapist]) {
      assert.match(
        peer.remoteDescription.sdp,
        /a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate=24000/,
      );
      assert.doesNotMatch(peer.localDescription.sdp, /usedtx/);
    }
  });

  test("gives both the same words and digits", async () => {
    await joined();
    assert.ok(patient.other.code);
    assert.deepEqual(patient.other.code, therapist.other.code);
    assert.equal(patient.other.code?.words.length, 4);
    assert.match(patient.other.code?.digits ?? "", /^\d{5} \d{5}$/);
    assert.equal(patient.other.codeChanged || therapist.other.codeChanged, false);
  });

  test("binds each side before either says its secret", async () => {
    await joined();
    for (const person of ["patient", "therapist"]) {
      const codes = server.said("code");
      const reveal = codes.findIndex(({ code, by }) => "reveal" in code && by === person);
      const commit = codes.findIndex(({ code, by }) => "commit" in code && by !== person);
      assert.ok(commit >= 0 && commit < reveal);
    }
  });

  test("takes ways that come before the description they belong to", async () => {
    /** @type {any[]} */
    const late = [];
    server.between = (said) => {
      if (!("description" in said) || said.description.type !== "offer") return said;
      late.push(said);
      return null;
    };
    await joined();
    const [polite, other] = byManners();
    assert.equal(polite.peer.candidates.length, 0);
    polite.told({ type: "call.signal", from: other.state.own.peer, person: other.person, ...late[0] });
    await quiet();
    assert.equal(polite.peer.candidates.length, 1);
    assert.equal(polite.peer.signalingState, "stable");
  });

  test("turns both cameras on at once: one takes the offer back, and both pictures come", async () => {
    await live();
    await Promise.all([patient.call.camera(true), therapist.call.camera(true)]);
    await quiet();
    const [polite, other] = byManners();
    assert.deepEqual([polite.peer.rollbacks, other.peer.rollbacks], [1, 0]);
    for (const seat of [patient, therapist]) {
      assert.deepEqual(agreed(seat), [
        ["audio", "sendrecv"],
        ["video", "sendrecv"],
      ]);
      assert.equal(seat.peer.signalingState, "stable");
    }
  });

  test("both offer at once at the very beginning: the polite one begins anew, without places too many", async () => {
    server.between = (said) => ("description" in said ? null : said);
    await joined();
    const [polite, other] = byManners();
    await server.time.pass(5_000);
    await quiet();
    assert.equal(polite.peer.signalingState, "have-local-offer");
    assert.equal(other.peer.signalingState, "have-local-offer");
    server.between = (said) => said;
    await server.time.pass(3_000);
    await quiet();
    for (const seat of [polite, other]) {
      assert.equal(seat.peer.signalingState, "stable");
      assert.deepEqual(agreed(seat), [
        ["audio", "sendrecv"],
        ["video", "inactive"],
      ]);
    }
    assert.deepEqual(polite.other.code, other.other.code);
    assert.ok(polite.other.code);
  });

  test("sends an offer again that stays without an answer, and the answer again that was lost", async () => {
    let lost = 2;
    server.between = (said) => {
      if (!("description" in said) || lost === 0) return said;
      lost -= 1;
      return null;
    };
    await joined();
    await server.time.pass(3_100);
    await quiet();
    assert.equal(lost, 0);
    await server.time.pass(3_100);
    await quiet();
    assert.equal(patient.peer.signalingState, "stable");
    assert.equal(therapist.peer.signalingState, "stable");
  });

  test("hears nothing that a stranger says, nor what is no description at all", async () => {
    await live();
    const before = patient.peer.remoteDescription;
    patient.told({
      type: "call.signal",
      from: "nobody",
      person: "x",
      description: { type: "offer", sdp: "v=0\r\n" },
    });
    patient.told({
      type: "call.signal",
      from: therapist.state.own.peer,
      person: "therapist",
      description: { type: "offer", sdp: "rubbish" },
    });
    patient.told({
      type: "call.signal",
      from: therapist.state.own.peer,
      person: "therapist",
      candidate: { candidate: "rubbish" },
    });
    await quiet();
    assert.equal(patient.peer.remoteDescription, before);
    await patient.call.camera(true);
    await quiet();
    assert.deepEqual(agreed(patient)[1], ["video", "sendonly"]);
  });
});
