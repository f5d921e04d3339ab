// @ts-check
/** The stage of a practice: choosing, beginning, pausing, how it feels, and what ends a yes. */

import { mayBegin } from "./inside.js";
import { givenRung, isInside, isUnwell, position, Refused, shownAt } from "./model.js";
import {
  begun,
  firstBoundary,
  isSameBreath,
  isSamePacer,
  periodMs,
  restarted,
  SOFT,
  settled,
  turned,
  wished,
} from "./pacer.js";

/** @typedef {import("./model.js").Activity} Activity */
/** @typedef {import("./model.js").Breath} Breath */
/** @typedef {import("./model.js").Event} Event */
/** @typedef {import("./model.js").Exercise} Exercise */
/** @typedef {import("./model.js").Moment} Moment */
/** @typedef {import("./model.js").State} State */
/** @typedef {import("./pacer.js").Pacer} Pacer */

export const UNEASY =
  "You said that you feel uneasy or dizzy. When you feel settled, say so, and it can go on.";

/**
 * Whoever offers to themselves has said yes.
 * @param {State} state
 * @param {{exercise: string, step?: number | null, rung?: string | null, minutes?: number | null}} command
 * @param {Moment} moment @returns {Event[]}
 */
export function offer(state, command, moment) {
  if (state.activity !== null && state.activity.started_at !== null)
    throw new Refused("not_now", "Another exercise is running. Finish it first.");
  const exercise = moment.find(command.exercise);
  if (exercise === null)
    throw new Refused("bad_message", "This exercise is not in the library.", { exercise: "not known" });
  if (exercise.needs_enabling && !state.care.enabled.includes(exercise.slug))
    throw new Refused("not_allowed", "This exercise is not open yet. Your therapist opens it with you.");
  if (exercise.with_support)
    throw new Refused("not_allowed", "This exercise is for two, and is there in a visit.");
  if (exercise.steps.some(({ internal }) => internal)) mayBegin(state, moment);
  if (state.declined.some(([slug, step]) => slug === exercise.slug && step === null))
    throw new Refused("declined", "The patient said not today. Only they can open it again.");
  const step = command.step ?? 0;
  if (step >= exercise.steps.length)
    throw new Refused("bad_message", "This script has no such step.", { step: "beyond the last step" });
  if (exercise.steps[step].internal)
    throw new Refused(
      "bad_message",
      "An exercise does not begin with an internal step, which asks for a yes of its own.",
      { step: "internal" },
    );
  const rung = offeredRung(state, exercise, command.rung ?? null);
  const events = endAsking(state, "replaced");
  const script = scriptOf(exercise);
  events.push({ type: "activity.offered", script, step, rung, minutes: command.minutes ?? null });
  return [...events, { type: "activity.answered", ask: state.seq + events.length, answer: "yes" }];
}

/** @param {State} state @param {Exercise} exercise @param {string | null} wanted */
function offeredRung(state, exercise, wanted) {
  if (!exercise.uses_ladder) {
    if (wanted !== null)
      throw new Refused("bad_message", "This exercise has no sizes.", { rung: "not used here" });
    return null;
  }
  const given = givenRung(state);
  const rung = wanted ?? given;
  const at = position(state.care, rung);
  if (at === null)
    throw new Refused("bad_message", "Choose one of this patient's sizes.", { rung: "not on the ladder" });
  if (at > (position(state.care, given) ?? 0))
    throw new Refused(
      "not_allowed",
      "You can take the size of your programme or a smaller one, at any time.",
    );
  return rung;
}

/** What is kept of an exercise, in the words in which it was said. @param {Exercise} exercise */
function scriptOf({ slug, version, title, recovery, with_support, steps }) {
  const order = steps.map(({ id }) => id);
  return {
    exercise: slug,
    version,
    title,
    steps: steps.map(({ id, act, seconds, words, internal, way_out, pattern }) => ({
      id,
      act,
      seconds,
      say: words.say,
      internal: internal ?? false,
      way_out: way_out === null || way_out === undefined ? null : order.indexOf(way_out),
      pattern: pattern ?? null,
    })),
    recovery: recovery ?? false,
    with_support: with_support ?? false,
  };
}

