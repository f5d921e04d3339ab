// @ts-check
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { quiet } from "./fakes.js";
import { agreed, begin, live, patient, server, therapist } from "./two.js";

/** @typedef {import("./fakes.js").Seat} Seat */

beforeEach(begin);

describe("this side's devices", () => {
  for (const [name, words] of [
    ["NotAllowedError", /^Your browser keeps the microphone closed for Ebb\./],
    ["NotFoundError", /^No microphone was found\./],
    ["NotReadableError", /^The microphone does not answer\./],
  ]) {
    test(`${name}: its own sentence, and nobody is told of anything`, async () => {
      patient.media.refuses.audio = /** @type {string} */ (name);
      await patient.call.join();
      await quiet();
      assert.equal(patient.state.phase, "refused");
      assert.match(patient.state.why ?? "", /** @type {RegExp} */ (words));
      assert.deepEqual(server.log, []);
      // Listening needs no microphone, and the next try is a new one.
      await patient.call.join({ microphone: false });
      await quiet();
      assert.equal(patient.state.phase, "on");
      assert.equal(patient.state.own.microphone, false);
    });
  }

  test("a camera that is refused does not keep anybody from speaking", async () => {
    patient.media.refuses.video = "NotReadableError";
    await patient.call.join({ camera: true });
    await quiet();
    assert.equal(patient.state.phase, "on");
    assert.deepEqual([patient.state.own.microphone, patient.state.own.camera], [true, false]);
    assert.match(patient.state.why ?? "", /^The camera does not answer\./);
  });

  test("a microphone that is pulled out is off on both sides, with its sentence", async () => {
    await live();
    patient.media.last("audio").unplug();
    await quiet();
    assert.equal(patient.state.own.microphone, false);
    assert.match(patient.state.why ?? "", /^The microphone is gone/);
    assert.equal(therapist.other.microphone, false);
    await patient.call.microphone(true);
    await quiet();
    assert.equal(patient.state.why, null);
    assert.equal(patient.peer.getSenders()[0].track, patient.media.last("audio"));
    assert.equal(therapist.other.microphone, true);
  });

  test("muted is silent at once, and push to silence comes back by itself", async () => {
    await live();
    const track = patient.media.last("audio");
    patient.call.silence(true);
    assert.equal(track.passes, false);
    patient.call.silence(false);
    assert.equal(track.passes, true);
    void patient.call.microphone(false);
    assert.equal(track.passes, false);
    assert.equal(track.readyState, "live");
    await quiet();
    assert.equal(therapist.other.microphone, false);
  });

  test("a camera that is turned off is closed, so that its light goes out", async () => {
    await live();
    await patient.call.camera(true);
    const track = patient.media.last("video");
    void patient.call.camera(false);
    assert.equal(track.readyState, "ended");
    await quiet();
    assert.equal(patient.peer.getSenders()[1].track, null);
    assert.deepEqual(agreed(therapist)[1], ["video", "inactive"]);
  });

  test("a page that is not in front is silent, says so, and comes back by a tap alone", async () => {
    await live();
    await patient.call.camera(true);
    patient.call.hidden(true);
    assert.equal(patient.media.last("audio").passes, false);
    assert.equal(patient.media.last("video").readyState, "ended");
    assert.equal(patient.state.own.hiddenMuted, true);
    await quiet();
    assert.deepEqual(
      [therapist.other.hidden, therapist.other.microphone, therapist.other.camera],
      [true, false, false],
    );
    patient.call.hidden(false);
    await quiet();
    assert.equal(patient.media.last("audio").passes, false);
    assert.equal(therapist.other.hidden, false);
    await patient.call.microphone(true);
    assert.equal(patient.media.last("audio").passes, true);
    assert.equal(patient.state.own.hiddenMuted, false);
  });

  test("a page that was hidden while the browser asked opens nothing", async () => {
    await live();
    let answer = () => {};
    patient.media.asking = new Promise((resolve) => {
      answer = resolve;
    });
    const asked = patient.call.camera(true);
    patient.call.hidden(true);
    answer();
    await asked;
    assert.equal(patient.media.last("video").readyState, "ended");
    assert.equal(patient.state.own.camera, false);
  });

  test("another microphone takes the place of the one in use, without a word to the other side", async () => {
    await live();
    const said = server.said("description").length;
    await patient.call.use("microphone", "headset");
    await quiet();
    assert.equal(patient.state.own.devices.microphone, "headset");
    assert.equal(patient.peer.getSenders()[0].track?.deviceId, "headset");
    assert.equal(patient.media.opened[0].readyState, "ended");
    assert.equal(server.said("description").length, said);
  });

  for (const from of ["the beginning", "later on"])
    test(`a line too thin for a picture from ${from} gives it up, and only a tap brings it back`, async () => {
      await Promise.all([patient.call.join({ camera: from === "the beginning" }), therapist.call.join()]);
      await quiet();
      for (const { peer } of [patient, therapist]) peer.becomes("connected");
      if (from !== "the beginning") await patient.call.camera(true);
      await quiet();
      patient.peer.reports = [
        { id: "t", type: "transport", selectedCandidatePairId: "p" },
        {
          id: "p",
          type: "candidate-pair",
          localCandidateId: "l",
          remoteCandidateId: "r",
          availableOutgoingBitrate: 90_000,
        },
        { id: "l", type: "local-candidate", candidateType: "relay" },
        { id: "r", type: "remote-candidate", candidateType: "host" },
      ];
      await server.time.pass(4_000);
      assert.equal(patient.state.own.camera, true);
      await server.time.pass(3_000);
      await quiet();
      assert.deepEqual([patient.state.own.camera, patient.state.own.thin], [false, true]);
      assert.match(patient.state.why ?? "", /^The line is thin/);
      assert.equal(patient.other.route, "relay");
      patient.peer.reports[1].availableOutgoingBitrate = 2_000_000;
      await server.time.pass(10_000);
      assert.equal(patient.state.own.camera, false);
      await patient.call.camera(true);
      assert.deepEqual([patient.state.own.camera, patient.state.own.thin], [true, false]);
    });
});

