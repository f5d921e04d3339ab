// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { boundaries, nextBreathAt, periodMs, phaseAt, tideAt } from "../../static/js/pacer/pattern.js";

/** @typedef {import("../../static/js/pacer/pattern.js").Pacer} Pacer */
/** @typedef {import("../../static/js/pacer/pattern.js").Pattern} Pattern */

const ANCHOR = 1_750_000_000_000;

/** @param {Partial<Pacer>} [changes] @returns {Pacer} */
const pacer = (changes = {}) => ({
  in_ms: 4_000,
  hold_in_ms: 1_000,
  out_ms: 6_000,
  hold_out_ms: 500,
  anchor_ms: ANCHOR,
  revision: 1,
  next: null,
  ...changes,
});

/** A multiplicative congruential generator (Lehmer, 48271). @param {number} seed */
function drawing(seed) {
  let state = seed;
  /** A whole number from `from` to `to`, both included. @param {number} from @param {number} to */
  return (from, to) => {
    state = (state * 48_271) % 2_147_483_647;
    return from + (state % (to - from + 1));
  };
}

/** Any pattern the contract allows. @param {ReturnType<typeof drawing>} draw @returns {Pattern} */
function anyPattern(draw) {
  for (;;) {
    const hold = () => (draw(0, 2) === 0 ? 0 : draw(0, 4_000));
    const pattern = {
      in_ms: draw(1_500, 12_000),
      hold_in_ms: hold(),
      out_ms: draw(1_500, 12_000),
      hold_out_ms: hold(),
      anchor_ms: ANCHOR + draw(0, 100_000),
      revision: draw(1, 1_000),
    };
    const period = periodMs(pattern);
    if (period >= 5_000 && period <= 24_000) return pattern;
  }
}

/** Half of them with a change dated to a breath boundary. @param {ReturnType<typeof drawing>} draw @returns {Pacer} */
function anyPacer(draw) {
  const now = anyPattern(draw);
  if (draw(0, 1) === 0) return { ...now, next: null };
  const anchor_ms = now.anchor_ms + draw(1, 20) * periodMs(now);
  return { ...now, next: { ...anyPattern(draw), anchor_ms, revision: now.revision + 1 } };
}

/** @param {(draw: ReturnType<typeof drawing>, pacer: Pacer, seed: number) => void} holds */
function forAnyPacer(holds) {
  for (let seed = 1; seed <= 500; seed += 1) {
    const draw = drawing(seed);
    holds(draw, anyPacer(draw), seed);
  }
}

