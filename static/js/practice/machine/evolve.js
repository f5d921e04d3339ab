// @ts-check
/** `evolve(state, line) -> state`: what each event does to the state. Never refuses, reads no clock. */

import { shownAt } from "./model.js";
import { latest, periodMs, wished } from "./pacer.js";

/** @typedef {import("./model.js").Activity} Activity */
/** @typedef {import("./model.js").Line} Line */
/** @typedef {import("./model.js").State} State */

/**
 * The state after one line. Throws where a line is missing or doubled, and on an event that no practice has.
 * @param {State} state @param {Line} line @returns {State}
 */
export function evolve(state, line) {
  if (line.seq !== state.seq + 1) throw new RangeError(`line ${line.seq} cannot follow line ${state.seq}`);
  const applied = BY_EVENT[line.event.type];
  if (applied === undefined) throw new TypeError(`no practice has the event ${line.event.type}`);
  return { ...applied(state, line), seq: line.seq };
}

/** @param {State} state @returns {Activity} */
function there({ activity }) {
  if (activity === null) throw new RangeError("an event about an activity that is not there");
  return activity;
}

/** No activity, no pacer; where something may still be inside, the way out stays on the screen. @param {State} state @param {number} at @returns {State} */
function offStage(state, at) {
  const { activity, pacer } = state;
  let { way_out } = state;
  if (activity !== null && activity.started_at !== null) {
    const { steps, exercise, version } = activity.script;
    const shown = shownAt(activity, at);
    const { internal, way_out: out } = steps[shown];
    if (internal && out !== null) way_out = { exercise, version, step: out, say: steps[out].say };
    else if (steps.some((step) => step.way_out === shown))
      way_out = { exercise, version, step: shown, say: steps[shown].say };
  }
  // The next pacer counts on from here: a revision is never used twice.
  const pacer_revision = pacer === null ? state.pacer_revision : latest(pacer);
  return { ...state, activity: null, pacer: null, pacer_revision, way_out };
}

