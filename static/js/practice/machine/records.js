// @ts-check
/** What is written down in a practice: today's questions, check-ins, "something is wrong", and what follows. */

import { isSame, parse } from "./checkins.js";
import { SUSPENDED } from "./inside.js";
import { givenRung, isInside, Refused } from "./model.js";
import { flagged, isMoreUrgent, noticed, soonest, told, toldOf, unsaid } from "./safety.js";
import { consentEnded, toWayOut } from "./stage.js";

/** @typedef {import("./model.js").Answers} Answers */
/** @typedef {import("./model.js").Checkin} Checkin */
/** @typedef {import("./model.js").Event} Event */
/** @typedef {import("./model.js").Moment} Moment */
/** @typedef {import("./model.js").Rung} Rung */
/** @typedef {import("./model.js").State} State */
/** @typedef {import("./model.js").Tier} Tier */

/** How long after a check-in it can still be said how it is. */
const FOLLOWED_FOR_MS = 72 * 3_600_000;

/** @param {{rule: string, tier: string, say: string}} concern @returns {Event} */
const raised = ({ rule, tier, say }) => ({ type: "concern.raised", rule, tier, say });

/** Again is an update: what was ticked before and is ticked no more stays a concern all the same. @param {State} state @param {{flags?: string[]}} command @param {Moment} moment @returns {Event[]} */
export function screen(state, { flags = [] }, moment) {
  const ticked = flagged(flags, moment.flags);
  const clear = soonest(ticked.map(({ tier }) => tier)) === null;
  const known = new Set(state.concerns.map(({ rule }) => rule));
  const fresh = ticked.filter(({ id }) => !known.has(`flag_${id}`));
  const tier = soonest(fresh.map((flag) => flag.tier));
  return [
    { type: "practice.screened", flags: ticked.map(({ id }) => id), clear },
    ...fresh.map((flag) => raised({ rule: `flag_${flag.id}`, tier: flag.tier, say: toldOf(flag) })),
    ...(tier === null ? [] : suspended(state, moment, tier, tier, "Red flag before a practice")),
  ];
}

/** "Something is wrong". An emergency stops everything: no breath goes on beside a number to call. @param {State} state @param {{flags?: string[], note?: string | null}} command @param {Moment} moment @returns {Event[]} */
export function tell(state, { flags = [], note = null }, moment) {
  const concerns = told(flags, note, moment.flags);
  const events = concerns.map(raised);
  const tier = soonest(concerns.map((concern) => concern.tier));
  if (tier === null) return events;
  events.push(...suspended(state, moment, tier, tier, `Told in the practice: ${concerns[0].say}`));
  if (tier === "emergency" && state.stopped === null)
    events.push({ type: "session.stopped", by: "patient", ago_ms: 0 });
  return events;
}

/** @param {State} state @param {{kind: string, answers: unknown, heard?: boolean, private?: boolean}} command @param {Moment} moment @returns {Event[]} */
export function checkin(state, { kind, answers: given, heard = false, private: kept = false }, moment) {
  if (heard)
    throw new Refused(
      "not_allowed",
      "A check-in is the patient's own, or what the therapist heard them say.",
      { heard: "true for a therapist, absent for a patient" },
    );
  const answers = parse(kind, given);
  if (answers.kind === "next_day") return nextDay(state, answers, moment, kept);
  const rung = rungOf(state, answers);
  const ladder_version = rung === null ? null : (state.care.ladder?.version ?? null);
  const recorded = { type: "checkin.recorded", kind, answers, heard, rung, ladder_version, private: kept };
  return [recorded, ...concernsOf(state, answers, moment, null)];
}

/**
 * How it is after another check-in. One for each: whoever says it again corrects what they said before. It is kept or
 * shared as that check-in is: the one would tell of the other.
 * @param {State} state @param {Answers} answers @param {Moment} moment @param {boolean} [kept] @returns {Event[]}
 */
function nextDay(state, answers, moment, kept = false) {
  const entry = state.checkins.find(({ seq }) => seq === answers.of);
  if (!entry || entry.answers?.kind === "next_day" || entry.answers?.kind === "exposure")
    throw new Refused("bad_message", "There is nothing of that number to follow up.", { of: "not known" });
  if (entry.answers === null)
    throw new Refused("not_now", "This check-in was struck out. There is nothing to follow up.");
  if (moment.now_ms - entry.at > FOLLOWED_FOR_MS)
    throw new Refused(
      "not_now",
      "That was more than 3 days ago. If something is still not right, tell your clinic.",
    );
  if (kept && !entry.private)
    throw new Refused("not_allowed", "How it is afterwards is shared, as the check-in is that it follows.", {
      private: "as the check-in that it follows",
    });
  const own = { private: entry.private };
  const before = state.checkins.find(
    (one) => one.answers?.kind === "next_day" && one.answers.of === entry.seq,
  );
  if (before === undefined) {
    const nothing = { heard: false, rung: null, ladder_version: null };
    const recorded = { type: "checkin.recorded", kind: "next_day", answers, ...nothing, ...own };
    return [recorded, ...concernsOf(state, answers, moment, null)];
  }
  if (isSame(before.answers, answers)) return [];
  const corrected = {
    type: "checkin.corrected",
    of: before.seq,
    kind: "next_day",
    answers,
    rung: null,
    ...own,
  };
  return [corrected, ...concernsOf(state, answers, moment, before.answers)];
}

