// @ts-check
/** The line of a home practice: what it keeps, what it seals, and what opens work inside. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { settled } from "../live/bench.js";
import { bundle, CALM, INSIDE } from "./bundle.js";
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

  test("waits for today's questions: before they are asked, and again when their day is over", async () => {
    const here = page();
    here.line.begin(bundle(), "two");
    assert.equal(here.line.waitsForToday, true);
    await here.ask({ type: "practice.screen", flags: [] });
    assert.equal(here.line.waitsForToday, false);
    await settled();
    assert.ok(store.kept);

    const { begun_wall_ms, alive_ms } = store.kept;
    const yesterday_ms = 13 * 3_600_000;
    const again = page();
    const gone = {
      ...store.kept,
      begun_wall_ms: begun_wall_ms - yesterday_ms,
      alive_ms: alive_ms - yesterday_ms,
    };
    again.line.goOn(gone);
    assert.equal(again.line.waitsForToday, true);
    assert.equal((await again.ask({ type: "activity.offer", exercise: INSIDE })).ok, false);
    await again.ask({ type: "practice.screen", flags: [] });
    assert.equal(again.line.waitsForToday, false);
    assert.ok((await again.ask({ type: "activity.offer", exercise: INSIDE })).ok);
  });

  test("a flag keeps it shut, and what is outside stays open", async () => {
    const here = page();
    here.line.begin(bundle(), "two");
    await here.ask({ type: "practice.screen", flags: ["heavy"] });

    // Told, it is suspended: answering otherwise a minute later opens nothing, and nobody is asked to.
    assert.equal(here.line.waitsForToday, false);
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

test("a check-in that is kept is an entry like any other, shown as one's own, and shared when one likes", async () => {
  const here = page();
  await calmly(here);
  await here.ask({ type: "activity.finish" });
  await here.ask({
    type: "checkin.record",
    kind: "relaxation",
    answers: { outcome: "done" },
    private: true,
  });
  const [checkin] = here.view().checkins;
  assert.equal(checkin.private, true);
  // A page that was killed brings it back as it was.
  await settled();
  const again = page();
  again.line.goOn(/** @type {any} */ (structuredClone(store.kept)));
  assert.equal(again.view().checkins[0].private, true);

  const shared = await again.ask({ type: "checkin.share", of: checkin.seq });
  assert.ok(shared.ok);
  assert.equal(again.view().checkins[0].private, false);
  await again.ask({ type: "practice.end" });
  await again.line.seal();
  const told = store.sealed.flatMap(({ plain }) => plain.entries.map((/** @type {any} */ { type }) => type));
  assert.deepEqual(told.slice(-3), ["checkin.record", "checkin.share", "practice.end"]);
  assert.equal(
    store.sealed.flatMap(({ plain }) => plain.entries).find(({ type }) => type === "checkin.record").private,
    true,
  );
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
  assert.notEqual(activity?.consent?.what, "step");
  assert.ok((activity?.step ?? 0) > 1, "it leads out");
});
