// @ts-check
/** The line as points and paths: it never jumps, never leaves its place, and is broken where beats are missing. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { breathWords, pathOf, pieces, SPAN_MS, scaleFor } from "../../../static/js/heart/drawing.js";

const SCALE = { middle: 60, reach: 10 };
/** @param {number} at @param {number} rr */
const beat = (at, rr, kept = true) => ({ at, rr, kept });

describe("the line", () => {
  test("rises with the rate and stays within its place", () => {
    const [[low, middle, high, wild]] = pieces(
      [beat(1_200, 1_200), beat(2_200, 1_000), beat(3_057, 857), beat(3_357, 300)],
      0,
      SCALE,
    );

    assert.deepEqual([low.y, middle.y, wild.y], [92, 50, 8]);
    assert.ok(high.y < 10);
  });

  test("runs from the left edge to the right one in its span", () => {
    const [[first, second]] = pieces([beat(0, 1_000), beat(SPAN_MS, SPAN_MS)], 0, SCALE);

    assert.deepEqual([first.x, second.x], [0, 1_000]);
  });

  test("is broken where beats are missing, and where they are not to be believed", () => {
    const whole = [1_000, 2_000, 3_000, 4_000, 5_000, 6_000].map((at) => beat(at, 1_000));

    assert.equal(pieces(whole, 0, SCALE).length, 1);
    assert.equal(
      pieces(
        whole.filter(({ at }) => at !== 3_000),
        0,
        SCALE,
      ).length,
      2,
    );
    assert.equal(
      pieces(
        whole.map((one) => ({ ...one, kept: one.at !== 3_000 })),
        0,
        SCALE,
      ).length,
      2,
    );
  });

  test("has a path without a corner", () => {
    const [piece] = pieces(
      [1_000, 2_000, 3_000, 4_000].map((at) => beat(at, 1_000)),
      0,
      SCALE,
    );

    assert.match(pathOf(piece), /^M[\d. ]+(Q[\d. ]+){2}L[\d. ]+$/);
  });

  test("of two beats is straight", () => {
    const [piece] = pieces([beat(1_000, 1_000), beat(2_000, 1_000)], 0, SCALE);

    assert.match(pathOf(piece), /^M[\d. ]+L[\d. ]+$/);
  });

  test("draws a calm heart calm: a swing of 2 is not made as large as one of 20", () => {
    assert.deepEqual(scaleFor([59, 61], null), { middle: 60, reach: 9 });
    assert.equal(scaleFor([50, 70], null)?.reach, 12);
  });

  test("takes its scale on slowly", () => {
    const next = scaleFor([80, 100], { middle: 60, reach: 9 });

    assert.ok(next && next.middle > 60 && next.middle < 64);
    assert.deepEqual(scaleFor([], SCALE), SCALE);
  });
});

test("a breath in words has whole numbers, and says when there is none", () => {
  assert.match(breathWords({ rate: 63.7, swing: 8.2 }), /about 64 times a minute, and its pace moved by 8\./);
  assert.match(breathWords(null), /not all beats/);
});
