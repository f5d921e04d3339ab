// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  answersOf,
  kindOf,
  lastOf,
  sameWords,
  told,
  worstPain,
} from "../../../static/js/components/checkin-words.js";
import { Backoff } from "../../../static/js/live/backoff.js";
import { comfortLine } from "../../../static/js/live/comfort-line.js";
import { newId, read } from "../../../static/js/live/messages.js";
import { faster, slower } from "../../../static/js/live/pace.js";
import { replyTo } from "../../../static/js/live/patient-words.js";
import { called, checkinLine, duration, first, stopwatch } from "../../../static/js/live/words.js";

const UNSET = { pain_before: null, pain_worst: null, pain_after: null };

describe("a check-in", () => {
  test("gives no number that nobody gave", () => {
    const answers = answersOf("rung", { outcome: "partly", minutes: "" }, { ...UNSET, pain_worst: 0 });
    assert.deepEqual(answers, { outcome: "partly", pain_worst: 0 });
  });

  test("needs an outcome, and nothing else", () => {
    assert.equal(answersOf("relaxation", { note: "hm" }, {}), null);
    assert.deepEqual(answersOf("relaxation", { outcome: "done" }, { pain: null }), { outcome: "done" });
  });

  test("is complete with not inserting, and sends nothing from behind that gate", () => {
    const texts = { outcome: "chose_not_to_insert", minutes: "8", felt: "tightened", rung: "r2" };
    const answers = answersOf("rung", texts, { pain_before: 2, pain_worst: 5, pain_after: 1 });
    assert.deepEqual(answers, { outcome: "chose_not_to_insert", rung: "r2", pain_before: 2 });
  });

  test("keeps bleeding, which may be the very reason not to insert", () => {
    const answers = answersOf("rung", { outcome: "chose_not_to_insert", bleeding: "fresh_red" }, UNSET);
    assert.deepEqual(answers, { outcome: "chose_not_to_insert", bleeding: "fresh_red" });
  });

  test("asks for bleeding after letting go too, and after choosing not to", () => {
    const answers = answersOf("relaxation", { outcome: "chose_not_to", bleeding: "heavy" }, { pain: 3 });
    assert.deepEqual(answers, { outcome: "chose_not_to", bleeding: "heavy" });
  });

  test("takes back what stands behind an answer that was changed, in every kind", () => {
    const texts = {
      minutes: "8",
      half_step: "deeper",
      position: "on_side",
      inserted_by: "self",
      stop_reason: "fear",
      eased: "hours",
      numbness: "yes",
      lidocaine: "yes",
      let_go: "yes",
    };
    const ratings = {
      pain_worst: 5,
      worry_peak: 6,
      guarding: 7,
      tender_before: 3,
      fear_peak: 8,
      fear_expected: 2,
    };
    assert.deepEqual(answersOf("rung", { ...texts, outcome: "chose_not_to_insert" }, ratings), {
      outcome: "chose_not_to_insert",
      lidocaine: true,
    });
    assert.deepEqual(answersOf("release", { ...texts, outcome: "chose_not_to" }, ratings), {
      outcome: "chose_not_to",
      lidocaine: true,
    });
    const met = { ...texts, outcome: "chose_not_to", situation: "Looking" };
    assert.deepEqual(answersOf("exposure", met, ratings), {
      outcome: "chose_not_to",
      situation: "Looking",
      fear_expected: 2,
    });
    assert.equal(answersOf("rung", { ...texts, outcome: "completed" }, {})?.stop_reason, undefined);
    assert.equal(answersOf("rung", { ...texts, outcome: "partly" }, {})?.stop_reason, "fear");
  });

  test("remembers what one did the last time, and nothing that one felt", () => {
    const rung = { id: "r2", label: "Size 2", kind: "dilator", diameter_mm: 15, length_mm: 100 };
    const base = {
      at: 0,
      by: /** @type {const} */ ("patient"),
      heard: false,
      corrected_at: null,
      kind: "rung",
    };
    const answers = { outcome: "partly", minutes: 6, half_step: "longer", pain_worst: 4 };
    const entries = [
      { ...base, seq: 1, rung, answers },
      { ...base, seq: 2, rung, answers: { outcome: "chose_not_to_insert" } },
      { ...base, seq: 3, rung, answers: null },
    ];
    const last = lastOf("rung", entries, {});
    assert.equal(last?.rung, "r2");
    assert.equal(last && sameWords("rung", last, "Size 2", false), "In part, Size 2, 6 min, longer.");
    const earlier = { rung: { outcome: "completed", rung: "r1", answers: { minutes: 3 } } };
    assert.deepEqual(lastOf("rung", [], earlier), earlier.rung);
    assert.equal(lastOf("relaxation", entries, earlier), null);
    assert.deepEqual(told("not json", {}), {});
  });

  test("is of the kind of what was done", () => {
    const exercise = { uses_ladder: false, group: "release", needs_enabling: true };
    assert.equal(kindOf(exercise), "release");
    assert.equal(kindOf({ ...exercise, needs_enabling: false }), "relaxation");
    assert.equal(kindOf({ ...exercise, uses_ladder: true }), "rung");
    assert.equal(kindOf(null), "relaxation");
  });

  test("is answered with smaller or out from the clinic's own number on", () => {
    const here = { easing: 3, inside: true };
    const said = (/** @type {number} */ pain, more = {}) =>
      replyTo({ outcome: "partly", pain_worst: pain }, { ...here, ...more });
    assert.equal(said(2), "");
    assert.equal(replyTo({ outcome: "partly" }, here), "");
    assert.match(said(3), /smaller one.*or to come out/);
    assert.match(said(3, { inside: false }), /nothing more today/);
    assert.equal(said(3, { easing: null }), "");
    assert.match(said(4, { easing: null }), /smaller one/);
    assert.equal(said(5, { easing: 6 }), "");
    assert.match(said(8, { easing: 6 }), /Come out.*call the clinic/);
  });

  test("is answered with whom to call where it bleeds, also without a line", () => {
    const here = { easing: 4, inside: true };
    assert.match(replyTo({ outcome: "done", bleeding: "heavy", pain: 9 }, here), /emergency number now/);
    assert.match(replyTo({ outcome: "done", bleeding: "fresh_red", pain: 9 }, here), /doctor today/);
    assert.equal(replyTo({ outcome: "done", bleeding: "trace" }, here), "");
  });

  test("knows its highest pain", () => {
    assert.equal(worstPain({ outcome: "partly", pain_before: 1, pain_worst: 6 }), 6);
    assert.equal(worstPain({ outcome: "done" }), null);
  });

  test("reads as one line that says what is missing", () => {
    const rung = { id: "r2", label: "Size 2", kind: "dilator", diameter_mm: null, length_mm: null };
    const entry = {
      seq: 1,
      at: 0,
      by: /** @type {const} */ ("patient"),
      kind: "rung",
      heard: false,
      rung,
      corrected_at: null,
    };
    const answers = { outcome: "completed", minutes: 8, pain_before: 1, pain_worst: 3 };
    assert.equal(
      checkinLine({ ...entry, answers }),
      "As planned, Size 2, 8 min. Pain 1, then 3, then not set.",
    );
    assert.equal(checkinLine({ ...entry, answers: null }), "Struck out");
    const quick = { outcome: "completed", half_step: "deeper", pain_worst: 3, worry_peak: 0 };
    assert.equal(
      checkinLine({ ...entry, answers: quick }),
      "As planned, Size 2, deeper. Pain 3 at its most. Worry at its most 0.",
    );
    const after = { ...entry, kind: "next_day", rung: null, answers: { of: 1, outcome: "sore", pain: 2 } };
    assert.equal(checkinLine(after), "Afterwards: still sore. Pain 2.");
  });
});

