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

/** One check-in in one line: only what was given. @param {Checkin} checkin */
export function checkinLine({ answers, rung }) {
  if (answers === null) return "Struck out";
  const first = [OUTCOMES[String(answers.outcome)] ?? String(answers.outcome)];
  if (rung) first.push(rung.label);
  if (answers.minutes !== undefined && answers.minutes !== null) first.push(`${answers.minutes} min`);
  const more = [];
  if (answers.felt) more.push(`Felt ${FELT[String(answers.felt)] ?? answers.felt}`);
  const given = (/** @type {string} */ name) =>
    typeof answers[name] === "number" ? String(answers[name]) : "not set";
  const asked = ["pain_before", "pain_worst", "pain_after"];
  if (asked.some((name) => typeof answers[name] === "number")) {
    more.push(`Pain ${asked.map(given).join(", then ")}`);
  } else if (typeof answers.pain === "number") {
    more.push(`Pain ${answers.pain}`);
  } else {
    more.push("Pain not set");
  }
  if (typeof answers.worry === "number") more.push(`Worry ${answers.worry}`);
  if (answers.bleeding) more.push(`${BLEEDING[String(answers.bleeding)] ?? answers.bleeding}`);
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
