// @ts-check
/** Check-ins: the answers of each kind, read as the server reads them, without those behind a gate that closed. */

import { Refused } from "./model.js";
import { oneOf, text, truth, whole } from "./shape.js";

/** @typedef {import("./model.js").Answers} Answers */

const rating = whole(0, 10);
const minutes = whole(0, 240);
const free = text(0, 500);
const bleeding = oneOf("none", "trace", "pink", "fresh_red", "heavy");
const stopReason = oneOf(
  "pain",
  "fear",
  "guarding",
  "bleeding",
  "interrupted",
  "privacy",
  "tired",
  "other",
  "rather_not_say",
);

/**
 * Each kind with its fields, in the order in which they are kept. What is marked `!` is never left out.
 * @type {Record<string, Record<string, import("./shape.js").Form>>}
 */
const KINDS = {
  relaxation: {
    "outcome!": oneOf("done", "partly", "stopped_early", "chose_not_to"),
    felt: oneOf("let_go", "nothing", "tightened", "pushed"),
    worry: rating,
    pain: rating,
    bleeding,
    note: free,
  },
  rung: {
    "outcome!": oneOf("completed", "partly", "stopped_early", "chose_not_to_insert", "did_not_start"),
    // Read as text of any length: whether it is on the ladder is asked later.
    rung: (value) => typeof value === "string",
    minutes,
    depth: oneOf("outside", "tip", "partial", "full"),
    pain_before: rating,
    pain_worst: rating,
    pain_after: rating,
    worry_before: rating,
    worry_peak: rating,
    worry_after: rating,
    guarding: rating,
    control: rating,
    half_step: oneOf("deeper", "longer", "other_position", "with_movement", "partner_present"),
    position: oneOf("on_back", "on_side", "half_sitting", "foot_raised", "other"),
    inserted_by: oneOf("self", "with_partner_present", "partner", "clinician"),
    eased: oneOf("minutes", "hours", "not_yet"),
    stop_reason: stopReason,
    bleeding,
    lidocaine: truth,
    sedating: truth,
    ready: oneOf("smaller", "same", "bigger"),
    note: free,
  },
  release: {
    "outcome!": oneOf("done", "partly", "stopped_early", "chose_not_to"),
    minutes,
    tender_before: rating,
    tender_after: rating,
    pain_worst: rating,
    let_go: oneOf("yes", "a_little", "no", "tightened"),
    stop_reason: stopReason,
    bleeding,
    numbness: truth,
    lidocaine: truth,
    note: free,
  },
  exposure: {
    "outcome!": oneOf("met", "partly", "chose_not_to"),
    "situation!": text(1, 200),
    fear_expected: rating,
    fear_peak: rating,
    fear_end: rating,
    belief: free,
    belief_before: rating,
    belief_after: rating,
    note: free,
  },
  next_day: {
    "of!": whole(1, Number.MAX_SAFE_INTEGER),
    "outcome!": oneOf("fine", "sore", "worse"),
    pain: rating,
    bleeding,
    note: free,
  },
};

const INSIDE = [
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
];
const RELEASED = ["minutes", "tender_before", "tender_after", "pain_worst", "let_go", "numbness"];
const MET = ["fear_peak", "fear_end", "belief_after"];

/** The answers of one kind as they are kept. Throws Refused. @param {string} kind @param {unknown} given @returns {Answers} */
export function parse(kind, given) {
  if (!Object.hasOwn(KINDS, kind))
    throw new Refused("bad_message", "This check-in has a kind that is not known here.", {
      kind: "not known",
    });
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw unreadable("answers");
  const left = /** @type {Record<string, any>} */ ({ ...given });
  if (left.kind !== undefined && left.kind !== kind) throw unreadable("kind");
  delete left.kind;
  /** @type {Answers} */
  const answers = { kind };
  for (const [name, form] of Object.entries(KINDS[kind])) {
    const field = name.replace("!", "");
    const value = left[field] ?? null;
    delete left[field];
    if (value !== null && form(value)) answers[field] = value;
    else if (value !== null || field !== name) throw unreadable(field);
  }
  if (Object.keys(left).length > 0) throw unreadable(Object.keys(left)[0]);
  return gated(answers);
}

/** @param {string} field */
function unreadable(field) {
  return new Refused("bad_message", "One of the answers cannot be read.", { answers: field });
}

/** @param {Answers} answers @returns {Answers} */
function gated(answers) {
  const { kind, outcome } = answers;
  const stopped = outcome === "stopped_early" || outcome === "partly";
  switch (kind) {
    case "relaxation":
      return outcome === "chose_not_to" ? without(answers, ["felt", "pain"]) : answers;
    case "exposure":
      return outcome === "chose_not_to" ? without(answers, MET) : answers;
    case "next_day":
      return outcome === "fine" ? without(answers, ["pain"]) : answers;
    case "release": {
      const kept = outcome === "chose_not_to" ? without(answers, RELEASED) : answers;
      return stopped ? kept : without(kept, ["stop_reason"]);
    }
    default: {
      const nothing = outcome === "chose_not_to_insert" || outcome === "did_not_start";
      const kept = nothing ? without(answers, INSIDE) : answers;
      return stopped ? kept : without(kept, ["stop_reason"]);
    }
  }
}

/** @param {Answers} answers @param {string[]} fields @returns {Answers} */
function without(answers, fields) {
  return Object.fromEntries(Object.entries(answers).filter(([name]) => !fields.includes(name)));
}

/** The highest pain that it tells of, or null where none was given. @param {Answers} answers @returns {number | null} */
export function worstPain(answers) {
  const names = /** @type {Record<string, string[]>} */ ({
    relaxation: ["pain"],
    next_day: ["pain"],
    rung: ["pain_before", "pain_worst", "pain_after"],
    release: ["tender_before", "pain_worst", "tender_after"],
  })[String(answers.kind)];
  const given = (names ?? []).map((name) => answers[name]).filter((pain) => typeof pain === "number");
  return given.length === 0 ? null : Math.max(...given);
}

/** @param {Answers | null} one @param {Answers | null} other */
export function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
