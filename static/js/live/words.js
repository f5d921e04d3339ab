// @ts-check
/** Numbers and answers as words: how long, when, how far a line reaches, and what a check-in says. */

/** @typedef {import("./messages.js").Checkin} Checkin */
/** @typedef {import("./messages.js").Person} Person */
/** @typedef {import("./messages.js").Role} Role */

/** Such as `30 s` or `2 min`. @param {number} seconds */
export function duration(seconds) {
  if (seconds < 45) return `${Math.max(5, Math.round(seconds / 5) * 5)} s`;
  return `${Math.max(1, Math.round(seconds / 60))} min`;
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
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(new Date(ms));
}

/** For how long something has been so, in the coarsest words that help. @param {number} ms */
export function span(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "since just now";
  return `for ${minutes} min`;
}

/** @type {Record<string, string>} */
const OUTCOMES = {
  done: "As planned",
  completed: "As planned",
  partly: "In part",
  stopped_early: "Stopped early",
  chose_not_to: "Chose not to",
  chose_not_to_insert: "Chose not to insert",
  did_not_start: "Did not begin",
  met: "Met it",
  fine: "Nothing left of it",
  sore: "Still sore",
  worse: "Worse than before",
};
/** @type {Record<string, string>} */
const FELT = { let_go: "letting go", nothing: "nothing", tightened: "tightening", pushed: "pushing" };
/** @type {Record<string, string>} */
const BLEEDING = {
  none: "no bleeding",
  trace: "a trace of blood",
  pink: "pink",
  fresh_red: "fresh red bleeding",
  heavy: "heavy bleeding",
};

/** @type {Record<string, string>} */
export const HALF_STEPS = {
  deeper: "deeper",
  longer: "longer",
  other_position: "in another position",
  with_movement: "with movement",
  partner_present: "with somebody present",
};
/** Numbers in the order of an attempt, where there are several of one sort. @type {[string, string[]][]} */
const SERIES = [
  ["Pain", ["pain_before", "pain_worst", "pain_after"]],
  ["Tenderness", ["tender_before", "tender_after"]],
  ["Fear", ["fear_expected", "fear_peak", "fear_end"]],
];
/** @type {[string, string][]} */
const SINGLE = [
  ["pain", "Pain"],
  ["worry", "Worry"],
  ["worry_before", "Worry before"],
  ["worry_peak", "Worry at its most"],
  ["guarding", "Tightening"],
];

/** @param {import("./messages.js").Answers} answers */
function numbers(answers) {
  const has = (/** @type {string} */ name) => typeof answers[name] === "number";
  const given = (/** @type {string} */ name) => (has(name) ? String(answers[name]) : "not set");
  const said = [];
  for (const [what, names] of SERIES) {
    // The middle one alone is the one of the quick path.
    if (has(names[1]) && names.length === 3 && !has(names[0]) && !has(names[2]))
      said.push(`${what} ${answers[names[1]]} at its most`);
    else if (names.some(has)) said.push(`${what} ${names.map(given).join(", then ")}`);
  }
  for (const [name, what] of SINGLE) if (has(name)) said.push(`${what} ${answers[name]}`);
  return said;
}

/** One check-in in one line: only what was given. @param {Checkin} checkin */
export function checkinLine({ kind, answers, rung }) {
  if (answers === null) return "Struck out";
  const first = [OUTCOMES[String(answers.outcome)] ?? String(answers.outcome)];
  if (kind === "next_day") first[0] = `Afterwards: ${first[0].toLowerCase()}`;
  if (answers.situation) first.push(`“${answers.situation}”`);
  if (rung) first.push(rung.label);
  if (answers.half_step) first.push(HALF_STEPS[String(answers.half_step)] ?? "");
  if (answers.minutes !== undefined && answers.minutes !== null) first.push(`${answers.minutes} min`);
  const more = [];
  if (answers.felt) more.push(`Felt ${FELT[String(answers.felt)] ?? answers.felt}`);
  const said = numbers(answers);
  more.push(...said);
  if ((kind === "rung" || kind === "relaxation") && !said.some((part) => part.startsWith("Pain")))
    more.push("Pain not set");
  if (answers.bleeding) more.push(`${BLEEDING[String(answers.bleeding)] ?? answers.bleeding}`);
  if (answers.lidocaine) more.push("With a numbing cream");
  if (answers.sedating) more.push("After something that makes drowsy");
  if (answers.numbness) more.push("Went numb, or felt electric");
  const sentences = [first.join(", "), ...more].map((part) => part[0].toUpperCase() + part.slice(1));
  const note = answers.note ? ` “${answers.note}”` : "";
  return `${sentences.join(". ")}.${note}`;
}

/** What somebody is called in a sentence: the first name, unless it is a title. @param {string} name */
export function called(name) {
  const [first, ...rest] = name.trim().split(/\s+/);
  return rest.length > 0 && /^(dr|prof|mr|mrs|ms|mx)\.?$/i.test(first) ? name.trim() : first;
}

/** How well somebody is connected. @param {Person | undefined} person */
export function lineOf(person) {
  if (!person?.connected)
    return person?.since ? `not here since ${hour(person.since)}` : "not here right now";
  if (person.sync === "lost") return "here, breathing on their own";
  if (person.sync === "stale") return "here, finding the same breath";
  const { rtt } = person;
  if (rtt === null) return "here";
  return rtt < 150
    ? "here, in step, good connection"
    : rtt < 500
      ? "here, in step, slow connection"
      : "here, in step, very slow connection";
}

/** Such as `about 15 min`, from what was offered or what the script suggests. @param {number | null} minutes @param {number} seconds */
export function about(minutes, seconds) {
  return `about ${minutes === null ? duration(seconds) : `${minutes} min`}`;
}
