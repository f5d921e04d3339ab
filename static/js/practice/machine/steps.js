// @ts-check
/** Moving through a script: back and to the way out always, forward only settled, inward only by asking. */

import { mayBegin, SUSPENDED } from "./inside.js";
import { givenRung, isInside, isUnwell, position, Refused } from "./model.js";
import { breathOf, dueMs, isSamePacer, promoted, wrongWith } from "./pacer.js";
import { consentEnded, endAsking, moved, notDeclined, running, UNEASY, withPattern } from "./stage.js";

/** @typedef {import("./model.js").Activity} Activity */
/** @typedef {import("./model.js").Event} Event */
/** @typedef {import("./model.js").Moment} Moment */
/** @typedef {import("./model.js").State} State */

/** @param {State} state @param {{to: number}} command @param {Moment} moment @returns {Event[]} */
export function go(state, { to }, moment) {
  const activity = running(state);
  const { steps } = activity.script;
  if (to >= steps.length)
    throw new Refused("bad_message", "This script has no such step.", { to: "beyond the last step" });
  const stays = to === activity.step;
  // Taking out the thing that is in needs nobody's leave, and does not wait for a breath.
  if (steps.some(({ way_out }) => way_out === to)) {
    const ended = endAsking(state, "moved");
    if (stays) return ended;
    return [...ended, { type: "step.changed", to, was: activity.step, at_ms: moment.now_ms }];
  }
  if (steps[to].internal) return ontoInternal(state, activity, to, moment);
  if (stays) return [];
  if (to > activity.step) mayMoveForward(state, activity);
  return [...endAsking(state, "moved"), ...moved(state, activity, to, moment)];
}

/** @param {State} state @param {Activity} activity @param {number} to @param {Moment} moment @returns {Event[]} */
function ontoInternal(state, activity, to, moment) {
  if (state.care.suspended !== null) throw new Refused("suspended", SUSPENDED);
  if (to === activity.step && activity.step_consent !== null) return [];
  if (isInside(activity) && to < activity.step)
    // Easing back is outward, so it needs no yes, and gives none either.
    return [
      ...endAsking(state, "moved"),
      ...consentEnded(activity, "left"),
      ...moved(state, activity, to, moment),
    ];
  // From outside, a step back onto an internal one leads inward: it waits like any step forward.
  mayMoveForward(state, activity);
  notDeclined(state, activity, to);
  mayBegin(state, moment);
  if (state.asking !== null && state.asking.step === to) return [];
  return [...endAsking(state, "moved"), { type: "step.asked", step: to }];
}

/** @param {State} state @param {Activity} activity */
function mayMoveForward(state, activity) {
  if (isUnwell(state)) throw new Refused("not_now", UNEASY);
  if (activity.pause !== null) throw new Refused("not_now", "It is paused. Go on first.");
}

/** The same or a smaller size, at any time and without a reason. @param {State} state @param {{rung: string}} command @returns {Event[]} */
export function chooseRung(state, { rung }) {
  const { asking, activity, care } = state;
  const offered = asking !== null && asking.what === "activity" ? asking.rung : null;
  const current = offered ?? activity?.rung ?? null;
  if (current === null || !care.ladder)
    throw new Refused("not_now", "Nothing with a size is offered or running.");
  const to = position(care, rung);
  if (to === null)
    throw new Refused("bad_message", "This size is not on the ladder.", { rung: "not on the ladder" });
  // Where the size in use has left the ladder since, the prescribed one is the limit, else the smallest.
  const at = position(care, current) ?? position(care, givenRung(state)) ?? 0;
  if (to > at)
    throw new Refused(
      "not_allowed",
      "You can take the same or a smaller size. A larger one is offered first.",
    );
  return rung === current ? [] : [{ type: "rung.chosen", rung }];
}

/** Every pace is the patient's own wish, and outlives steps that would breathe faster. @param {State} state @param {import("./model.js").Breath} command @param {Moment} moment @returns {Event[]} */
export function pace(state, command, moment) {
  const activity = running(state);
  const pattern = breathOf(command);
  const wrong = wrongWith(pattern);
  if (wrong !== null) throw new Refused("bad_message", wrong, { pattern: wrong });
  if (state.pacer === null || state.comfort === "dizzy")
    throw new Refused("not_now", "The pacer rests. Breathe as you like.");
  const pacer = withPattern(state, activity, pattern, moment);
  return isSamePacer(pacer, state.pacer) ? [] : [{ type: "pacer.changed", pacer, slower: true }];
}

/** @param {State} state @param {Moment} moment @returns {Event[]} */
export function wishDue({ pacer, activity, comfort }, { now_ms, lead_ms }) {
  const at = pacer === null ? null : dueMs(pacer);
  if (pacer === null || activity === null || at === null || now_ms < at) return [];
  if (activity.pause !== null || comfort === "dizzy") return [];
  return [{ type: "pacer.changed", pacer: promoted(pacer, now_ms, lead_ms), slower: false }];
}