/** @type {Record<string, (state: State, line: Line) => State>} */
const BY_EVENT = {
  "session.opened": (state, { event, at }) => ({
    ...state,
    kind: event.kind,
    phase: "open",
    people: event.people,
    due_ms: event.due_ms,
    planned_minutes: event.planned_minutes,
    care: event.care,
    programme: event.programme,
    item: event.item,
    opened_at: at,
  }),
  "practice.screened": (state, { event, at }) => ({ ...state, screened: { at, clear: event.clear } }),
  "practice.ended": (state, { at }) => ({
    ...offStage(state, at),
    phase: "ended",
    ended_at: at,
    end_reason: "ended",
    asking: null,
  }),
  "care.changed": (state, { event }) => ({
    ...state,
    care: { ...event.care, words: event.care.words ?? state.care.words },
  }),
  "activity.offered": (state, { seq, at, event }) => {
    const { script, step, rung, minutes } = event;
    const asking = {
      seq,
      what: /** @type {const} */ ("activity"),
      script,
      step,
      rung,
      minutes,
      at,
      told: false,
    };
    // An agreed activity that never began gives way to the newer offer.
    return { ...state, asking, activity: null };
  },
  "step.asked": (state, { seq, at, event }) => {
    const { script, rung, minutes } = there(state);
    const what = /** @type {const} */ ("step");
    return { ...state, asking: { seq, what, script, step: event.step, rung, minutes, at, told: false } };
  },
  "activity.answered": answered,
  "asking.ended": (state) => ({ ...state, asking: null }),
  "activity.reopened": (state, { event }) => ({
    ...state,
    declined: state.declined.filter(([slug]) => slug !== event.exercise),
  }),
  "activity.started": (state, { event }) => {
    const activity = { ...there(state), started_at: event.at_ms, step_at_ms: event.at_ms };
    // Comfort is null at each start: silence is not "settled". Uneasy and dizzy stay until lifted.
    const comfort = state.comfort === "settled" ? null : state.comfort;
    return { ...state, activity, pacer: event.pacer, comfort, way_out: null };
  },
  "activity.finished": (state, { at }) => offStage(state, at),
  "activity.paused": (state, { at, event }) => {
    const activity = there(state);
    // Who holds it may change; how long it has lasted does not begin anew.
    return { ...state, activity: { ...activity, pause: { by: event.by, at: activity.pause?.at ?? at } } };
  },
  "activity.resumed": (state, { event }) => ({
    ...state,
    activity: { ...there(state), pause: null },
    pacer: event.pacer,
  }),
  "step.changed": (state, { event }) => {
    const activity = there(state);
    const { to, was, at_ms } = event;
    // Leaving an internal step ends the yes that was given for it.
    const step_consent = activity.script.steps[to].internal ? activity.step_consent : null;
    return { ...state, activity: { ...activity, step: to, was, step_at_ms: at_ms, step_consent } };
  },
  "consent.ended": (state) => ({ ...state, activity: { ...there(state), step_consent: null } }),
  "rung.chosen": (state, { event: { rung } }) => ({
    ...state,
    asking: state.asking && { ...state.asking, rung },
    activity: state.activity && { ...state.activity, rung },
  }),
  "pacer.changed": (state, { event: { pacer, slower } }) => {
    const activity = there(state);
    const slower_ms = slower ? periodMs(wished(pacer)) : activity.slower_ms;
    return { ...state, pacer, activity: { ...activity, slower_ms } };
  },
  "comfort.changed": (state, { event: { level } }) => {
    const activity =
      state.activity && level === "settled" ? { ...state.activity, slower_ms: null } : state.activity;
    return { ...state, comfort: level, activity };
  },
  "session.stopped": (state, { at, event: { by, ago_ms } }) => ({
    ...offStage(state, at),
    asking: null,
    stopped: { by, at, ago_ms },
  }),
  "session.ready": (state) => ({ ...state, stopped: null }),
  "checkin.recorded": (state, { seq, at, role, event }) => {
    const { kind, heard, answers, rung, private: kept } = event;
    const checkin = { seq, at, by: role, kind, heard, answers, rung, corrected_at: null, private: kept };
    return { ...state, checkins: [...state.checkins, checkin] };
  },
  "checkin.corrected": (state, { at, event: { of, answers, rung } }) => ({
    ...state,
    checkins: state.checkins.map((checkin) =>
      checkin.seq === of ? { ...checkin, answers, rung, corrected_at: at } : checkin,
    ),
  }),
  "checkin.shared": (state, { event: { of } }) => ({
    ...state,
    checkins: state.checkins.map((checkin) =>
      of.includes(checkin.seq) ? { ...checkin, private: false } : checkin,
    ),
  }),
  "concern.raised": (state, { seq, at, event: { rule, tier, say } }) => ({
    ...state,
    concerns: [...state.concerns, { seq, at, rule, tier, say }],
  }),
};

/** @param {State} state @param {Line} line @returns {State} */
function answered(state, { at, event }) {
  const { asking } = state;
  if (asking === null) throw new RangeError("an answer without a question");
  if (event.answer === "tell_me_first") return { ...state, asking: { ...asking, told: true } };
  const { seq: ask, what, script, step, rung, minutes } = asking;
  if (event.answer === "not_today") {
    const entry = /** @type {[string, number | null]} */ ([script.exercise, what === "step" ? step : null]);
    return { ...state, asking: null, declined: [...state.declined, entry] };
  }
  const consent = { ask, at, what };
  if (what === "step")
    return { ...state, asking: null, activity: { ...there(state), step_consent: consent } };
  const activity = {
    script,
    step,
    was: null,
    step_at_ms: at,
    agreed: consent,
    rung,
    minutes,
    started_at: null,
    step_consent: null,
    pause: null,
    slower_ms: null,
  };
  return { ...state, asking: null, activity };
}
