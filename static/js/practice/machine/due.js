// @ts-check
/** What happens by itself in a practice: a yes that ends with a long pause, and a pace that had to wait. */

import { dueMs } from "./pacer.js";

/** @typedef {import("./model.js").State} State */
/** @typedef {{type: 'system.pause', since_ms: number} | {type: 'system.wish'}} Falling */

const PAUSE_ENDS_CONSENT_AFTER_MS = 2 * 60_000;

/** Soonest first. @param {State} state @returns {{at_ms: number, command: Falling}[]} */
export function due({ phase, activity, pacer, comfort }) {
  if (phase === "ended" || activity === null || activity.started_at === null) return [];
  const { pause, step_consent } = activity;
  if (pause !== null) {
    if (step_consent === null) return [];
    const command = { type: /** @type {const} */ ("system.pause"), since_ms: pause.at };
    return [{ at_ms: pause.at + PAUSE_ENDS_CONSENT_AFTER_MS, command }];
  }
  const at_ms = pacer === null || comfort === "dizzy" ? null : dueMs(pacer);
  return at_ms === null ? [] : [{ at_ms, command: { type: "system.wish" } }];
}