describe("numbers as words", () => {
  test("durations are rounded to what helps", () => {
    assert.deepEqual([30, 40, 60, 300].map(duration), ["30 s", "40 s", "1 min", "5 min"]);
    assert.deepEqual([0, 67_000, 3_725_000].map(stopwatch), ["0:00", "1:07", "1:02:05"]);
  });

  test("a person is called by the first name, unless it is a title", () => {
    assert.deepEqual(["Maren Holt", "Dr. Holt", "Robin", ""].map(called), ["Maren", "Dr. Holt", "Robin", ""]);
  });

  test("what comes next is told by its first sentence", () => {
    assert.equal(first("Only breathe for now. Belly and jaw can be carried."), "Only breathe for now.");
    assert.equal(first("No end"), "No end");
  });
});

describe("a change of pace", () => {
  const gentle = { in_ms: 3_000, hold_in_ms: 0, out_ms: 4_000, hold_out_ms: 0 };

  test("is about a second a breath, and faster undoes slower", () => {
    const next = slower(gentle);
    assert.deepEqual(next, { in_ms: 3_400, hold_in_ms: 0, out_ms: 4_600, hold_out_ms: 0 });
    assert.deepEqual(next && faster(next), gentle);
  });

  test("ends where the server would refuse", () => {
    /** @type {import("../../../static/js/live/messages.js").Breath | null} */
    let breath = gentle;
    let last = gentle;
    while (breath) {
      last = breath;
      breath = slower(breath);
    }
    const period = last.in_ms + last.out_ms;
    assert.ok(period <= 24_000 && last.in_ms <= 12_000 && last.out_ms <= 12_000);
    assert.equal(faster({ in_ms: 2_000, hold_in_ms: 0, out_ms: 3_000, hold_out_ms: 0 }), null);
  });
});

