// @ts-check
/** What a support person's screen says: the script as it is told, and where it rests. Never why, never by whom. */

import { t } from "../components/language.js";
import { placeOf } from "./library.js";
import { shownStep } from "./scene.js";
import { hour } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./library.js").Library} Library */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {{where: string, say: string, next: string}} Screen */

/**
 * @param {Scene} scene @param {View | null} view @param {Library} library @param {string} patient @param {number} now_ms
 * @returns {Screen}
 */
export function screen(scene, view, library, patient, now_ms) {
  const where = t("With {patient}", { patient });
  const activity = view?.activity?.started_at ? view.activity : null;
  switch (scene.name) {
    case "joining":
      return { where: "", say: t("One moment. The view is opening."), next: t("Stop works already.") };
    case "scheduled":
    case "waiting":
      return {
        where,
        say: t("It has not begun yet."),
        next: t("It is planned for {time}, and begins here by itself.", {
          time: hour(view?.due_at ?? now_ms),
        }),
      };
    case "running":
    case "paused": {
      if (!activity) break;
      const index = shownStep(activity, now_ms);
      const exercise = library.exercise(activity.exercise);
      const place = exercise ? placeOf(exercise, index) : null;
      return {
        where: place
          ? t("{title}, step {at} of {of}", { title: activity.title, at: place.at, of: place.of })
          : activity.title,
        say: exercise?.steps[index]?.words.say ?? activity.title,
        // That it is paused stands in the water.
        next: scene.name === "running" && scene.mode === "ready" ? t("The breath rests for now.") : "",
      };
    }
    default:
  }
  return { where, say: t("Nothing is running."), next: t("Rest as you are.") };
}

/** After a stop, whoever stopped, and after the end. @param {Scene} scene @param {string} patient @param {boolean} live @returns {[string, string]} */
export function rest({ name, told }, patient, live) {
  if (name === "ended") return [t("The visit has ended."), ""];
  const telling = t("The others are being told.");
  const goes_on = t("It goes on when {patient} says so.", { patient });
  if (told) return [t("Stopped."), goes_on];
  return [
    t("Stopped."),
    live ? `${telling} ${goes_on}` : t("The others are told when the connection is back."),
  ];
}
