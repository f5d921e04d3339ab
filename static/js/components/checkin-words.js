// @ts-check
/**
 * What a check-in asks, by kind: outcomes, the sliders of the quick path, everything that may be said beyond it, and
 * which answer closes which. The same gates are in `sessions/checkins.py`; what a closed one hides is not sent.
 */

import { t } from "./language.js";

/** @typedef {import("../live/messages.js").Answers} Answers */
/** @typedef {import("../live/messages.js").Checkin} Entry */
/** @typedef {'relaxation' | 'rung' | 'release' | 'exposure'} Kind */
/** `heard` is how a therapist writes it down. @typedef {{value: string, words: string, heard?: string, wide?: boolean}} Choice */
/** `heard` as above. @typedef {{name: string, words: string, heard?: string}} Rating */
/**
 * One field beyond the quick path. `choices` for one of several; `min` and `max` for a number; a `yes` is a box.
 * @typedef {{name: string, as: 'rating' | 'choice' | 'minutes' | 'yes' | 'words', words: string, heard?: string, choices?: Choice[]}} Field
 */
/**
 * `closes`: after these outcomes there is nothing to ask about the fields `closed`. `same` are filled by "same as
 * last time" beside the outcome: what one did, never what one felt.
 * @typedef {{outcomes: Choice[], legend: string, quick: Rating[], more: Field[], closes: string[], closed: string[], same: string[], bleeds: boolean}} Shape
 */

/** @type {Choice[]} */
const DONE = [
  { value: "done", words: t("As planned") },
  { value: "partly", words: t("In part") },
  { value: "stopped_early", words: t("I stopped early"), heard: t("Stopped early") },
  { value: "chose_not_to", words: t("I chose not to"), heard: t("Chose not to") },
];
/** @type {Choice[]} */
const REASONS = [
  { value: "pain", words: t("Pain") },
  { value: "fear", words: t("Fear") },
  { value: "guarding", words: t("It tightened") },
  { value: "bleeding", words: t("Bleeding") },
  { value: "interrupted", words: t("Interrupted") },
  { value: "privacy", words: t("No privacy") },
  { value: "tired", words: t("Tired") },
  { value: "other", words: t("Something else") },
  { value: "rather_not_say", words: t("I’d rather not say"), heard: t("Would rather not say"), wide: true },
];
/** @type {Field} */
const STOPPED = { name: "stop_reason", as: "choice", words: t("Why it ended early"), choices: REASONS };
/** @type {Field} */
const NOTE = { name: "note", as: "words", words: t("In your own words"), heard: t("In their words") };
/** @type {Field} */
const CREAM = { name: "lidocaine", as: "yes", words: t("With a numbing cream") };

/** @type {Choice[]} */
export const BLEEDING = [
  { value: "none", words: t("None") },
  { value: "trace", words: t("A trace") },
  { value: "pink", words: t("Pink") },
  { value: "fresh_red", words: t("Fresh red") },
  { value: "heavy", words: t("Heavy"), wide: true },
];

