// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { NOTHING_LOCAL, sceneOf, shownStep } from "../../../static/js/live/scene.js";
import { view } from "./bench.js";

const pacer = {
  in_ms: 4_000,
  hold_in_ms: 0,
  out_ms: 6_000,
  hold_out_ms: 0,
  anchor_ms: 0,
  revision: 1,
  next: null,
};

/** @param {Partial<import("../../../static/js/live/messages.js").Activity>} [changes] */
const activity = (changes = {}) => ({
  exercise: "soft",
  version: 1,
  title: "Soft",
  step: 1,
  steps: 3,
  was: null,
  step_at_ms: 0,
  step_ms: 60_000,
  internal: false,
  consent: null,
  started_at: 1,
  paused: null,
  rung: null,
  minutes: null,
  ...changes,
});

const running = view({ running: "running", activity: activity(), pacer });

describe("which screen it is", () => {
  test("an own Stop outranks every view, also none and a running one", () => {
    const local = { ...NOTHING_LOCAL, stopping: true };
    for (const seen of [null, running, view({ phase: "waiting" })]) {
      assert.deepEqual(
        [sceneOf(seen, local, "patient").name, sceneOf(seen, local, "patient").mode],
        ["stopped", "stopped"],
      );
    }
  });

  test("a halt stops before the view says so", () => {
    assert.equal(sceneOf(running, { ...NOTHING_LOCAL, halted: true }, "therapist").name, "stopped");
  });

  test("a pause of one's own holds before it is stored, and says that it is not told", () => {
    const scene = sceneOf(running, { ...NOTHING_LOCAL, pausing: true }, "patient");
    assert.deepEqual(
      [scene.name, scene.mode, scene.pausedBy, scene.mayGoOn, scene.told],
      ["paused", "paused", "patient", true, false],
    );
  });

  test("whoever paused goes on; a pause by the system is the patient's to lift", () => {
    /** @param {'patient' | 'therapist' | 'system'} by @param {'patient' | 'therapist'} role */
    const mayGoOn = (by, role) => {
      const seen = view({ running: "paused", pacer, activity: activity({ paused: { by, at: 1 } }) });
      return sceneOf(seen, NOTHING_LOCAL, role).mayGoOn;
    };
    assert.deepEqual([mayGoOn("patient", "patient"), mayGoOn("patient", "therapist")], [true, false]);
    assert.deepEqual([mayGoOn("therapist", "patient"), mayGoOn("therapist", "therapist")], [false, true]);
    assert.deepEqual([mayGoOn("system", "patient"), mayGoOn("system", "therapist")], [true, false]);
  });

  test("dizzy rests the pacer at once, uneasy lets it go on", () => {
    assert.equal(sceneOf(running, { ...NOTHING_LOCAL, felt: "dizzy" }, "patient").mode, "ready");
    assert.equal(sceneOf(running, { ...NOTHING_LOCAL, felt: "uneasy" }, "patient").mode, "running");
  });

  test("an ended visit is ended, whatever was stopped in it", () => {
    const seen = view({ phase: "ended", stopped: { by: "patient", at: 1 } });
    assert.equal(sceneOf(seen, NOTHING_LOCAL, "patient").name, "ended");
  });

  test("the step that was is shown until the other has turned", () => {
    const turning = activity({ step: 2, was: 1, step_at_ms: 500 });
    assert.equal(shownStep(turning, 499), 1);
    assert.equal(shownStep(turning, 500), 2);
  });
});
