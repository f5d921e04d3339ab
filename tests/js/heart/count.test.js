// @ts-check
/** Which beats belong to which breath: once each, whole ones only, and never two paces in one. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Count } from "../../../static/js/heart/count.js";
import { Beats } from "../../../static/js/heart/swing.js";
import { packets, wave } from "./wave.js";

const PACER = { in_ms: 4_000, hold_in_ms: 0, out_ms: 6_000, hold_out_ms: 0, anchor_ms: 5_000, revision: 1 };

/** @param {{pacer?: any, until_ms?: number, rests?: (at: number) => boolean}} [options] */
function counted({ pacer = PACER, until_ms = 80_000, rests = () => false } = {}) {
  const beats = new Beats();
  /** @type {{from: number, until: number, known: boolean}[]} */
  const told = [];
  let changed = 0;
  const count = new Count({
    told: (breath, from, until) => told.push({ from, until, known: breath !== null }),
    changed: () => (changed += 1),
  });
  for (const { at, intervals_ms } of packets(
    wave({ mean: 66, swing: 10, period_ms: 10_000, for_ms: until_ms }),
  ))
    count.take(beats.take(intervals_ms, at), rests(at) ? null : pacer, at);
  return { told, changed };
}

describe("breaths", () => {
  test("are told once each, in order, from one in-breath to the next", () => {
    const { told, changed } = counted();

    assert.deepEqual(
      told.map(({ from }) => from),
      [5_000, 15_000, 25_000, 35_000, 45_000, 55_000, 65_000],
    );
    assert.ok(told.every(({ from, until, known }) => until - from === 10_000 && known));
    assert.equal(changed, 1);
  });

  test("are told only when their last beats can have come", () => {
    assert.equal(counted({ until_ms: 16_000 }).told.length, 0);
    assert.equal(counted({ until_ms: 18_000 }).told.length, 1);
  });

  test("that were interrupted are none: after a rest it begins with the next whole one", () => {
    const { told, changed } = counted({ rests: (at) => at >= 30_000 && at < 32_000 });

    assert.deepEqual(
      told.map(({ from }) => from),
      [5_000, 15_000, 35_000, 45_000, 55_000, 65_000],
    );
    assert.equal(changed, 2);
  });

  test("of another pace are counted apart", () => {
    const next = { ...PACER, in_ms: 5_000, out_ms: 7_000, anchor_ms: 35_000, revision: 2 };
    const { told, changed } = counted({ pacer: { ...PACER, next } });

    assert.deepEqual(
      told.map(({ until, from }) => until - from),
      [10_000, 10_000, 12_000, 12_000, 12_000],
    );
    assert.equal(changed, 2);
  });

  test("without a single beat are told as unknown", () => {
    /** @type {unknown[]} */
    const told = [];
    const count = new Count({ told: (breath) => told.push(breath) });
    for (let at = 0; at < 40_000; at += 1_000) count.take([], PACER, at);

    assert.deepEqual(told, [null, null, null]);
  });
});
