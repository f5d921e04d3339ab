// @ts-check
/** What the therapist's screen says about the patient: the headline, what they see, and the reasons for what is not possible. */

import { t } from "../components/language.js";
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
      return [t("One moment"), t("The room is opening.")];
    case "scheduled":
      return [
        t("{patient} is not here yet", { patient }),
        t("Planned for {time}.", { time: hour(view?.due_at ?? now_ms) }),
      ];
    case "waiting":
      return [
        t("{patient} waits", { patient }),
        view?.overdue
          ? t("Longer than planned.")
          : t("Planned for {time}.", { time: hour(view?.due_at ?? now_ms) }),
      ];
    case "ended":
      return [t("The visit has ended"), ""];
    case "stopped": {
      const by = view?.stopped?.by;
      const what =
        by === "therapist" || (by === undefined && !scene.told)
          ? t("You stopped everything")
          : by === "support"
            ? t("The support person stopped everything")
            : t("{patient} stopped everything", { patient });
      const waits = t("Only {patient} can go on. No yes holds any more.", { patient });
      const untold = t("Nobody has heard of it yet; it is sent first.");
      return [what, scene.told ? waits : `${waits} ${untold}`];
    }
    default:
      return [feels(scene, patient), scene.comfort === null ? t("Silence is not settled: ask.") : ago];
  }
}

/** @param {Scene} scene @param {string} patient */
function feels({ comfort }, patient) {
  switch (comfort) {
    case "settled":
      return t("{patient} feels settled", { patient });
    case "uneasy":
      return t("{patient} feels uneasy", { patient });
    case "dizzy":
      return t("{patient} feels dizzy", { patient });
    default:
      return t("{patient} has not said how it feels", { patient });
  }
}

/** What stands on the patient's screen now. @param {Scene} scene @param {View | null} view @param {Library} library @param {string} patient @param {number} now_ms @returns {[string, string]} */
export function mirrored(scene, view, library, patient, now_ms) {
  const activity = view?.activity ?? null;
  const sees = t("{patient} sees", { patient });
  switch (scene.name) {
    case "stopped":
      return [sees, view?.way_out?.say ?? t("Everything has stopped. Relief, grounding, people to call.")];
    case "ended":
      return [sees, t("The visit has ended. Take your time.")];
    case "waiting":
      return [sees, t("You are here. Your therapist can see that you wait.")];
    case "asked":
      return [sees, t("A question. Take your time. No answer is wrong.")];
    case "agreed":
      return [sees, t("You said yes. It begins when your therapist starts it.")];
    case "running":
    case "paused": {
      if (!activity) break;
      if (scene.comfort === "dizzy") return [sees, t("Breathe as you like. Sit or lie down.")];
      const index = shownStep(activity, now_ms);
      const exercise = library.exercise(activity.exercise);
      const place = exercise ? placeOf(exercise, index) : null;
      const seen = scene.name === "paused" ? pauseSeen(patient, place) : stepSeen(patient, place);
      return [seen, exercise?.steps[index]?.words.say ?? activity.title];
    }
    default:
  }
  return [sees, view?.way_out?.say ?? t("Nothing has started.")];
}

/** @typedef {ReturnType<typeof placeOf>} Place */

/** @param {string} patient @param {Place} place */
function stepSeen(patient, place) {
  return place
    ? t("{patient} sees, step {at} of {of}", { patient, at: place.at, of: place.of })
    : t("{patient} sees", { patient });
}

/** @param {string} patient @param {Place} place */
function pauseSeen(patient, place) {
  return place
    ? t("{patient} sees the pause, step {at} of {of}", { patient, at: place.at, of: place.of })
    : t("{patient} sees the pause", { patient });
}

/**
 * Why this exercise cannot be offered, in words; empty where it can.
 * @param {string} slug @param {Exercise} exercise @param {View} view @param {string} patient
 */
export function barred(slug, exercise, view, patient) {
  const { care, declined } = view;
  if (exercise.needs_enabling && !care.enabled.includes(slug))
    return t("Not enabled for {patient}.", { patient });
  if (exercise.internal && care.suspended)
    return care.suspended.reason
      ? t("Suspended: {reason}.", { reason: t(care.suspended.reason) })
      : t("Suspended.");
  if (declined.some((entry) => entry.exercise === slug && entry.step === null)) {
    return t("{patient} said not today. Only they can open it again.", { patient });
  }
  if (exercise.uses_ladder && care.rungs.length === 0)
    return t("No sizes are chosen for {patient} yet.", { patient });
  return "";
}

/** What stands beside words that nobody has approved yet; empty once somebody has. @param {Exercise} exercise */
export function reviewed({ review }) {
  if (!review || review.status === "approved" || review.by_clinic) return "";
  return review.status === "in_review"
    ? t("A clinician is reviewing it, not approved yet")
    : t("Draft, not reviewed by a clinician yet");
}