/** @param {State} state @param {{ask: number, answer: string}} command @param {Moment} moment @returns {Event[]} */
export function answer(state, { ask, answer }, moment) {
  const { asking } = state;
  if (asking === null || asking.seq !== ask)
    // A late yes consents to nothing: what it was said to is not the question any more.
    throw new Refused("not_now", "This question is no longer open.");
  if (answer === "tell_me_first" && asking.told) return [];
  /** @type {Event} */
  const answered = { type: "activity.answered", ask, answer };
  if (answer === "tell_me_first" || asking.what === "activity") return [answered];
  const activity = running(state);
  if (answer === "yes" && activity.script.steps[asking.step].internal) mayBegin(state, moment);
  // A no to the internal step that is on stage already is a wish to come out of it.
  if (answer === "not_today")
    return asking.step === activity.step ? [answered, ...toWayOut(activity, moment.now_ms)] : [answered];
  const events = [answered];
  if (asking.step !== activity.step) events.push(...moved(state, activity, asking.step, moment));
  if (activity.pause !== null) events.push({ type: "activity.resumed", pacer: again(state, moment) });
  return events;
}

/** @param {State} state @param {Moment} moment @returns {Event[]} */
export function start(state, moment) {
  const { asking, activity } = state;
  if (asking !== null) throw new Refused("needs_consent", "The patient has not answered yet.");
  if (activity === null)
    throw new Refused("needs_consent", "Offer an exercise first. It starts when the patient has said yes.");
  if (activity.started_at !== null) throw new Refused("not_now", "It is already running.");
  const { steps, recovery } = activity.script;
  if (steps.some(({ internal }) => internal)) mayBegin(state, moment);
  if (isUnwell(state) && !recovery) throw new Refused("not_now", UNEASY);
  const pattern = steps[activity.step].pattern ?? steps.find((step) => step.pattern)?.pattern ?? SOFT;
  const pacer = begun(pattern, moment.now_ms + moment.lead_ms, state.pacer_revision + 1);
  return [{ type: "activity.started", at_ms: pacer.anchor_ms, pacer }];
}

/** @param {State} state @returns {Event[]} */
export function finish(state) {
  if (state.activity === null) throw new Refused("not_now", "Nothing is running.");
  return [...endAsking(state, "finished"), { type: "activity.finished" }];
}

/** @param {State} state @returns {Event[]} */
export function pause(state) {
  if (running(state).pause?.by === "patient") return [];
  return [...endAsking(state, "paused"), { type: "activity.paused", by: "patient" }];
}

/** @param {State} state @param {Moment} moment @returns {Event[]} */
export function resume(state, moment) {
  const activity = running(state);
  if (activity.pause === null) throw new Refused("not_now", "Nothing is paused.");
  if (isInside(activity) && activity.step_consent === null) {
    // The yes for this step ended while it was paused, so going on asks for it again.
    if (state.asking !== null) return [];
    if (isUnwell(state)) throw new Refused("not_now", UNEASY);
    notDeclined(state, activity, activity.step);
    mayBegin(state, moment);
    return [{ type: "step.asked", step: activity.step }];
  }
  return [{ type: "activity.resumed", pacer: again(state, moment) }];
}

/** @param {State} state @param {{level: string}} command @param {Moment} moment @returns {Event[]} */
export function comfort(state, { level }, { now_ms, lead_ms }) {
  const { activity, asking, pacer } = state;
  const slowed = activity !== null && activity.slower_ms !== null;
  if (state.comfort === level && !(slowed && level === "settled")) return [];
  /** @type {Event[]} */
  const events = [{ type: "comfort.changed", level }];
  if (level !== "settled") {
    if (asking?.what === "step") events.unshift({ type: "asking.ended", ask: asking.seq, reason: "uneasy" });
    if (activity !== null && isInside(activity) && activity.step_consent !== null)
      events.push({ type: "consent.ended", reason: "uneasy" });
    if (activity !== null && turnsDeeper(activity, now_ms)) {
      // A step forward that was dated ahead and has not turned yet: it does not turn any more.
      const shown = shownAt(activity, now_ms);
      events.push({ type: "step.changed", to: shown, was: shown, at_ms: now_ms });
    }
  }
  if (state.comfort === "dizzy" && pacer !== null && activity !== null && activity.pause === null)
    events.push({ type: "pacer.changed", pacer: restarted(pacer, now_ms, lead_ms), slower: false });
  return events;
}

