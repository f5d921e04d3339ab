// @ts-check
/** What Today and the questions say: what waits and why, whom to call first, and what a locked phone does. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  age,
  always,
  groups,
  keeping,
  resting,
  soonest,
  whenLocked,
} from "../../../static/js/practice/practice-words.js";
import { waits } from "../../../static/js/practice/today.js";
import { bundle, CALM, INSIDE } from "./bundle.js";

/** @param {Partial<import("../../../static/js/practice/own-machine.js").Bundle>} [changes] @param {boolean} [stale] */
function waiting(changes = {}, stale = false) {
  const told = bundle(changes);
  const shown = /** @type {any} */ ({ bundle: told, stale });
  const items = told.programme?.items ?? [];
  return Object.fromEntries(items.map((item) => [item.exercise, waits(item, shown)]));
}

test("what is kept says what is told all the same, with the number of this clinic", () => {
  const told = bundle();
  const strict = { ...told.care, thresholds: { ...told.care.thresholds, pain_stop: 5 } };

  assert.match(keeping(told).join(" "), /pain of 7 and more/);
  assert.match(keeping(bundle({ care: strict })).join(" "), /pain of 5 and more/);
  for (const words of ["bleeding", "pain that stays", "numbness", "share them later"])
    assert.ok(keeping(told).join(" ").includes(words), words);
});

describe("what can be begun", () => {
  test("is everything of the programme", () => {
    assert.deepEqual(waiting(), { [CALM]: "", [INSIDE]: "" });
  });

  test("is only what is outside while work inside is suspended, in the words of the suspension", () => {
    const told = bundle();
    const found = waiting({ care: { ...told.care, suspended: { say: "It waits." } } });
    assert.deepEqual(found, { [CALM]: "", [INSIDE]: "It waits." });
  });

  test("is only what is outside where this phone has heard nothing for two weeks", () => {
    const found = waiting({}, true);
    assert.equal(found[CALM], "");
    assert.match(found[INSIDE], /14 days/);
  });

  test("is not what rests, in the words of the programme", () => {
    assert.equal(waiting({ rests: { one: "Rests for now." } })[CALM], "Rests for now.");
  });

  test("is nothing whose words are not on this phone", () => {
    const told = bundle();
    const { [CALM]: _, ...exercises } = told.library.exercises;
    assert.match(waiting({ library: { ...told.library, exercises } })[CALM], /next connection/);
  });

  test("what one does when it is too much is there without being planned", () => {
    const told = bundle();
    const ground = { ...told.library.exercises[CALM], recovery: true };
    const library = { ...told.library, exercises: { ...told.library.exercises, ground } };
    assert.deepEqual(always(bundle({ library })), [{ id: null, exercise: "ground" }]);
    assert.deepEqual(always(told), []);
  });
});

describe("the list of what is true today", () => {
  test("begins with what is most urgent", () => {
    assert.deepEqual(
      groups(bundle().flags).map(({ tier }) => tier),
      ["emergency", "pause", "note"],
    );
  });

  test("the most urgent tick decides, and no tick decides nothing", () => {
    const { flags } = bundle();
    assert.equal(soonest(flags, ["light", "heavy"]), "emergency");
    assert.equal(soonest(flags, ["light"]), "note");
    assert.equal(soonest(flags, []), null);
  });
});

test("where a phone falls silent when it goes dark, that is said beforehand", () => {
  assert.match(whenLocked({}), /goes dark by itself, and is silent/);
  assert.match(whenLocked({ audioSession: {} }), /Tones go on/);
  assert.match(whenLocked({ wakeLock: {} }), /screen stays on/);
});

test("at the end it is said where it lies, and what that asks of whoever keeps nothing", () => {
  const scene = /** @type {any} */ ({ name: "ended" });
  assert.match(resting(scene, { held: true, therapist: "Maren" })[1], /kept on this phone/);
  assert.match(resting(scene, { held: false, therapist: "Maren" })[1], /keep this page open/);
});

test("how old a programme is, in the coarsest words that help", () => {
  const day = 86_400_000;
  assert.deepEqual([0, day, 3.5 * day].map(age), ["today", "yesterday", "3 days ago"]);
});