/** @type {Record<Kind, Shape>} */
export const SHAPES = {
  relaxation: {
    outcomes: DONE,
    legend: t("From 0 (none) to 10 (most)"),
    quick: [
      { name: "worry", words: t("Worry") },
      { name: "pain", words: t("Pain") },
    ],
    more: [NOTE],
    closes: ["chose_not_to"],
    closed: ["felt", "pain"],
    same: [],
    bleeds: true,
  },
  rung: {
    outcomes: [
      { value: "completed", words: t("As planned") },
      { value: "partly", words: t("In part") },
      { value: "stopped_early", words: t("I stopped early"), heard: t("Stopped early") },
      { value: "did_not_start", words: t("I didn’t begin"), heard: t("Did not begin") },
      {
        value: "chose_not_to_insert",
        words: t("I chose not to insert today"),
        heard: t("Chose not to insert"),
        wide: true,
      },
    ],
    legend: t("From 0 (none) to 10 (most)"),
    quick: [
      { name: "pain_worst", words: t("Pain at its most") },
      { name: "worry_peak", words: t("Worry at its most") },
      { name: "guarding", words: t("Tightening") },
    ],
    more: [
      {
        name: "minutes",
        as: "minutes",
        words: t("Minutes with it inside, if you know"),
        heard: t("Minutes inside"),
      },
      STOPPED,
      { name: "pain_before", as: "rating", words: t("Pain before") },
      { name: "pain_after", as: "rating", words: t("Pain after") },
      {
        name: "eased",
        as: "choice",
        words: t("If it hurt: did it ease?"),
        choices: [
          { value: "minutes", words: t("Within minutes") },
          { value: "hours", words: t("Within hours") },
          { value: "not_yet", words: t("Not yet"), wide: true },
        ],
      },
      { name: "worry_before", as: "rating", words: t("Worry before") },
      {
        name: "depth",
        as: "choice",
        words: t("How far"),
        choices: [
          { value: "outside", words: t("Outside") },
          { value: "tip", words: t("The tip") },
          { value: "partial", words: t("In part") },
          { value: "full", words: t("All of it") },
        ],
      },
      {
        name: "half_step",
        as: "choice",
        words: t("Something new at this size?"),
        choices: [
          { value: "deeper", words: t("Deeper") },
          { value: "longer", words: t("Longer") },
          { value: "other_position", words: t("Another position") },
          { value: "with_movement", words: t("With movement") },
          { value: "partner_present", words: t("With somebody present"), wide: true },
        ],
      },
      {
        name: "position",
        as: "choice",
        words: t("Position"),
        choices: [
          { value: "on_back", words: t("On my back"), heard: t("On the back") },
          { value: "on_side", words: t("On my side"), heard: t("On the side") },
          { value: "half_sitting", words: t("Half sitting") },
          { value: "foot_raised", words: t("One foot raised") },
          { value: "other", words: t("Otherwise"), wide: true },
        ],
      },
      {
        name: "inserted_by",
        as: "choice",
        words: t("By whose hand"),
        choices: [
          { value: "self", words: t("Mine"), heard: t("Their own") },
          {
            value: "with_partner_present",
            words: t("Mine, somebody there"),
            heard: t("Their own, somebody there"),
          },
          { value: "partner", words: t("Somebody else’s") },
          { value: "clinician", words: t("A clinician’s") },
        ],
      },
      CREAM,
      { name: "sedating", as: "yes", words: t("After a medicine that makes drowsy, or alcohol") },
      {
        name: "ready",
        as: "choice",
        words: t("Next time, rather"),
        choices: [
          { value: "smaller", words: t("A smaller one") },
          { value: "same", words: t("The same") },
          { value: "bigger", words: t("A bigger one"), wide: true },
        ],
      },
      NOTE,
    ],
    closes: ["chose_not_to_insert", "did_not_start"],
    closed: [
      "minutes",
      "depth",
      "pain_worst",
      "pain_after",
      "guarding",
      "half_step",
      "position",
      "inserted_by",
      "eased",
      "worry_peak",
      "worry_after",
    ],
    same: ["minutes", "half_step", "position", "inserted_by"],
    bleeds: true,
  },
  release: {
    outcomes: DONE,
    legend: t("From 0 (none) to 10 (most)"),
    quick: [
      { name: "tender_before", words: t("Tenderness at first") },
      { name: "tender_after", words: t("Tenderness at the end") },
      { name: "pain_worst", words: t("Pain at its most") },
    ],
    more: [
      { name: "minutes", as: "minutes", words: t("Minutes, if you know"), heard: t("Minutes") },
      STOPPED,
      {
        name: "let_go",
        as: "choice",
        words: t("Did something let go?"),
        choices: [
          { value: "yes", words: t("Yes") },
          { value: "a_little", words: t("A little") },
          { value: "no", words: t("No") },
          { value: "tightened", words: t("It tightened") },
        ],
      },
      { name: "numbness", as: "yes", words: t("It went numb, or felt electric") },
      CREAM,
      NOTE,
    ],
    closes: ["chose_not_to"],
    closed: ["minutes", "tender_before", "tender_after", "pain_worst", "let_go", "numbness"],
    same: ["minutes"],
    bleeds: true,
  },
  exposure: {
    outcomes: [
      { value: "met", words: t("I met it"), heard: t("Met it") },
      { value: "partly", words: t("In part") },
      { value: "chose_not_to", words: t("I chose not to today"), heard: t("Chose not to"), wide: true },
    ],
    legend: t("Fear, from 0 (none) to 10 (most)"),
    quick: [
      { name: "fear_expected", words: t("Expected beforehand") },
      { name: "fear_peak", words: t("At its most") },
      { name: "fear_end", words: t("At the end") },
    ],
    more: [
      {
        name: "belief",
        as: "words",
        words: t("What I thought would happen"),
        heard: t("What they thought would happen"),
      },
      { name: "belief_before", as: "rating", words: t("How sure of it before") },
      { name: "belief_after", as: "rating", words: t("How sure of it now") },
      NOTE,
    ],
    closes: ["chose_not_to"],
    closed: ["fear_peak", "fear_end", "belief_after"],
    same: [],
    bleeds: false,
  },
};
/** @type {Choice[]} */
export const FELT = [
  { value: "let_go", words: t("Something let go") },
  { value: "nothing", words: t("Nothing") },
  { value: "tightened", words: t("It tightened") },
  { value: "pushed", words: t("I pushed"), heard: t("They pushed") },
];
const ENDED_EARLY = new Set(["partly", "stopped_early"]);

/** Whether this outcome hides this field. @param {Kind} kind @param {string} name @param {string} outcome */
export function isClosed(kind, name, outcome) {
  if (name === "stop_reason") return !ENDED_EARLY.has(outcome);
  const { closes, closed } = SHAPES[kind];
  return closes.includes(outcome) && closed.includes(name);
}

