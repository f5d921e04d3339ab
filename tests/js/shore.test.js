// @ts-check
/** The water's form and movement: what the eye would notice if it were wrong. */

import assert from "node:assert/strict";
import test from "node:test";

import { phaseAt, tideAt } from "../../static/js/pacer/pattern.js";
import * as water from "../../static/js/pacer/water.js";

/** @param {number} in_ms @param {number} hold_in_ms @param {number} out_ms @param {number} hold_out_ms */
const pattern = (in_ms, hold_in_ms, out_ms, hold_out_ms) => ({
  in_ms,
  hold_in_ms,
  out_ms,
  hold_out_ms,
  anchor_ms: 0,
  revision: 1,
});
const SOFT = pattern(4_000, 0, 6_000, 0);
const HELD = pattern(3_000, 1_500, 5_000, 2_500);

/**
 * Where the compositor would show the tide: the marks, with each easing solved as the cubic that it is.
 * @param {import("../../static/js/pacer/water.js").Mark[]} marks @param {number} share of the period
 */
function shownAt(marks, share) {
  const next = marks.findIndex((mark) => mark.offset > share);
  const [a, b] =
    next < 0 ? [marks[marks.length - 1], marks[marks.length - 1]] : [marks[next - 1], marks[next]];
  if (a === b) return a.tide;
  const t = (share - a.offset) / (b.offset - a.offset);
  if (a.easing === "linear") return a.tide + (b.tide - a.tide) * t;
  const [, y1, , y2] = a.easing.slice(13, -1).split(",").map(Number);
  const eased = 3 * y1 * t * (1 - t) ** 2 + 3 * y2 * t ** 2 * (1 - t) + t ** 3;
  return a.tide + (b.tide - a.tide) * eased;
}

test("the form meets itself at the seam of two tiles, so the drift never shows a step", () => {
  for (let k = 0; k <= water.OUTERMOST; k += 1) {
    assert.ok(Math.abs(water.lineAt(k, 0) - water.lineAt(k, water.TILE)) < 1e-9, `line ${k}`);
  }
  assert.ok(Math.abs(water.foamAt(0) - water.foamAt(water.TILE)) < 1e-9);
});

test("the lines lie in order at every tide: no line overtakes the one nearer to the shore", () => {
  for (const tide of [0, 0.25, 0.5, 0.75, 1]) {
    for (let k = 1; k <= water.OUTERMOST; k += 1) {
      assert.ok(water.heightAt(k, tide) < water.heightAt(k - 1, tide), `line ${k} at tide ${tide}`);
    }
  }
});

test("the edge comes down the screen on the in-breath, from 45 to 80 percent", () => {
  assert.equal(water.heightAt(0, 0), 0.45);
  assert.equal(water.heightAt(0, 1), 0.8);
});

test("foam is thick on the lobes and nearly gone at the cusps", () => {
  const thickness = Array.from({ length: 80 }, (_, i) => water.foamAt(i * 10));
  assert.ok(Math.min(...thickness) >= 1.2 && Math.min(...thickness) < 1.4);
  assert.ok(Math.max(...thickness) <= 7.7 && Math.max(...thickness) > 7.5);
});

