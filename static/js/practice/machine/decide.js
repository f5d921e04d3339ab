// @ts-check
/** `decide(state, command, moment) -> events`: all that can happen in a practice, or why it does not. */

import { isInside, Refused } from "./model.js";
import { checkin, correction, goesOnAfterwards, screen, share, tell } from "./records.js";
import { check } from "./shape.js";
import * as stage from "./stage.js";
import * as steps from "./steps.js";

/** @typedef {import("./model.js").Event} Event */
/** @typedef {import("./model.js").Moment} Moment */
/** @typedef {import("./model.js").State} State */
/** @typedef {{type: string, [field: string]: any}} Command */

/** A glance at another app is no absence. */
const GONE_MS = 15_000;

/** The events that `command` makes, in order; none where it asks for what is already so. Throws Refused. @param {State} state @param {Command} command @param {Moment} moment @returns {Event[]} */
export function decide(state, command, moment) {
  if (command.type === "system.pause" || command.type === "system.wish")
    return fallen(state, command, moment);
  check(command);
  if (command.type === "session.stop") return stop(state, command);
  if (state.phase === "ended" && !goesOnAfterwards(state, command))
    throw new Refused("not_now", "This practice has ended.");
  const asked = ASKED[command.type];
  if (asked !== undefined) return asked(state, command, moment);
  if (state.stopped !== null)
    throw new Refused("stopped", "Everything is stopped. It goes on when you say that you are ready.");
  return ON_STAGE[command.type](state, command, moment);
}

/** @typedef {(state: State, command: any, moment: Moment) => Event[]} Decides */

/** What is decided also while everything is stopped. @type {Record<string, Decides>} */
const ASKED = {
  "session.ready": ({ stopped }) => {
    if (stopped === null) throw new Refused("not_now", "Nothing is stopped.");
    return [{ type: "session.ready" }];
  },
  "comfort.set": stage.comfort,
  "checkin.record": checkin,
  "checkin.correct": correction,
  "checkin.share": share,
  "flags.tell": tell,
  "activity.reopen": ({ declined }, { exercise }) =>
    declined.some(([slug]) => slug === exercise) ? [{ type: "activity.reopened", exercise }] : [],
  "practice.screen": screen,
  "practice.back": back,
  "practice.end": (state) => [...stage.endAsking(state, "ended"), { type: "practice.ended" }],
};

/** @type {Record<string, Decides>} */
const ON_STAGE = {
  "activity.offer": stage.offer,
  "activity.answer": stage.answer,
  "activity.start": (state, _, moment) => stage.start(state, moment),
  "activity.finish": stage.finish,
  "activity.pause": stage.pause,
  "activity.resume": (state, _, moment) => stage.resume(state, moment),
  "step.go": steps.go,
  "rung.choose": steps.chooseRung,
  "pacer.set": steps.pace,
};

/** Never refused. @param {State} state @param {Command} command @returns {Event[]} */
function stop({ phase, stopped }, { ago_ms }) {
  if (phase === "ended" || stopped !== null) return [];
  return [{ type: "session.stopped", by: "patient", ago_ms: ago_ms ?? 0 }];
}

/** Nobody was guided while the screen was gone, so nothing went on: it waits, and inside it leads out. @param {State} state @param {{gone_ms: number}} command @param {Moment} moment @returns {Event[]} */
function back(state, { gone_ms }, { now_ms }) {
  const { activity } = state;
  if (activity === null || activity.started_at === null || gone_ms < GONE_MS) return [];
  const inside = isInside(activity);
  return [
    ...stage.endAsking(state, "paused"),
    ...(inside ? stage.consentEnded(activity, "absence") : []),
    ...(activity.pause === null ? [{ type: "activity.paused", by: "system" }] : []),
    ...(inside ? stage.toWayOut(activity, now_ms) : []),
  ];
}

/** What falls due looks at the state again: what has become untrue since makes no event. @param {State} state @param {Command} command @param {Moment} moment @returns {Event[]} */
function fallen(state, command, moment) {
  if (state.phase === "ended") return [];
  if (command.type === "system.wish") return steps.wishDue(state, moment);
  const { activity } = state;
  const holds = activity?.step_consent != null && activity.pause?.at === command.since_ms;
  return holds ? [{ type: "consent.ended", reason: "paused" }] : [];
}
