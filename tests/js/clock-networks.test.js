// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { barMs, HARDER, NETWORKS, simulate } from "../bench/p3_clock.mjs";

const SEEDS = [1, 2, 3];
const MINUTES = 12;

describe("two pacers on the networks of P3", () => {
  for (const name of Object.keys(NETWORKS)) {
    for (const seed of SEEDS) {
      test(`${name}, seed ${seed}: breathe together within the bar`, () => {
        const run = simulate({ name, seed, minutes: MINUTES });

        assert.ok(run.p95 <= barMs(name), `p95 ${run.p95} ms, allowed ${barMs(name)} ms`);
        assert.ok(run.worst <= 40, `worst ${run.worst} ms`);
        assert.ok(run.pings <= 6, `${run.pings} pings a minute`);
        assert.equal(run.boundBroken, 0, "the truth lay outside what was shown");
        assert.ok(run.fastest <= 0.03, `moved by ${run.fastest} ms per ms`);
      });
    }
  }
});

describe("two pacers when something befalls the network, the device or the server", () => {
  // Whoever joins in the middle of a full queue cannot know it; that one has a test of its own.
  for (const name of Object.keys(HARDER).filter((other) => other !== "joined-in-bloat")) {
    for (const seed of SEEDS) {
      test(`${name}, seed ${seed}: breathe together again`, () => {
        const run = simulate({ name, seed, minutes: 24 });

        assert.ok(run.p95 <= barMs(name), `p95 ${run.p95} ms, allowed ${barMs(name)} ms`);
        assert.ok(run.worst <= 40, `worst ${run.worst} ms`);
        assert.equal(run.boundBroken, 0, "the truth lay outside what was shown");
      });
    }
  }

  test("joining through a full queue is off by half the queue, says so, and mends itself", () => {
    const run = simulate({ name: "joined-in-bloat", seed: 1, minutes: MINUTES });

    assert.ok(run.worst > 40, "this network is meant to be one that nobody can see through");
    assert.equal(run.boundBroken, 0);
    assert.ok(run.p95 <= 150 + 5);
  });

  test("the same seed gives the same figures", () => {
    const run = { name: "3g-jittery", seed: 9, minutes: 3 };
    assert.deepEqual(simulate(run), simulate(run));
  });
});