test("a smoothed line stays within a fifth of a unit of its formula", () => {
  for (let k = 0; k <= water.OUTERMOST; k += 1) {
    const numbers = (water.linePath(k, 1).match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
    let [x, y] = numbers;
    for (let i = 2; i < numbers.length; i += 6) {
      const [x1, y1, x2, y2, x3, y3] = numbers.slice(i, i + 6);
      for (const t of [0.25, 0.5, 0.75, 1]) {
        const s = 1 - t;
        const at = s ** 3 * x + 3 * s * s * t * x1 + 3 * s * t * t * x2 + t ** 3 * x3;
        const drawn = s ** 3 * y + 3 * s * s * t * y1 + 3 * s * t * t * y2 + t ** 3 * y3;
        assert.ok(
          Math.abs(drawn - water.lineAt(k, at)) < 0.2,
          `line ${k} at ${at.toFixed(0)}: ${drawn - water.lineAt(k, at)}`,
        );
      }
      [x, y] = [x3, y3];
    }
    assert.equal(x, water.TILE);
  }
});

test("a body closes far above its line, over all of its tiles", () => {
  const path = water.bodyPath(1, 2, 300);
  assert.ok(path.startsWith("M0-300L0 "));
  assert.ok(path.endsWith(`V-300Z`));
  assert.ok(path.includes(` ${2 * water.TILE} `));
});

test("what the compositor shows is the tide that everybody computes, for any pattern", () => {
  for (const breath of [SOFT, HELD, pattern(1_500, 0, 12_000, 0), pattern(12_000, 4_000, 4_000, 4_000)]) {
    const marks = water.tideMarks(breath);
    const period = breath.in_ms + breath.hold_in_ms + breath.out_ms + breath.hold_out_ms;
    for (let ms = 0; ms < period; ms += 37) {
      const wanted = tideAt(phaseAt(breath, ms));
      assert.ok(Math.abs(shownAt(marks, ms / period) - wanted) < 0.003, `${ms} of ${period}`);
    }
  }
});

test("the marks of a breath run from 0 to 1, start and end at low water, and hold where the breath holds", () => {
  const marks = water.tideMarks(HELD);
  const offsets = marks.map(({ offset }) => offset);
  assert.deepEqual(
    offsets,
    [...offsets].sort((a, b) => a - b),
  );
  assert.deepEqual([marks[0].offset, marks[0].tide], [0, 0]);
  assert.deepEqual([marks[marks.length - 1].offset, marks[marks.length - 1].tide], [1, 0]);
  assert.equal(shownAt(marks, 3_700 / 12_000), 1);
  assert.equal(shownAt(marks, 11_000 / 12_000), 0);
});

test("a word is read in its own phase alone, and two words are never read at once", () => {
  const inWord = water.wordStops(0, 4_000, 10_000);
  const outWord = water.wordStops(4_000, 10_000, 10_000);
  /** @param {import("../../static/js/pacer/water.js").Stop[]} stops @param {number} ms */
  const seen = (stops, ms) => {
    const next = stops.findIndex(({ offset }) => offset >= ms / 10_000);
    const [a, b] = [stops[Math.max(0, next - 1)], stops[next]];
    return a === b || b.offset === a.offset
      ? b.value
      : a.value + ((b.value - a.value) * (ms / 10_000 - a.offset)) / (b.offset - a.offset);
  };
  for (let ms = 0; ms <= 10_000; ms += 20) {
    assert.ok(Math.min(seen(inWord, ms), seen(outWord, ms)) < 0.01, `both at ${ms}`);
  }
  assert.equal(seen(inWord, 2_000), 1);
  assert.equal(seen(outWord, 7_000), 1);
  for (const stops of [inWord, outWord]) assert.equal(stops[0].value, stops[stops.length - 1].value);
});

test("in still water the light reaches the furthest line first and the shore last", () => {
  /** @param {number} k */
  const brightens = (k) => water.lightStops(k, SOFT)[2].offset;
  for (let k = 1; k < water.OUTERMOST; k += 1) assert.ok(brightens(k) > brightens(k + 1), `line ${k}`);
  for (let k = 1; k <= water.OUTERMOST; k += 1) {
    const stops = water.lightStops(k, HELD).map(({ offset }) => offset);
    assert.deepEqual(
      stops,
      [...stops].sort((a, b) => a - b),
      `line ${k}`,
    );
  }
});

test("the sand is wet from the high water on, and dry again before the next one", () => {
  const stops = water.wetStops(SOFT);
  assert.deepEqual(
    stops.filter(({ offset }) => offset === 0.4).map(({ value }) => value),
    [0, 1],
  );
  assert.equal(stops[0].value, stops[stops.length - 1].value);
});

test("a tile fits a narrow phone, a low window and a wide desk", () => {
  assert.equal(water.tileWidth(320, 150), 400);
  assert.equal(water.tileWidth(390, 260), 572);
  assert.equal(water.tileWidth(2_560, 900), 900);
});