/** A step forward is dated and has not turned yet. One that leads out of the body does not count. @param {Activity} activity @param {number} nowMs */
function turnsDeeper(activity, nowMs) {
  const shown = shownAt(activity, nowMs);
  const { steps } = activity.script;
  return activity.step > shown && (steps[activity.step].internal || !steps[shown].internal);
}

/** Throws Refused where the patient said not today to this step. @param {State} state @param {Activity} activity @param {number} step */
export function notDeclined(state, { script }, step) {
  if (state.declined.some(([slug, declined]) => slug === script.exercise && declined === step))
    throw new Refused("declined", "You said not today to this step. You can open it again under “More”.");
}

/** @param {State} state @param {string} reason @returns {Event[]} */
export function endAsking({ asking }, reason) {
  return asking === null ? [] : [{ type: "asking.ended", ask: asking.seq, reason }];
}

/** @param {Activity} activity @param {string} reason @returns {Event[]} */
export function consentEnded(activity, reason) {
  return activity.step_consent === null ? [] : [{ type: "consent.ended", reason }];
}

/** @param {Activity} activity @param {number} nowMs @returns {Event[]} */
export function toWayOut({ script, step }, nowMs) {
  const out = script.steps[step].way_out;
  return out === null ? [] : [{ type: "step.changed", to: out, was: step, at_ms: nowMs }];
}

/** The activity that has begun. @param {State} state @returns {Activity} */
export function running({ activity }) {
  if (activity === null || activity.started_at === null) throw new Refused("not_now", "Nothing is running.");
  return activity;
}

/** @param {State} state @param {Moment} moment */
function again({ pacer }, { now_ms, lead_ms }) {
  return pacer === null ? null : restarted(pacer, now_ms, lead_ms);
}

/** The step turns at the next boundary that can be followed, its own pattern with it. @param {State} state @param {Activity} activity @param {number} to @param {Moment} moment @returns {Event[]} */
export function moved(state, activity, to, moment) {
  const { pacer } = state;
  const { now_ms, lead_ms } = moment;
  const rests = pacer === null || activity.pause !== null || state.comfort === "dizzy";
  const at_ms = rests ? now_ms + lead_ms : firstBoundary(settled(pacer, now_ms), now_ms + lead_ms);
  const changed = { type: "step.changed", to, was: shownAt(activity, now_ms), at_ms };
  const { pattern } = activity.script.steps[to];
  if (pattern === null || pacer === null) return [changed];
  if (activity.slower_ms !== null && periodMs(pattern) < activity.slower_ms) return [changed];
  const next = withPattern(state, activity, pattern, moment);
  return isSamePacer(next, pacer)
    ? [changed]
    : [changed, { type: "pacer.changed", pacer: next, slower: false }];
}

/** The pacer with another pattern: at a boundary while it runs, at once while it rests. @param {State} state @param {Activity} activity @param {Breath} pattern @param {Moment} moment @returns {Pacer} */
export function withPattern({ pacer, comfort: level }, activity, pattern, { now_ms, lead_ms }) {
  if (pacer === null) throw new Refused("not_now", "No pacer is running.");
  if (activity.pause === null && level !== "dizzy") return turned(pacer, pattern, now_ms, lead_ms);
  if (isSameBreath(pattern, wished(pacer))) return pacer;
  const resting = restarted(pacer, now_ms, lead_ms);
  return begun(pattern, resting.anchor_ms, resting.revision);
}