/** Everything that a kind may send, and as what. @param {Kind} kind @returns {[string, Field["as"]][]} */
function fieldsOf(kind) {
  const { quick, more, bleeds } = SHAPES[kind];
  /** @type {[string, Field["as"]][]} */
  const fields = quick.map(({ name }) => [name, "rating"]);
  fields.push(.../** @type {[string, Field["as"]][]} */ (more.map(({ name, as }) => [name, as])));
  if (kind === "rung") fields.unshift(["rung", "choice"]);
  if (kind === "exposure") fields.unshift(["situation", "choice"]);
  if (kind === "relaxation") fields.unshift(["felt", "choice"]);
  if (bleeds) fields.push(["bleeding", "choice"]);
  return fields;
}

/**
 * Only what was given and what its gate leaves open.
 * @param {Kind} kind
 * @param {Record<string, string>} texts chosen or typed words by name; a box that is ticked is "yes"
 * @param {Record<string, number | null>} ratings sliders by name; null is untouched
 * @returns {Answers | null} null while there is no outcome
 */
export function answersOf(kind, texts, ratings) {
  const { outcome } = texts;
  if (!SHAPES[kind].outcomes.some(({ value }) => value === outcome)) return null;
  /** @type {Answers} */
  const answers = { outcome };
  for (const [name, as] of fieldsOf(kind)) {
    if (isClosed(kind, name, outcome)) continue;
    const text = (texts[name] ?? "").trim();
    const rating = ratings[name] ?? null;
    const minutes = Number.parseInt(text, 10);
    if (as === "rating" && rating !== null) answers[name] = rating;
    else if (as === "minutes" && minutes >= 0 && minutes <= 240) answers[name] = minutes;
    else if (as === "yes" && text) answers[name] = true;
    else if ((as === "choice" || as === "words") && text) answers[name] = text;
  }
  return answers;
}

/** The highest pain in these answers, or null. @param {Answers} answers */
export function worstPain(answers) {
  const names = ["pain", "pain_before", "pain_worst", "pain_after", "tender_before", "tender_after"];
  const numbers = names.map((name) => answers[name]).filter((value) => typeof value === "number");
  return numbers.length ? Math.max(...numbers) : null;
}

/**
 * The kind of check-in that an exercise is followed by. Letting go from outside is no release work.
 * @param {{uses_ladder: boolean, group: string, needs_enabling: boolean} | null} exercise
 * @returns {Kind}
 */
export function kindOf(exercise) {
  if (exercise?.uses_ladder) return "rung";
  return exercise?.group === "release" && exercise.needs_enabling ? "release" : "relaxation";
}

/** What the page was told of earlier sessions; nothing where it cannot be read. @template T @param {string} text @param {T} otherwise @returns {T} */
export function told(text, otherwise) {
  try {
    return JSON.parse(text) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** What an earlier check-in lets one say again. @typedef {{outcome: string, rung: string | null, answers: Answers}} Last */

/**
 * The last of this kind that something was done in: in this session, else in an earlier one.
 * @param {Kind} kind
 * @param {readonly Entry[]} entries
 * @param {Record<string, Last>} earlier
 * @returns {Last | null}
 */
export function lastOf(kind, entries, earlier) {
  const { closes, same } = SHAPES[kind];
  if (!same.length) return null;
  const entry = [...entries]
    .reverse()
    .find(
      ({ kind: of, answers }) => of === kind && answers !== null && !closes.includes(String(answers.outcome)),
    );
  if (!entry?.answers) return earlier[kind] ?? null;
  return { outcome: String(entry.answers.outcome), rung: entry.rung?.id ?? null, answers: entry.answers };
}

/**
 * What "same as last time" would write down, as one line.
 * @param {Kind} kind @param {Last} last @param {string} rung its label, or nothing @param {boolean} heard
 */
export function sameWords(kind, last, rung, heard) {
  const { outcomes, more, same } = SHAPES[kind];
  const word = (/** @type {Choice | undefined} */ choice) =>
    (heard && choice?.heard) || (choice?.words ?? "");
  const parts = [word(outcomes.find(({ value }) => value === last.outcome)), rung];
  for (const name of same) {
    const value = last.answers[name];
    if (value === undefined || value === null) continue;
    const field = more.find((other) => other.name === name);
    if (name === "minutes") parts.push(t("{n} min", { n: String(value) }));
    else parts.push(lower(word(field?.choices?.find((choice) => choice.value === value)), name));
  }
  return `${parts.filter(Boolean).join(", ")}.`;
}

/** @param {string} words @param {string} name */
function lower(words, name) {
  const text = words.slice(0, 1).toLowerCase() + words.slice(1);
  return name === "inserted_by" && text ? t("hand: {whose}", { whose: text }) : text;
}
