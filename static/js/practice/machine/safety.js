// @ts-check
/**
 * What a red flag or one check-in means, for a phone that has nobody to ask: how soon, and what the patient reads.
 *
 * The rules are those of the server's `sessions/safety.py`. The words come from the bundle, by key.
 */

import { worstPain } from "./checkins.js";
import { Refused } from "./model.js";

/** @typedef {import("./model.js").Answers} Answers */
/** @typedef {import("./model.js").Flag} Flag */
/** @typedef {import("./model.js").Suspension} Suspension */
/** @typedef {import("./model.js").Thresholds} Thresholds */
/** @typedef {import("./model.js").Tier} Tier */
/** @typedef {Readonly<Record<string, string>>} Says */
/**
 * What a rule noticed. `say` is for the record; `words` the key of what is read in place of the tier's own.
 * @typedef {{rule: string, tier: Tier, say: string, words?: string, degree: number}} Finding
 */
/** @typedef {{rule: string, tier: Tier, say: string}} Told */

/** The most urgent first. Those before the last suspend work inside the body. @type {Tier[]} */
const SOONEST = ["emergency", "same_day", "pause", "note"];

/** What one check-in says by itself. An answer that was left out says nothing. @param {Answers | null} answers @param {Thresholds} thresholds */
export function noticed(answers, thresholds) {
  if (answers === null) return [];
  const found = [painIn(answers, thresholds), numbnessIn(answers), bleedingIn(answers)];
  return found.filter((finding) => finding !== null);
}

/** Those that a correction brings: what stood already, as much or more of it, raises nothing anew. @param {Finding[]} found @param {Finding[]} stood */
export function unsaid(found, stood) {
  const before = new Map(stood.map(({ rule, degree }) => [rule, degree]));
  return found.filter(({ rule, degree }) => degree > (before.get(rule) ?? -1));
}

/** @param {Answers} answers @returns {Finding | null} */
function bleedingIn({ kind, bleeding, stop_reason }) {
  const at = (/** @type {string} */ rule, /** @type {Tier} */ tier, /** @type {string} */ say) => ({
    rule,
    tier,
    say,
    degree: 0,
  });
  if (kind === "exposure") return null;
  if (bleeding === "heavy") return at("bleeding_heavy", "emergency", "Heavy bleeding in a check-in.");
  if (kind === "next_day" && bleeding !== undefined && bleeding !== "none")
    return at("bleeding_stays", "same_day", "Bleeding on the days after a practice.");
  if (bleeding === "fresh_red") return at("bleeding_fresh", "same_day", "Fresh red bleeding in a check-in.");
  if (bleeding === undefined && (kind === "rung" || kind === "release") && stop_reason === "bleeding") {
    // Told as the reason and nowhere else: how much it was, nobody knows.
    const say = "Stopped because of bleeding. How much was not said.";
    return { ...at("bleeding_stopped", "pause", say), words: "bleeding_stopped" };
  }
  return null;
}

/** @param {Answers} answers @param {Thresholds} thresholds @returns {Finding | null} */
function painIn(answers, thresholds) {
  const pain = worstPain(answers);
  if (answers.kind === "next_day") {
    const least = Math.min(thresholds.pain_next_day, thresholds.pain_stop);
    if (answers.outcome !== "worse" && (pain === null || pain < least)) return null;
    const how = pain === null ? "Worse" : `Pain ${pain} of 10`;
    const say = `${how} on the days after a practice.`;
    return { rule: "pain_next_day", tier: "pause", say, words: "pain_next_day", degree: pain ?? 0 };
  }
  if (pain !== null && pain >= thresholds.pain_stop) {
    const say = `Pain ${pain} of 10 in a check-in.`;
    return { rule: "pain_high", tier: "pause", say, words: "pain_high", degree: pain };
  }
  const after = answers.pain_after;
  if (answers.kind !== "rung" || answers.eased !== "not_yet" || typeof after !== "number") return null;
  if (after < thresholds.pain_next_day) return null;
  const say = `Pain ${after} of 10 afterwards, which had not eased.`;
  return { rule: "pain_stays", tier: "pause", say, words: "pain_stays", degree: after };
}

/** @param {Answers} answers @returns {Finding | null} */
function numbnessIn({ kind, numbness }) {
  if (kind !== "release" || !numbness) return null;
  const say = "Numbness or an electric feeling in release work.";
  return { rule: "numbness", tier: "pause", say, words: "numbness", degree: 0 };
}

/** Each once, the most urgent first. Throws Refused where one is not on the list. @param {readonly string[]} ticked @param {readonly Flag[]} flags */
export function flagged(ticked, flags) {
  if (ticked.some((id) => flags.every((flag) => flag.id !== id)))
    throw new Refused("bad_message", "One of the ticked items is not known.", {
      flags: "Choose from the list.",
    });
  return flags.filter(({ id }) => ticked.includes(id));
}

/**
 * What "something is wrong" raises. A line and no tick is "something else, or not sure": nothing is dropped.
 * @param {readonly string[]} ticked @param {string | null} line @param {readonly Flag[]} flags @returns {Told[]}
 */
export function told(ticked, line, flags) {
  const note = (line ?? "").trim();
  if (ticked.length === 0 && note === "")
    throw new Refused("bad_message", "Tick what fits, or write a line.", { flags: "Tick what fits." });
  const found = flagged(ticked.length > 0 ? ticked : ["unsure"], flags);
  return found.map((flag, index) => {
    const say = toldOf(flag);
    const inTheirWords = index === 0 && note !== "" ? `${say}. In their words: “${note}”` : say;
    return { rule: `flag_${flag.id}`, tier: flag.tier, say: inTheirWords };
  });
}

/** In words for the record. @param {Flag} flag */
export function toldOf({ told: other, say }) {
  return other ?? say;
}

/** The most urgent of those that suspend, or null where none does. @param {Tier[]} tiers @returns {Tier | null} */
export function soonest(tiers) {
  return SOONEST.slice(0, -1).find((tier) => tiers.includes(tier)) ?? null;
}

/** Whether words of this tier replace those that stand: whom to call does not hide behind "not cleared". @param {Tier} tier @param {Suspension} known @param {Says} says */
export function isMoreUrgent(tier, known, says) {
  const stands = SOONEST.find((other) => other !== "note" && says[other] === known.say) ?? "pause";
  return SOONEST.indexOf(tier) < SOONEST.indexOf(stands);
}
