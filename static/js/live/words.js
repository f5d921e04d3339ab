// @ts-check
/** Numbers and answers as words: how long, when, how far a line reaches, and what a check-in says. */

import { LOCALE, t } from "../components/language.js";

/** @typedef {import("./messages.js").Checkin} Checkin */
/** @typedef {import("./messages.js").Person} Person */
/** @typedef {import("./messages.js").Role} Role */

/** The first sentence, for what comes next. @param {string} text */
export function first(text) {
  return text.match(/^.*?[.!?](?=\s|$)/)?.[0] ?? text;
}

/** Such as `30 s` or `2 min`. @param {number} seconds */
export function duration(seconds) {
  if (seconds < 45) return t("{n} s", { n: Math.max(5, Math.round(seconds / 5) * 5) });
  return t("{n} min", { n: Math.max(1, Math.round(seconds / 60)) });
}

/** Such as `1:07`. @param {number} ms */
export function stopwatch(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The time of day here, such as `10:44`. @param {number} ms */
export function hour(ms) {
  return new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" }).format(new Date(ms));
}

/** For how long something has been so, in the coarsest words that help. @param {number} ms */
export function span(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t("since just now");
  return t("for {n} min", { n: minutes });
}

/** @type {Record<string, string>} */
const OUTCOMES = {
  done: t("As planned"),
  completed: t("As planned"),
  partly: t("In part"),
  stopped_early: t("Stopped early"),
  chose_not_to: t("Chose not to"),
  chose_not_to_insert: t("Chose not to insert"),
  did_not_start: t("Did not begin"),
  met: t("Met it"),
  fine: t("Nothing left of it"),
  sore: t("Still sore"),
  worse: t("Worse than before"),
};
/** @type {Record<string, string>} */
const AFTERWARDS = {
  fine: t("Afterwards: nothing left of it"),
  sore: t("Afterwards: still sore"),
  worse: t("Afterwards: worse than before"),
};
/** @type {Record<string, string>} */
const FELT = {
  let_go: t("Felt letting go"),
  nothing: t("Felt nothing"),
  tightened: t("Felt tightening"),
  pushed: t("Felt pushing"),
};
/** @type {Record<string, string>} */
const BLEEDING = {
  none: t("No bleeding"),
  trace: t("A trace of blood"),
  pink: t("Pink"),
  fresh_red: t("Fresh red bleeding"),
  heavy: t("Heavy bleeding"),
};

/** @type {Record<string, string>} */
export const HALF_STEPS = {
  deeper: t("deeper"),
  longer: t("longer"),
  other_position: t("in another position"),
  with_movement: t("with movement"),
  partner_present: t("with somebody present"),
};
/** @typedef {Record<string, string>} Given */
/** Numbers in the order of an attempt, where there are several of one sort. @type {{names: string[], all: (given: Given) => string}[]} */
const SERIES = [
  {
    names: ["pain_before", "pain_worst", "pain_after"],
    all: (given) => t("Pain {pain_before}, then {pain_worst}, then {pain_after}", given),
  },
  {
    names: ["tender_before", "tender_after"],
    all: (given) => t("Tenderness {tender_before}, then {tender_after}", given),
  },
  {
    names: ["fear_expected", "fear_peak", "fear_end"],
    all: (given) => t("Fear {fear_expected}, then {fear_peak}, then {fear_end}", given),
  },
];
/** Numbers that stand alone; the middle one of a series does where it is the one of the quick path. @type {Record<string, (n: string) => string>} */
const SINGLE = {
  pain_worst: (n) => t("Pain {n} at its most", { n }),
  fear_peak: (n) => t("Fear {n} at its most", { n }),
  pain: (n) => t("Pain {n}", { n }),
  worry: (n) => t("Worry {n}", { n }),
  worry_before: (n) => t("Worry before {n}", { n }),
  worry_peak: (n) => t("Worry at its most {n}", { n }),
  guarding: (n) => t("Tightening {n}", { n }),
};
const ALONE = ["pain", "worry", "worry_before", "worry_peak", "guarding"];
const PAINS = ["pain", "pain_before", "pain_worst", "pain_after"];

/** @param {import("./messages.js").Answers} answers */
function numbers(answers) {
  const has = (/** @type {string} */ name) => typeof answers[name] === "number";
  const given = (/** @type {string} */ name) => (has(name) ? String(answers[name]) : t("not set"));
  const said = [];
  for (const { names, all } of SERIES) {
    if (has(names[1]) && names.length === 3 && !has(names[0]) && !has(names[2]))
      said.push(SINGLE[names[1]](given(names[1])));
    else if (names.some(has)) said.push(all(Object.fromEntries(names.map((name) => [name, given(name)]))));
  }
  for (const name of ALONE) if (has(name)) said.push(SINGLE[name](given(name)));
  return said;
}

/** One check-in in one line: only what was given. @param {Checkin} checkin */
export function checkinLine({ kind, answers, rung }) {
  if (answers === null) return t("Struck out");
  const outcome = String(answers.outcome);
  const first = [(kind === "next_day" && AFTERWARDS[outcome]) || (OUTCOMES[outcome] ?? outcome)];
  if (answers.situation) first.push(quoted(answers.situation));
  if (rung) first.push(rung.label);
  if (answers.half_step) first.push(HALF_STEPS[String(answers.half_step)] ?? "");
  if (answers.minutes !== undefined && answers.minutes !== null)
    first.push(t("{n} min", { n: String(answers.minutes) }));
  const more = [];
  if (answers.felt) more.push(FELT[String(answers.felt)] ?? String(answers.felt));
  more.push(...numbers(answers));
  if ((kind === "rung" || kind === "relaxation") && !PAINS.some((name) => typeof answers[name] === "number"))
    more.push(t("Pain not set"));
  if (answers.bleeding) more.push(BLEEDING[String(answers.bleeding)] ?? String(answers.bleeding));
  if (answers.lidocaine) more.push(t("With a numbing cream"));
  if (answers.sedating) more.push(t("After something that makes drowsy"));
  if (answers.numbness) more.push(t("Went numb, or felt electric"));
  const sentences = [first.join(", "), ...more].map((part) => part[0].toUpperCase() + part.slice(1));
  const note = answers.note ? ` ${quoted(answers.note)}` : "";
  return `${sentences.join(". ")}.${note}`;
}

/** @param {unknown} words */
const quoted = (words) => t("“{words}”", { words: String(words) });

/** What somebody is called in a sentence: the first name, unless it is a title. @param {string} name */
export function called(name) {
  const [first, ...rest] = name.trim().split(/\s+/);
  return rest.length > 0 && /^(dr|prof|mr|mrs|ms|mx)\.?$/i.test(first) ? name.trim() : first;
}

/** How well somebody is connected. @param {Person | undefined} person */
export function lineOf(person) {
  if (!person?.connected)
    return person?.since ? t("not here since {time}", { time: hour(person.since) }) : t("not here right now");
  if (person.sync === "lost") return t("here, breathing on their own");
  if (person.sync === "stale") return t("here, finding the same breath");
  const { rtt } = person;
  if (rtt === null) return t("here");
  return rtt < 150
    ? t("here, in step, good connection")
    : rtt < 500
      ? t("here, in step, slow connection")
      : t("here, in step, very slow connection");
}

/** Such as `about 15 min`, from what was offered or what the script suggests. @param {number | null} minutes @param {number} seconds */
export function about(minutes, seconds) {
  const length = minutes === null ? duration(seconds) : t("{n} min", { n: minutes });
  return t("about {length}", { length });
}
