// @ts-check
/** The swing of a heart that is known, and no number where it is not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Beats, breathOf, follows, minuteOf, sift } from "../../../static/js/heart/swing.js";
import { packets, wave } from "./wave.js";

const BREATH_MS = 10_000;

/** @param {{at: number, intervals_ms: number[]}[]} told */
function heard(told) {
  const beats = new Beats();
  return sift(told.flatMap(({ at, intervals_ms }) => beats.take(intervals_ms, at)));
}

/** @param {import("../../../static/js/heart/swing.js").Beat[]} beats @param {number} breaths */
const breathsOf = (beats, breaths) =>
  Array.from({ length: breaths }, (_, n) => breathOf(beats, (n + 1) * BREATH_MS, (n + 2) * BREATH_MS));

describe("the swing", () => {
  for (const swing of [2, 8, 14, 24])
    test(`of a heart that swings by ${swing} is about ${swing}`, () => {
      const beats = heard(packets(wave({ mean: 68, swing, period_ms: BREATH_MS, for_ms: 90_000 })));

      const minute = minuteOf(breathsOf(beats, 6));

      // A beat seldom falls on the very top of the wave, so a little is always missing.
      assert.ok(minute);
      assert.ok(minute.swing_tenths / 10 <= swing + 0.1 && minute.swing_tenths / 10 > swing * 0.9 - 0.2);
      assert.ok(Math.abs(minute.rate - 68) <= 1);
      assert.equal(minute.breaths, 6);
    });

  test("of a heart that does not swing is nothing", () => {
    const beats = heard(packets(wave({ mean: 75, swing: 0, period_ms: BREATH_MS, for_ms: 90_000 })));

    assert.deepEqual(minuteOf(breathsOf(beats, 6)), { swing_tenths: 0, rate: 75, breaths: 6 });
  });

  test("does not take an extra beat for a swing: that breath has no number", () => {
    const calm = wave({ mean: 60, swing: 4, period_ms: BREATH_MS, for_ms: 90_000 });
    const at = calm.findIndex((beat) => beat.at > 34_000);
    const early = calm[at].rr * 0.55;
    calm.splice(
      at,
      2,
      { at: calm[at].at - calm[at].rr + early, rr: early },
      { at: calm[at + 1].at, rr: calm[at].rr + calm[at + 1].rr - early },
    );

    const breaths = breathsOf(heard(packets(calm)), 6);

    assert.deepEqual(
      breaths.map((breath) => breath === null),
      [false, false, true, false, false, false],
    );
    const minute = minuteOf(breaths);
    assert.ok(minute && minute.swing_tenths < 45 && minute.breaths === 5);
  });

  test("is absent for a breath in which the belt was silent", () => {
    const told = packets(wave({ mean: 64, swing: 8, period_ms: BREATH_MS, for_ms: 90_000 }));
    const silent = told.filter(({ at }) => at < 43_000 || at > 47_000);

    const breaths = breathsOf(heard(silent), 6);

    assert.equal(breaths[3], null);
    assert.equal(breaths.filter((breath) => breath === null).length, 1);
  });

  test("is absent for a minute of which less than half is known, or fewer than three breaths", () => {
    const known = { swing: 8, rate: 64 };

    assert.equal(minuteOf([known, known, known, null, null, null, null]), null);
    assert.equal(minuteOf([known, known]), null);
    assert.equal(minuteOf([]), null);
    assert.deepEqual(minuteOf([known, known, known, null, null, null]), {
      swing_tenths: 80,
      rate: 64,
      breaths: 3,
    });
  });

  test("is absent where what fits together is no heart's", () => {
    assert.equal(minuteOf(Array(3).fill({ swing: 61, rate: 90 })), null);
    assert.equal(minuteOf(Array(3).fill({ swing: 8, rate: 201 })), null);
  });
});

describe("an interval", () => {
  /** @param {number[]} intervals_ms */
  const kept = (intervals_ms) => sift(new Beats().take(intervals_ms, 0)).map((beat) => beat.kept);

  test("is believed between 300 and 2,000 ms", () => {
    assert.deepEqual(
      [299, 300, 2_000, 2_001].map((rr) => kept([rr])[0]),
      [false, true, true, false],
    );
  });

  test("is believed within 20 % of the running median", () => {
    assert.deepEqual(kept([1_000, 1_000, 1_200, 1_000, 1_000]), [true, true, true, true, true]);
    assert.deepEqual(kept([1_000, 1_000, 1_201, 1_000, 1_000]), [true, true, false, true, true]);
    assert.deepEqual(kept([1_000, 1_000, 799, 1_000, 1_000]), [true, true, false, true, true]);
  });

  test("of a heart that has truly changed is believed", () => {
    assert.deepEqual(kept([1_000, 1_000, 1_000, 1_000, 1_000, 600, 600, 600, 600, 600]).slice(-2), [
      true,
      true,
    ]);
  });

  test("that is none, is left out", () => {
    assert.deepEqual(kept([0, Number.NaN, Number.POSITIVE_INFINITY, -5]), []);
  });
});

describe("the time of beats", () => {
  test("follows from their intervals and not from the packets, which come when they come", () => {
    const shaken = packets(wave({ mean: 70, swing: 6, period_ms: BREATH_MS, for_ms: 60_000 })).map(
      ({ at, intervals_ms }, n) => ({ at: at + [0, 400, 120, 700][n % 4], intervals_ms }),
    );

    const beats = heard(shaken);

    assert.ok(beats.slice(1).every((beat, n) => follows(beats[n], beat)));
    assert.ok(beats.every(({ kept }) => kept));
    assert.ok(Math.abs((beats.at(-1)?.at ?? 0) - 60_000) < 1_500);
  });

  test("begins anew behind a silence, and the gap shows", () => {
    const beats = new Beats();
    const [before] = beats.take([900], 10_000);
    const [after] = beats.take([900], 30_000);

    assert.ok(!follows(before, after));
    assert.equal(after.at, 30_000);
  });

  test("is not known of beats that were held back and come in a heap", () => {
    const beats = new Beats();
    beats.take([900], 10_000);
    beats.take([900, 900, 900, 900], 20_000);

    assert.ok(beats.take([900, 900, 900, 900], 20_010).every(({ kept }) => !kept));
  });

  test("is forgotten with the belt", () => {
    const beats = new Beats();
    beats.take([900, 900, 900], 10_000);
    beats.forget();

    const [next] = beats.take([1_600], 11_000);

    assert.deepEqual(next, { at: 11_000, rr: 1_600, kept: true });
  });
});
