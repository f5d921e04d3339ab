// @ts-check
/** The line of a home practice: what it keeps, what it seals, and what happens to it when the page is gone. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Mirror } from "../../../static/js/live/mirror.js";
import { LocalLine } from "../../../static/js/practice/line.js";
import { OwnClock } from "../../../static/js/practice/own-clock.js";
import { settled, stoppedTime } from "../live/bench.js";
import { bundle, CALM, INSIDE } from "./bundle.js";

/** @typedef {import("../../../static/js/practice/line.js").Practice} Practice */

/** A phone that keeps what it is given as its database would: as a copy. */
class FakeStore {
  /** @type {Practice | null} */
  kept = null;
  /** @type {{session: string, n: number, plain: any}[]} */
  sealed = [];
  delivered = 0;
  full = false;

  /** @param {Practice} practice */
  async keep(practice) {
    if (!this.full) this.kept = structuredClone(practice);
    return !this.full;
  }

  /** @param {string} session @param {number} n @param {unknown} plain @param {{keep?: any}} [more] */
  async seal(session, n, plain, { keep } = {}) {
    this.sealed.push({ session, n, plain: structuredClone(plain) });
    if (keep !== undefined) this.kept = structuredClone(keep);
    return true;
  }

  async deliver() {
    this.delivered += 1;
  }

  /** What would reach the server, in its order. */
  get entries() {
    return this.sealed.flatMap(({ plain }) => plain.entries);
  }
}

/** @type {ReturnType<typeof stoppedTime>} */
let time;
/** @type {FakeStore} */
let store;

beforeEach(() => {
  time = stoppedTime();
  store = new FakeStore();
});

/** A page: another one is what a killed tab comes back as. */
function page() {
  const clock = new OwnClock(time.now(), time.wall());
  const mirror = new Mirror();
  /** @type {{first: any, ended: string[], answered: any[]}} */
  const seen = { first: null, ended: [], answered: [] };
  const line = new LocalLine({
    clock,
    store,
    timers: time,
    on: {
      state: () => {},
      first: () => seen.first,
      greeted: (hello) => void mirror.greet(hello),
      changed: (changed) => void mirror.change(changed),
      answered: (answer) => {
        seen.answered.push(answer);
        seen.first = null;
      },
      halted: () => {},
      people: () => {},
      measured: () => {},
      ended: (how) => void seen.ended.push(how),
    },
  });
  const ask = (/** @type {any} */ wish) => line.send(wish).answer;
  const view = () => {
    assert.ok(mirror.view, "it was greeted");
    return mirror.view;
  };
  line.start();
  return { line, mirror, seen, ask, view };
}

/** @param {ReturnType<typeof page>} here */
async function calmly(here) {
  here.line.begin(bundle(), "one");
  await here.ask({ type: "activity.offer", exercise: CALM });
  await here.ask({ type: "activity.start" });
}

describe("a practice on this phone", () => {
  test("a practice in which nothing was done is not kept, and nobody hears of it", async () => {
    const { line, ask } = page();
    line.begin(bundle(), "one");
    const refused = await ask({ type: "activity.start" });
    await line.seal();

    assert.equal(refused.ok, false);
    assert.equal(store.kept, null);
    assert.deepEqual(store.sealed, []);
  });

  test("one press offers, agrees and begins, half a second ahead", async () => {
    const here = page();
    await calmly(here);

    assert.equal(here.view().running, "running");
    assert.equal(here.view().pacer?.anchor_ms, time.wall() + 500);
    await settled();
    assert.deepEqual(
      store.kept?.entries.map(({ type }) => type),
      ["activity.offer", "activity.start"],
    );
  });

  test("the breath that was prescribed is breathed from the first one on, and sealed with the exercise", async () => {
    const slow = { in_ms: 5_000, hold_in_ms: 0, out_ms: 7_000, hold_out_ms: 0 };
    const given = bundle();
    assert.ok(given.programme);
    given.programme.items[0].pattern = slow;
    const here = page();
    here.line.begin(given, "one");
    await here.ask({ type: "activity.offer", exercise: CALM });
    await here.ask({ type: "activity.start" });

    assert.equal(here.view().pacer?.in_ms, slow.in_ms);
    assert.equal(here.view().pacer?.next, null);
    await here.line.seal();
    const [{ plain }] = store.sealed;
    assert.deepEqual(
      plain.exercises[0].steps.map((/** @type {any} */ { pattern }) => pattern),
      [slow, null, null],
    );
  });

  test("its end seals everything in one part, in order, and forgets what lay here", async () => {
    const here = page();
    await calmly(here);
    await time.pass(40_000);
    await here.ask({ type: "step.go", to: 1 });
    await here.ask({ type: "activity.finish" });
    await here.ask({ type: "checkin.record", kind: "relaxation", answers: { outcome: "done" } });
    await here.ask({ type: "practice.end" });
    await here.line.seal();

    assert.deepEqual(here.seen.ended, ["ended"]);
    assert.equal(here.line.state, "ended");
    assert.equal(store.kept, null);
    assert.equal(store.sealed.length, 1);
    const [{ n, plain }] = store.sealed;
    assert.equal(n, 0);
    assert.deepEqual(
      plain.entries.map((/** @type {any} */ { type }) => type),
      ["activity.offer", "activity.start", "step.go", "activity.finish", "checkin.record", "practice.end"],
    );
    assert.deepEqual(
      plain.entries.map((/** @type {any} */ { after_ms }) => after_ms),
      [0, 0, 40_000, 40_000, 40_000, 40_000],
    );
    assert.deepEqual(
      plain.exercises.map((/** @type {any} */ { slug }) => slug),
      [CALM],
    );
    assert.equal(plain.sent_wall_ms - plain.begun_wall_ms, 40_000);
    assert.equal(plain.programme, 2);
    assert.equal(store.delivered, 1);
  });

  test("every few minutes a part is sealed, and no entry is in two of them or in none", async () => {
    const here = page();
    await calmly(here);
    await time.pass(301_000);
    await here.ask({ type: "step.go", to: 1 });
    await time.pass(301_000);
    await here.ask({ type: "practice.end" });
    await here.line.seal();

    assert.deepEqual(
      store.sealed.map(({ n }) => n),
      [0, 1, 2],
    );
    assert.deepEqual(
      store.entries.map(({ type }) => type),
      ["activity.offer", "activity.start", "step.go", "practice.end"],
    );
    assert.equal(new Set(store.entries.map(({ id }) => id)).size, 4);
  });

  test("nothing is sealed where nothing has happened since", async () => {
    const here = page();
    await calmly(here);
    await here.line.seal();
    await here.line.seal();

    assert.equal(store.sealed.length, 1);
  });

  test("a storage that is full takes nothing away from what runs, and the end still seals all of it", async () => {
    store.full = true;
    const here = page();
    await calmly(here);

    assert.equal(here.view().running, "running");
    await here.ask({ type: "practice.end" });
    await here.line.seal();
    assert.equal(store.entries.length, 3);
  });

  test("what the machine refuses did not happen, and is no entry", async () => {
    const here = page();
    here.line.begin(bundle(), "two");
    const answer = await here.ask({ type: "activity.offer", exercise: INSIDE, rung: "size-2" });

    assert.equal(answer.ok, false);
    assert.match(answer.ok ? "" : answer.message, /questions about today/);
    assert.equal(here.line.touched, false);
  });
});

