// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { NOTHING_LOCAL, sceneOf } from "../../../static/js/live/scene.js";
import { rest, screen } from "../../../static/js/live/support-words.js";

/** @typedef {import("../../../static/js/live/messages.js").View} View */
/** @typedef {import("../../../static/js/live/library.js").Library} Library */

const LIBRARY = /** @type {Library} */ (/** @type {unknown} */ ({ exercise: () => null }));
const PACER = {
  in_ms: 4000,
  hold_in_ms: 0,
  out_ms: 6000,
  hold_out_ms: 0,
  anchor_ms: 0,
  revision: 1,
  next: null,
};
const ACTIVITY = { title: "Soft belly", step: 0, was: null, step_at_ms: 0, started_at: 1, paused: null };

/** @param {object} parts */
function said(parts) {
  const view = /** @type {View} */ (
    /** @type {unknown} */ ({
      phase: "open",
      running: "idle",
      stopped: null,
      activity: null,
      comfort: null,
      ...parts,
    })
  );
  return screen(sceneOf(view, NOTHING_LOCAL, "support"), view, LIBRARY, "Robin", 0);
}

describe("a support person's screen", () => {
  test("says that nothing runs, whatever is being asked", () => {
    assert.equal(said({}).say, "Nothing is running.");
    assert.equal(said({ running: "asking" }).say, "Nothing is running.");
  });

  test("says the script's own words, and nothing of a pause", () => {
    const paused = { ...ACTIVITY, paused: { by: "system", at: 5 } };
    assert.deepEqual(
      said({ running: "paused", activity: paused, pacer: PACER }),
      said({ running: "running", activity: ACTIVITY, pacer: PACER }),
    );
  });

  test("says that the breath rests, and not why", () => {
    assert.equal(
      said({ running: "running", activity: ACTIVITY, pacer: null }).next,
      "The breath rests for now.",
    );
  });

  test("names nobody who stopped", () => {
    for (const by of /** @type {const} */ (["patient", "therapist", "support", "system"])) {
      const view = /** @type {View} */ (/** @type {unknown} */ ({ phase: "open", stopped: { by, at: 1 } }));
      const [title, words] = rest(sceneOf(view, NOTHING_LOCAL, "support"), "Robin", true);
      assert.deepEqual([title, words], ["Stopped.", "It goes on when Robin says so."]);
    }
  });

  test("says of a Stop of its own whether the others know", () => {
    const own = sceneOf(null, { ...NOTHING_LOCAL, stopping: true }, "support");
    assert.match(rest(own, "Robin", false)[1], /when the connection is back/);
    assert.match(rest(own, "Robin", true)[1], /are being told/);
  });
});