/** What goes on after the end: how it was afterwards, and sharing what was kept. @param {State} state @param {{type: string, [field: string]: any}} command */
export function goesOnAfterwards(state, command) {
  if (command.type === "checkin.share") return true;
  if (command.type === "checkin.record") return command.kind === "next_day";
  if (command.type !== "checkin.correct") return false;
  return state.checkins.some(({ seq, kind }) => seq === command.of && kind === "next_day");
}

/** The size that a check-in is about, from the ladder as it is. @param {State} state @param {Answers} answers @returns {Rung | null} */
function rungOf(state, answers) {
  const { activity, care } = state;
  if (answers.kind !== "rung") return null;
  // An empty name is no name.
  const named = answers.rung || null;
  const wanted = named || activity?.rung || givenRung(state);
  if (wanted === null) return null;
  const rung = care.ladder?.rungs.find(({ id }) => id === wanted) ?? null;
  if (rung === null && answers.rung !== undefined)
    throw new Refused("bad_message", "This size is not on the ladder.", { rung: "not on the ladder" });
  return rung;
}

/** @param {State} state @param {{of: number, answers: unknown}} command @param {Moment} moment @returns {Event[]} */
export function correction(state, { of, answers: given }, moment) {
  const entry = state.checkins.find(({ seq }) => seq === of);
  if (!entry)
    throw new Refused("bad_message", "There is no such check-in in this session.", { of: "not known" });
  const { kind, private: kept } = entry;
  if (given === null)
    return [{ type: "checkin.corrected", of, kind, answers: null, rung: entry.rung, private: kept }];
  const answers = parse(kind, given);
  if (answers.kind === "next_day") {
    if (entry.answers !== null && answers.of !== entry.answers.of)
      throw new Refused("bad_message", "This is about another check-in.", { answers: "another `of`" });
    return nextDay(state, answers, moment);
  }
  const stays = answers.rung === undefined || answers.rung === entry.rung?.id;
  const rung = answers.kind === "rung" && !stays ? rungOf(state, answers) : entry.rung;
  const corrected = { type: "checkin.corrected", of, kind, answers, rung, private: kept };
  return [corrected, ...concernsOf(state, answers, moment, entry.answers)];
}

/** From now on those who treat read it, with what followed it up. There is no way back. @param {State} state @param {{of: number}} command @returns {Event[]} */
export function share(state, { of }) {
  const entry = state.checkins.find(({ seq }) => seq === of);
  if (!entry)
    throw new Refused("bad_message", "There is no such check-in in this session.", { of: "not known" });
  if (entry.kind === "next_day")
    throw new Refused("bad_message", "How it was afterwards is shared with what it follows.", {
      of: "a follow-up",
    });
  if (entry.answers === null)
    throw new Refused("not_now", "This check-in was struck out. There is nothing to share.");
  if (!entry.private) return [];
  const after = state.checkins.find((one) => one.answers?.kind === "next_day" && one.answers.of === of);
  return [{ type: "checkin.shared", of: after ? [of, after.seq] : [of] }];
}

/** What the rules notice in it; `before` is what it corrects, and raises nothing a second time. @param {State} state @param {Answers} answers @param {Moment} moment @param {Answers | null} before @returns {Event[]} */
function concernsOf(state, answers, moment, before) {
  const { thresholds } = state.care;
  const fresh = unsaid(noticed(answers, thresholds), noticed(before, thresholds));
  const tier = soonest(fresh.map((one) => one.tier));
  if (tier === null) return fresh.map(raised);
  const first = fresh.find((one) => one.tier === tier);
  const reason = (first?.say ?? "").replace(/\.+$/, "");
  return [...fresh.map(raised), ...suspended(state, moment, tier, first?.words ?? tier, reason)];
}

/** Work inside ends here and now. Where it is suspended already, only more urgent words replace what is read. @param {State} state @param {Moment} moment @param {Tier} tier @param {string} words @param {string} reason @returns {Event[]} */
function suspended(state, { now_ms, says }, tier, words, reason) {
  const known = state.phase === "ended" ? null : state.care.suspended;
  if (known && !isMoreUrgent(tier, known, says)) return [];
  const { words: _, suspended: stands, ...kept } = state.care;
  // Whatever the bundle lacks, nobody is left without words.
  const say = says[words] ?? says[tier] ?? SUSPENDED;
  const care = { ...kept, suspended: { say, reason, since_ms: now_ms } };
  // Said twice in one instant, nothing has changed.
  if (stands?.say === say && stands.reason === reason && stands.since_ms === now_ms) return [];
  const { activity, asking } = state;
  /** @type {Event[]} */
  const events = [];
  if (asking !== null && asksInside(asking))
    events.push({ type: "asking.ended", ask: asking.seq, reason: "suspended" });
  if (activity !== null && activity.started_at === null) {
    if (activity.script.steps.some(({ internal }) => internal)) events.push({ type: "activity.finished" });
  } else if (activity !== null && isInside(activity)) {
    const out = toWayOut(activity, now_ms);
    // A script without a way out would stay inside, so it ends.
    events.push(
      ...consentEnded(activity, "suspended"),
      ...(out.length ? out : [{ type: "activity.finished" }]),
    );
  }
  return [...events, { type: "care.changed", care, here: true }];
}

/** @param {import("./model.js").Asking} asking */
function asksInside({ what, script, step }) {
  return what === "activity" ? script.steps.some(({ internal }) => internal) : script.steps[step].internal;
}