const YEAR_MS = 365 * 86_400_000;

describe("work inside", () => {
  test("is asked for step by step, after a clear screening", async () => {
    const here = page();
    here.line.begin(bundle(), "two");
    await here.ask({ type: "practice.screen", flags: [] });
    assert.ok((await here.ask({ type: "activity.offer", exercise: INSIDE, rung: "size-1" })).ok);
    await here.ask({ type: "activity.start" });
    await here.ask({ type: "step.go", to: 1 });

    const { asking } = here.view();
    assert.equal(asking?.what, "step");
    await here.ask({ type: "activity.answer", ask: asking?.seq, answer: "yes" });
    assert.equal(here.view().activity?.step, 1);
    assert.equal(here.view().activity?.rung, "size-1");
  });

  test("a flag keeps it shut, and what is outside stays open", async () => {
    const here = page();
    here.line.begin(bundle(), "two");
    await here.ask({ type: "practice.screen", flags: ["heavy"] });

    assert.equal((await here.ask({ type: "activity.offer", exercise: INSIDE })).ok, false);
    assert.equal((await here.ask({ type: "activity.offer", exercise: CALM })).ok, true);
  });

  test("a programme of 15 days ago opens nothing inside", async () => {
    const here = page();
    here.line.begin(bundle({ got_ms: time.wall() - 15 * 86_400_000 }), "two");
    await here.ask({ type: "practice.screen", flags: [] });

    assert.equal((await here.ask({ type: "activity.offer", exercise: INSIDE })).ok, false);
  });
});

test("a programme from a clock that was a year ahead opens nothing inside", async () => {
  for (const [got_ms, opens] of /** @type {const} */ ([
    [time.wall() + YEAR_MS, false],
    [time.wall() + 3_600_000, true],
  ])) {
    const here = page();
    here.line.begin(bundle({ got_ms }), "two");
    await here.ask({ type: "practice.screen", flags: [] });
    assert.equal((await here.ask({ type: "activity.offer", exercise: INSIDE })).ok, opens);
  }
});

test("a clock that was set back in mid-practice does not close the way out", async () => {
  const here = page();
  here.line.begin(bundle({ got_ms: time.wall() }), "two");
  await here.ask({ type: "practice.screen", flags: [] });
  await here.ask({ type: "activity.offer", exercise: INSIDE, rung: "size-1" });
  await here.ask({ type: "activity.start" });
  await here.ask({ type: "step.go", to: 1 });
  await here.ask({ type: "activity.answer", ask: here.view().asking?.seq, answer: "yes" });
  await settled();
  const kept = structuredClone(store.kept);
  assert.ok(kept);
  // As it would lie there if the clock had been a year ahead until now.
  kept.begun_wall_ms += YEAR_MS;
  kept.alive_ms += YEAR_MS;
  kept.bundle.got_ms = (kept.bundle.got_ms ?? 0) + YEAR_MS;
  const after = page();
  after.line.goOn(kept);

  const { activity } = after.view();
  assert.equal(activity?.paused?.by, "system");
  assert.equal(activity?.consent?.step ?? null, null);
  assert.ok((activity?.step ?? 0) > 1, "it leads out");
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