describe("a stop", () => {
  const heard = (/** @type {Seat} */ seat) => seat.peer.getReceivers().map(({ track }) => track.enabled);

  test("closes the patient's microphone and camera at once, and nothing is heard, until their own tap", async () => {
    await live();
    await patient.call.camera(true);
    await quiet();
    patient.call.freeze({ hear: false, speak: false });
    assert.deepEqual(
      patient.media.opened.map(({ readyState }) => readyState),
      ["ended", "ended"],
    );
    assert.deepEqual(heard(patient), [false, false]);
    await patient.call.microphone(true);
    assert.equal(patient.state.own.microphone, false);
    patient.call.thaw();
    await quiet();
    assert.deepEqual(heard(patient), [true, true]);
    assert.deepEqual([patient.state.own.microphone, patient.state.own.camera], [false, false]);
    await patient.call.microphone(true);
    assert.equal(patient.media.last("audio").passes, true);
  });

  test("leaves the therapist's voice where the patient chose so, and the own microphone to a tap", async () => {
    await live();
    patient.call.freeze({ hear: true, speak: false });
    assert.equal(patient.media.last("audio").readyState, "ended");
    assert.deepEqual(heard(patient), [true, true]);
    await patient.call.microphone(true);
    assert.equal(patient.media.last("audio").passes, true);
  });

  test("holds the therapist's voice, which is as before when it goes on", async () => {
    await live();
    const track = therapist.media.last("audio");
    therapist.call.freeze({ hear: false, speak: "held" });
    assert.deepEqual([track.passes, track.readyState], [false, "live"]);
    await quiet();
    assert.equal(patient.other.microphone, false);
    therapist.call.thaw();
    assert.equal(track.passes, true);
    await quiet();
    assert.equal(patient.other.microphone, true);
  });

  test("is one for whoever joins while it lasts too", async () => {
    patient.call.freeze({ hear: false, speak: false });
    await live();
    assert.equal(patient.state.own.microphone, false);
    assert.deepEqual(heard(patient), [false, false]);
  });
});
