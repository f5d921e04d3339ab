// @ts-check
/** Whether work inside the body may begin now, where nobody is there to ask. */

import { Refused } from "./model.js";

/** @typedef {import("./model.js").Moment} Moment */
/** @typedef {import("./model.js").State} State */

const HOUR_MS = 3_600_000;
/** What was said of today is not asked of tomorrow. */
const SCREENED_FOR_MS = 12 * HOUR_MS;
/** A phone that has heard nothing for longer does not know whether something was suspended since. */
const FETCHED_FOR_MS = 14 * 24 * HOUR_MS;

export const SUSPENDED = "Work inside the body is suspended until the therapist clears it.";

/** Whether today's questions are what work inside waits for. @param {State} state @param {number} now_ms */
export function waitsForToday({ care, screened }, now_ms) {
  if (care.suspended !== null) return false;
  return screened === null || now_ms - screened.at > SCREENED_FOR_MS || !screened.clear;
}

/** Throws Refused. @param {State} state @param {Moment} moment */
export function mayBegin({ care, screened }, { now_ms, fetched_ms }) {
  if (care.suspended !== null) throw new Refused("suspended", SUSPENDED);
  if (screened === null || now_ms - screened.at > SCREENED_FOR_MS)
    throw new Refused(
      "not_now",
      "Before work inside the body there are a few questions about today. Answer them, and it can begin.",
    );
  if (!screened.clear)
    throw new Refused(
      "suspended",
      "Work inside the body waits, because of what you told us of today. " +
        "Breathing and letting go are here for you now.",
    );
  if (fetched_ms === null || now_ms - fetched_ms > FETCHED_FOR_MS)
    throw new Refused(
      "not_now",
      "It is over 14 days since this device heard from your clinic. Work inside the body waits until it has been " +
        "online once. Breathing and letting go are here for you now.",
    );
}
