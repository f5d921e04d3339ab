// @ts-check
/** The line of a home practice when it is stopped, and when its page is gone. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { settled } from "../live/bench.js";
import { fresh, YEAR_MS } from "./page.js";

/** @type {ReturnType<typeof fresh>["time"]} */
let time;
/** @type {ReturnType<typeof fresh>["store"]} */
let store;
/** @type {ReturnType<typeof fresh>["page"]} */
let page;
/** @type {ReturnType<typeof fresh>["calmly"]} */
let calmly;

beforeEach(() => {
  ({ time, store, page, calmly } = fresh());
});

describe("Stop", () => {
  test("ends what runs at once, and counts as told when it is kept", async () => {
    const here = page();
    await calmly(here);
    here.seen.first = { type: "session.stop", id: "11111111-1111-4111-8111-111111111111" };
    here.line.sendFirst();

    assert.equal(here.view().running, "stopped");
    await settled();
    await settled();
    assert.equal(here.seen.answered.length, 1);
    assert.equal(store.kept?.entries.at(-1)?.type, "session.stop");
  });

  test("that was pressed in a page that died before it was kept, is done in the next one", async () => {
    const before = page();
    await calmly(before);
    await settled();
    const kept = store.kept;
    assert.ok(kept);

    const after = page();
    after.seen.first = { type: "session.stop", id: "11111111-1111-4111-8111-111111111111" };
    after.line.goOn(kept);
    await settled();

    assert.equal(after.view().running, "stopped");
    assert.equal(after.seen.first, null);
  });

  test("of a practice that is lost stops nothing in another one", async () => {
    const here = page();
    here.seen.first = { type: "session.stop", id: "11111111-1111-4111-8111-111111111111" };
    await calmly(here);

    assert.equal(here.view().running, "running");
  });
});

describe("a page that is gone", () => {
  /** A tab killed in mid-step. @param {number} gone_ms */
  async function killed(gone_ms) {
    const before = page();
    await calmly(before);
    await time.pass(12_000);
    await settled();
    const kept = store.kept;
    assert.ok(kept, "it was kept");
    time.sleep(gone_ms);
    const after = page();
    after.line.goOn(kept);
    await settled();
    return after;
  }

  test("is where it was, and paused, when it is back", async () => {
    const after = await killed(60_000);

    assert.equal(after.view().running, "paused");
    assert.equal(after.view().activity?.paused?.by, "system");
    assert.equal(after.view().activity?.step, 0);
    assert.equal(store.kept?.entries.at(-1)?.type, "practice.back");
    await after.ask({ type: "activity.resume" });
    assert.equal(after.view().running, "running");
  });

  test("goes on where it was only away for a glance", async () => {
    const after = await killed(3_000);
    assert.equal(after.view().running, "running");
  });

  test("a page that froze notices it by itself", async () => {
    const here = page();
    await calmly(here);
    time.sleep(40_000);
    await time.pass(1_000);

    assert.equal(here.view().running, "paused");
  });

  test("what was sealed before is not sealed again after", async () => {
    const before = page();
    await calmly(before);
    await before.line.seal();
    const kept = store.kept;
    assert.ok(kept);
    const after = page();
    after.line.goOn(kept);
    await after.ask({ type: "practice.end" });
    await after.line.seal();

    assert.deepEqual(
      store.sealed.map(({ n }) => n),
      [0, 1],
    );
    assert.equal(new Set(store.entries.map(({ id }) => id)).size, store.entries.length);
  });

  test("a clock that was set back by a year meanwhile runs nothing backwards", async () => {
    const before = page();
    await calmly(before);
    await time.pass(5_000);
    await before.ask({ type: "step.go", to: 1 });
    await settled();
    const kept = structuredClone(store.kept);
    assert.ok(kept);
    kept.begun_wall_ms += YEAR_MS;
    kept.alive_ms += YEAR_MS;
    const after = page();
    after.line.goOn(kept);
    // Nobody knows for how long it was gone; and it does not wait for a year to breathe.
    assert.equal(after.view().activity?.paused?.by, "system");
    await after.ask({ type: "activity.resume" });
    await time.pass(1_000);
    const anchor_ms = after.view().pacer?.anchor_ms ?? Number.POSITIVE_INFINITY;
    assert.ok(anchor_ms <= time.wall(), "it breathes");
    await after.ask({ type: "practice.end" });
    await after.line.seal();

    const times = store.entries.map(({ after_ms }) => after_ms);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  });
});