describe("the phase", () => {
  test("walks in, hold, out, hold, and around", () => {
    const walk = [0, 3_999.9, 4_000, 4_999, 5_000, 10_999, 11_000, 11_499, 11_500].map(
      (after) => phaseAt(pacer(), ANCHOR + after).name,
    );
    assert.deepEqual(walk, ["in", "in", "hold-in", "hold-in", "out", "out", "hold-out", "hold-out", "in"]);
  });

  test("tells how far, how long, which breath and until when", () => {
    assert.deepEqual(phaseAt(pacer(), ANCHOR + 2 * 11_500 + 8_000), {
      name: "out",
      elapsedMs: 3_000,
      lengthMs: 6_000,
      u: 0.5,
      breath: 2,
      endsAtMs: ANCHOR + 2 * 11_500 + 11_000,
      revision: 1,
    });
  });

  test("is ready before the anchor, while paused and without a pacer; stopped outranks all", () => {
    const before = phaseAt(pacer(), ANCHOR - 1);
    assert.deepEqual([before.name, before.endsAtMs], ["ready", ANCHOR]);
    assert.equal(phaseAt(pacer(), ANCHOR).name, "in");
    assert.equal(phaseAt(pacer(), ANCHOR + 100, { paused: true }).name, "ready");
    assert.equal(phaseAt(null, ANCHOR).name, "ready");
    assert.equal(phaseAt(pacer(), ANCHOR + 100, { paused: true, stopped: true }).name, "stopped");
    assert.equal(phaseAt(null, ANCHOR, { stopped: true }).name, "stopped");
  });

  test("skips phases of no length", () => {
    const bare = pacer({ hold_in_ms: 0, hold_out_ms: 0 });
    assert.equal(phaseAt(bare, ANCHOR + 4_000).name, "out");
    assert.equal(phaseAt(bare, ANCHOR + 10_000).name, "in");
    assert.equal(phaseAt(bare, ANCHOR + 10_000).breath, 1);
  });

  test("changes to the next pace exactly at its anchor", () => {
    const turn = ANCHOR + 3 * 11_500;
    const changing = pacer({
      next: { in_ms: 5_000, hold_in_ms: 0, out_ms: 5_000, hold_out_ms: 0, anchor_ms: turn, revision: 2 },
    });

    const last = phaseAt(changing, turn - 0.5);
    const first = phaseAt(changing, turn);

    assert.deepEqual([last.name, last.breath, last.endsAtMs, last.revision], ["hold-out", 2, turn, 1]);
    assert.deepEqual([first.name, first.breath, first.lengthMs, first.revision], ["in", 0, 5_000, 2]);
    assert.equal(phaseAt(changing, turn + 5_000).name, "out");
  });

  test("of a change in the middle of a phase ends with the change, and before its own anchor is ready", () => {
    const mid = pacer({ next: { ...pacer(), anchor_ms: ANCHOR + 2_000, revision: 2 } });
    assert.equal(phaseAt(mid, ANCHOR + 1_000).endsAtMs, ANCHOR + 2_000);
    assert.equal(phaseAt(mid, ANCHOR + 2_000).elapsedMs, 0);

    const early = pacer({ next: { ...pacer(), anchor_ms: ANCHOR - 2_000, revision: 2 } });
    assert.equal(phaseAt(early, ANCHOR - 1_000).name, "ready");
  });

  test("of a pattern without any length is refused, not guessed", () => {
    const nothing = pacer({ in_ms: 0, hold_in_ms: 0, out_ms: 0, hold_out_ms: 0 });
    assert.throws(() => phaseAt(nothing, ANCHOR + 1), RangeError);
  });

  test("is within itself at any time, for any pacer", () => {
    forAnyPacer((draw, any, seed) => {
      for (let i = 0; i < 20; i += 1) {
        const at = ANCHOR + draw(-5_000, 500_000) + draw(0, 999) / 1_000;
        const phase = phaseAt(any, at);
        assert.ok(phase.endsAtMs > at, `seed ${seed}`);
        if (phase.name === "ready") {
          assert.ok(at < any.anchor_ms);
          continue;
        }
        assert.ok(phase.u >= 0 && phase.u < 1, `seed ${seed}`);
        assert.ok(phase.elapsedMs >= 0 && phase.elapsedMs < phase.lengthMs, `seed ${seed}`);
        assert.equal(phase.endsAtMs, Math.round(at - phase.elapsedMs) + phase.lengthMs, `seed ${seed}`);
      }
    });
  });

  test("repeats after a period, one breath later", () => {
    forAnyPacer((draw, { next: _, ...any }) => {
      const at = any.anchor_ms + draw(0, 300_000);
      const [now, later] = [phaseAt(any, at), phaseAt(any, at + periodMs(any))];
      assert.deepEqual({ ...later, breath: now.breath, endsAtMs: now.endsAtMs }, now);
      assert.equal(later.breath, now.breath + 1);
    });
  });
});

