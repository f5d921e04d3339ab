// @ts-check
/** What the therapist's screen says about the patient: the headline, what they see, and the reasons for what is not possible. */

import { placeOf } from "./library.js";
import { shownStep } from "./scene.js";
import { hour, span } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./library.js").Library} Library */
/** @typedef {import("./library.js").Exercise} Exercise */
/** @typedef {import("./scene.js").Scene} Scene */

/** @param {Scene} scene @param {View | null} view @param {string} patient @param {number | null} since_ms @param {number} now_ms @returns {[string, string]} */
export function headline(scene, view, patient, since_ms, now_ms) {
  const ago = since_ms === null ? "" : span(now_ms - since_ms);
  switch (scene.name) {
    case "joining":
      return ["One moment", "The room is opening."];
    case "scheduled":
      return [`${patient} is not here yet`, `Planned for ${hour(view?.due_at ?? now_ms)}.`];
    case "waiting":
      return [
        `${patient} waits`,
        view?.overdue ? "Longer than planned." : `Planned for ${hour(view?.due_at ?? now_ms)}.`,
      ];
    case "ended":
      return ["The visit has ended", ""];
    case "stopped": {
      const by = view?.stopped?.by;
      const who =
        by === "therapist" || (by === undefined && !scene.told)
          ? "You"
          : by === "support"
            ? "The support person"
            : patient;
      const told = scene.told ? "" : " Nobody has heard of it yet; it is sent first.";
      return [`${who} stopped everything`, `Only ${patient} can go on. No yes holds any more.${told}`];
    }
    default:
      return [feels(scene, patient), scene.comfort === null ? "Silence is not settled: ask." : ago];
  }
}

/** @param {Scene} scene @param {string} patient */
function feels({ comfort }, patient) {
  return comfort === null ? `${patient} has not said how it feels` : `${patient} feels ${comfort}`;
}

/** What stands on the patient's screen now. @param {Scene} scene @param {View | null} view @param {Library} library @param {string} patient @param {number} now_ms @returns {[string, string]} */
export function mirrored(scene, view, library, patient, now_ms) {
  const activity = view?.activity ?? null;
  switch (scene.name) {
    case "stopped":
      return [
        `${patient} sees`,
        view?.way_out?.say ?? "Everything has stopped. Relief, grounding, people to call.",
      ];
    case "ended":
      return [`${patient} sees`, "The visit has ended. Take your time."];
    case "waiting":
      return [`${patient} sees`, "You are here. Your therapist can see that you wait."];
    case "asked":
      return [`${patient} sees`, "A question. Take your time. No answer is wrong."];
    case "agreed":
      return [`${patient} sees`, "You said yes. It begins when your therapist starts it."];
    case "running":
    case "paused": {
      if (!activity) break;
      if (scene.comfort === "dizzy") return [`${patient} sees`, "Breathe as you like. Sit or lie down."];
      const index = shownStep(activity, now_ms);
      const exercise = library.exercise(activity.exercise);
      const place = exercise ? placeOf(exercise, index) : null;
      const where = place ? `, step ${place.at} of ${place.of}` : "";
      return [
        `${patient} sees${scene.name === "paused" ? " the pause" : ""}${where}`,
        exercise?.steps[index]?.words.say ?? activity.title,
      ];
    }
    default:
  }
  return [`${patient} sees`, view?.way_out?.say ?? "Nothing has started."];
}

/**
 * Why this exercise cannot be offered, in words; empty where it can.
 * @param {string} slug @param {Exercise} exercise @param {View} view @param {string} patient
 */
export function barred(slug, exercise, view, patient) {
  const { care, declined } = view;
  if (exercise.needs_enabling && !care.enabled.includes(slug)) return `Not enabled for ${patient}.`;
  if (exercise.internal && care.suspended)
    return `Suspended${care.suspended.reason ? `: ${care.suspended.reason}` : ""}.`;
  if (declined.some((entry) => entry.exercise === slug && entry.step === null)) {
    return `${patient} said not today. Only they can open it again.`;
  }
  if (exercise.uses_ladder && care.rungs.length === 0) return `No sizes are chosen for ${patient} yet.`;
  return "";
}

/** What stands beside words that nobody has approved yet; empty once somebody has. @param {Exercise} exercise */
export function reviewed({ review }) {
  if (!review || review.status === "approved" || review.by_clinic) return "";
  return review.status === "in_review"
    ? "A clinician is reviewing it, not approved yet"
    : "Draft, not reviewed by a clinician yet";
}
