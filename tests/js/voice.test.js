// @ts-check
/** What a voice looks like: loud is high, silence is nothing, and there are as many strokes as there is room for. */

import assert from "node:assert/strict";
import test from "node:test";

import { loudness } from "../../static/js/voice/microphone.js";
import { spread } from "../../static/js/voice/trace.js";

/** @param {number} height */
const tone = (height) => Float32Array.from({ length: 480 }, (_, at) => height * Math.sin(at / 4));

test("silence is nothing, and louder is never lower", () => {
  const heights = [0, 0.001, 0.01, 0.1, 0.5, 1].map((height) => loudness(tone(height)));

  assert.equal(heights[0], 0);
  assert.deepEqual(
    heights,
    [...heights].sort((a, b) => a - b),
  );
  assert.ok(heights[3] > 0.4 && heights[3] < 0.9);
  assert.equal(heights.at(-1), 1);
  assert.equal(loudness(new Float32Array(0)), 0);
});

test("a long take and a short one both fill the room, and a single loud moment is still seen", () => {
  const long = Array.from({ length: 1_200 }, (_, at) => (at === 700 ? 1 : 0.1));

  assert.equal(spread(long, 60).length, 60);
  assert.equal(Math.max(...spread(long, 60)), 1);
  assert.deepEqual(spread([0.2, 0.8], 4), [0.2, 0.2, 0.8, 0.8]);
  assert.deepEqual(spread([], 4), []);
});