describe("trying again", () => {
  test("waits longer each time, within half a second and 20, and starts over after a good line", () => {
    const limits = new Backoff(() => 1);
    const waits = Array.from({ length: 9 }, () => limits.next());
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000, 20_000]);
    limits.reset();
    assert.equal(limits.next(), 1_000);
    assert.equal(new Backoff(() => 0).next(), 500);
  });

  test("keeps to the window that the server names", () => {
    assert.equal(new Backoff(() => 0.25).next(2_000), 500);
  });
});

describe("frames", () => {
  test("an id is a UUID, also without a secure context", () => {
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    assert.match(newId(), uuid);
    const { randomUUID } = crypto;
    Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
    try {
      assert.match(newId(), uuid);
    } finally {
      Object.defineProperty(crypto, "randomUUID", { value: randomUUID, configurable: true });
    }
  });

  test("what is not known is not guessed", () => {
    assert.throws(() => read('{"type":"hullo"}'), TypeError);
    assert.throws(() => read("[]"), TypeError);
  });
});

describe("the line of comfort", () => {
  test("says in words what it draws, and hatches only what was not settled", () => {
    const at = new Date(2025, 2, 12, 10, 30).getTime();
    const marks = [
      { at, level: null },
      { at: at + 60_000, level: /** @type {const} */ ("uneasy") },
      { at: at + 180_000, level: /** @type {const} */ ("settled") },
    ];
    const { line, unsaid, uneasy, words } = comfortLine(marks, at + 600_000);
    assert.equal(words, "uneasy from 10:31 to 10:33, settled since 10:33");
    assert.equal(uneasy, "M30 8V28H90V8Z");
    assert.equal(unsaid, "M0 16H30");
    assert.match(line, /^M30 28H85C.*H300$/);
  });

  test("is silent where nothing was said", () => {
    const silent = comfortLine([{ at: 0, level: null }], 1_000);
    assert.equal(silent.words, "Nothing said yet");
    assert.equal(silent.line, "");
    assert.equal(silent.unsaid, "M0 16H300");
  });
});