describe("the boundaries", () => {
  test("of one breath are its phases with their times", () => {
    const found = boundaries(pacer(), ANCHOR, ANCHOR + 11_500);
    assert.deepEqual(
      found.map(({ atMs, name, lengthMs }) => [atMs - ANCHOR, name, lengthMs]),
      [
        [0, "in", 4_000],
        [4_000, "hold-in", 1_000],
        [5_000, "out", 6_000],
        [11_000, "hold-out", 500],
      ],
    );
  });

  test("are none while paused, stopped, without a pacer, or long before the anchor", () => {
    assert.deepEqual(boundaries(null, ANCHOR, ANCHOR + 60_000), []);
    assert.deepEqual(boundaries(pacer(), ANCHOR, ANCHOR + 60_000, { paused: true }), []);
    assert.deepEqual(boundaries(pacer(), ANCHOR, ANCHOR + 60_000, { stopped: true }), []);
    assert.deepEqual(boundaries(pacer(), ANCHOR - 60_000, ANCHOR), []);
  });

  test("are exactly where the phase changes, for any pacer", () => {
    forAnyPacer((draw, any, seed) => {
      const from = any.anchor_ms + draw(-5_000, 100_000);
      const to = from + 60_000;
      const walked = [];
      let phase = phaseAt(any, from);
      if (phase.elapsedMs === 0 && phase.name !== "ready") walked.push([from, phase.name]);
      while (phase.endsAtMs < to) {
        const at = phase.endsAtMs;
        phase = phaseAt(any, at);
        assert.equal(phase.elapsedMs, 0, `seed ${seed}`);
        walked.push([at, phase.name]);
      }
      const found = boundaries(any, from, to);
      assert.deepEqual(
        found.map(({ atMs, name }) => [atMs, name]),
        walked,
        `seed ${seed}`,
      );
      for (const { atMs, breath, lengthMs, revision } of found) {
        const there = phaseAt(any, atMs);
        assert.deepEqual([there.breath, there.lengthMs, there.revision], [breath, lengthMs, revision]);
      }
    });
  });

  test("come exactly once from windows laid end to end", () => {
    forAnyPacer((draw, any) => {
      const from = any.anchor_ms - 3_000;
      const pieces = [];
      let at = from;
      while (at < from + 90_000) {
        const to = Math.min(from + 90_000, at + draw(1, 9_000));
        pieces.push(...boundaries(any, at, to));
        at = to;
      }
      assert.deepEqual(pieces, boundaries(any, from, from + 90_000));
    });
  });
});

describe("the next breath", () => {
  test("is the next in-breath after now, for any pacer", () => {
    forAnyPacer((draw, any, seed) => {
      const at = any.anchor_ms + draw(-5_000, 300_000);
      const first = boundaries(any, at + 1, at + 60_000).find(({ name }) => name === "in");
      assert.equal(nextBreathAt(any, at), first?.atMs, `seed ${seed}`);
    });
  });
});

describe("the tide", () => {
  test("is low, rises, stands, and ebbs", () => {
    assert.equal(tideAt({ name: "in", u: 0 }), 0);
    assert.ok(Math.abs(tideAt({ name: "in", u: 0.5 }) - 0.5) < 1e-9);
    assert.equal(tideAt({ name: "hold-in", u: 0.3 }), 1);
    assert.equal(tideAt({ name: "out", u: 0 }), 1);
    for (const name of /** @type {const} */ (["hold-out", "ready", "stopped"])) {
      assert.equal(tideAt({ name, u: 0.5 }), 0);
    }
  });

  test("begins its ebb sooner than it settles", () => {
    const [early, late] = [1 - tideAt({ name: "out", u: 0.25 }), tideAt({ name: "out", u: 0.75 })];
    assert.ok(early > late);
  });

  test("never jumps, for any pacer, also where the pace changes", () => {
    forAnyPacer((draw, any, seed) => {
      let before = null;
      const from = any.anchor_ms + draw(-2_000, 60_000);
      for (let at = from; at < from + 30_000; at += 20) {
        const height = tideAt(phaseAt(any, at));
        assert.ok(height >= 0 && height <= 1);
        // The steepest is the middle of a 1.5 s breath: about π/2 · 20/1500, and a little more on the ebb.
        if (before !== null) assert.ok(Math.abs(height - before) < 0.03, `seed ${seed} at ${at}`);
        before = height;
      }
    });
  });
});
