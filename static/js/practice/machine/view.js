// @ts-check
/** The view of the patient, in the very shape in which a server sends it: `hello` with its lists. */

import { isInside } from "./model.js";

/** @typedef {import("./model.js").Activity} Activity */
/** @typedef {import("./model.js").Asking} Asking */
/** @typedef {import("./model.js").Care} Care */
/** @typedef {import("./model.js").State} State */
/** @typedef {import("./pacer.js").Pacer} Pacer */
/** @typedef {import("../../live/messages.js").View} RoomView */
/** @typedef {RoomView & {screened: {at: number, clear: boolean} | null}} View */

/** How many entries of each list a view carries. */
const LAST = 500;

/** @param {State} state */
function running({ stopped, activity, asking }) {
  if (stopped) return "stopped";
  if (activity) return activity.started_at === null ? "agreed" : activity.pause ? "paused" : "running";
  return asking ? "asking" : "idle";
}

/** @param {State} state @returns {View} */
export function view(state) {
  return {
    kind: state.kind,
    phase: state.phase,
    running: running(state),
    asking: state.asking && asked(state.asking),
    activity: state.activity && staged(state.activity),
    pacer: state.comfort === "dizzy" || state.pacer === null ? null : flat(state.pacer),
    comfort: state.comfort,
    stopped: state.stopped && { by: state.stopped.by, at: state.stopped.at },
    care: cared(state.care),
    way_out: state.way_out,
    due_at: state.due_ms,
    planned_minutes: state.planned_minutes,
    overdue: false,
    opened_at: state.opened_at,
    end_reason: state.end_reason,
    declined: state.declined.map(([exercise, step]) => ({ exercise, step })),
    screened: state.screened,
    after_stop: null,
    checkins: state.checkins.slice(-LAST),
    messages: [],
  };
}

/** @param {Asking} asking */
function asked({ seq, what, script, step, rung, minutes, at, told }) {
  const { exercise, version, title } = script;
  return { seq, what, exercise, version, title, step, rung, minutes, at, told };
}

/** @param {Activity} activity */
function staged(activity) {
  const { script, step, was, step_at_ms, started_at, pause, rung, minutes } = activity;
  const inside = isInside(activity);
  return {
    exercise: script.exercise,
    version: script.version,
    title: script.title,
    step,
    steps: script.steps.length,
    was,
    step_at_ms,
    step_ms: script.steps[step].seconds * 1000,
    internal: inside,
    consent: inside ? activity.step_consent : activity.agreed,
    started_at,
    paused: pause,
    rung,
    minutes,
  };
}

/** Flat, with the change that is dated already. @param {Pacer} pacer */
function flat({ pattern, anchor_ms, revision, next }) {
  const turn = next && { ...next.pattern, anchor_ms: next.anchor_ms, revision: next.revision };
  return { ...pattern, anchor_ms, revision, next: turn };
}

/** @param {Care} care */
function cared({ suspended, enabled, rung, half_step, thresholds, ladder, words }) {
  return {
    suspended: suspended && { say: suspended.say },
    enabled,
    rung,
    half_step,
    easing: thresholds.pain_easing,
    rungs: ladder?.rungs ?? [],
    words: words ?? "",
  };
}
