// @ts-check
/** What the patient's screen says, screen by screen: words only, so that all of them can be read in one place. */

import { worstPain } from "../components/checkin-words.js";
import { t } from "../components/language.js";
import { placeOf } from "./library.js";
import { shownStep } from "./scene.js";
import { about, duration, first, hour } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Asking} Asking */
/** @typedef {import("./messages.js").Activity} Activity */
/** @typedef {import("./library.js").Library} Library */
/** @typedef {import("./scene.js").Scene} Scene */
/** `you` is what the patient likes to be called; `known` is said in place of who knows. @typedef {{therapist: string, here: boolean, clinic: string, phone: string, you?: string, known?: string}} Names */
/** `more` is what opens under t("With open eyes") and t("Sitting"). @typedef {{where: string, say: string, next: string, more: {title: string, text: string}[]}} Screen */

/**
 * @param {Scene} scene @param {View | null} view @param {Library} library @param {Names} names @param {number} now_ms
 * @returns {Screen}
 */
export function screen(scene, view, library, names, now_ms) {
  const { therapist } = names;
  /** @param {string} where @param {string} say @param {string} [next] @returns {Screen} */
  const plain = (where, say, next = "") => ({ where, say, next, more: [] });
  const activity = view?.activity ?? null;
  switch (scene.name) {
    case "joining":
      return plain("", t("One moment. Your room is opening."), t("Stop works already."));
    case "scheduled":
      return plain(
        t("Your visit"),
        t("It is planned for {time}.", { time: hour(view?.due_at ?? now_ms) }),
        t("The arrival check comes first."),
      );
    case "waiting":
      if (view?.overdue) {
        const { clinic, phone } = names;
        const on = phone
          ? t("It has nothing to do with you. You may wait on, or call {clinic}: {phone}.", { clinic, phone })
          : t("It has nothing to do with you. You may wait on.");
        return plain(t("Waiting room"), t("{therapist} is later than planned.", { therapist }), on);
      }
      return plain(
        t("Waiting room"),
        names.you
          ? t("{name}, you are here. {therapist} can see that you wait.", { name: names.you, therapist })
          : t("You are here. {therapist} can see that you wait.", { therapist }),
        t("Your visit is planned for {time}. Rest as you are; the door opens by itself.", {
          time: hour(view?.due_at ?? now_ms),
        }),
      );
    case "idle": {
      const here = names.here
        ? t("{therapist} is here.", { therapist })
        : t("{therapist} is away for the moment.", { therapist });
      const unwell = feeling(scene, names);
      if (unwell) return plain(here, ...unwell);
      // An exercise that ended inside leaves its way out on screen until something else begins.
      if (view?.way_out) return plain(here, view.way_out.say, t("Nothing runs any more. Rest as you are."));
      return plain(
        here,
        t("Nothing has started. Rest as you are."),
        t("Before anything begins you are asked."),
      );
    }
    case "asked":
      return plain(
        t("A question for you"),
        t("Take your time. No answer is wrong."),
        t("Nothing begins without your yes."),
      );
    case "agreed": {
      const begins = activity && library.step(activity.exercise, activity.step);
      const what = begins ? opening(begins) : "";
      const yes = t("You said yes. It begins when {therapist} starts it.", { therapist });
      return plain(activity?.title ?? "", yes, what);
    }
    case "running":
    case "paused":
      return activity ? onStage(scene, activity, library, names, now_ms) : plain("", "");
    default:
      return plain("", "");
  }
}

/** How an exercise begins. @param {import("./library.js").Step} step */
export const opening = ({ seconds, words }) =>
  t("First, {length}: {words}", { length: duration(seconds), words: first(words.say) });

/** Who knows of what was just pressed, and nothing beyond what is so. @param {boolean} told @param {Names} names */
export function knows(told, { therapist, here, known }) {
  if (known) return known;
  if (!told) return t("{therapist} is being told.", { therapist });
  return here
    ? t("{therapist} knows.", { therapist })
    : t("{therapist} is away for the moment, and sees it on coming back.", { therapist });
}

/** @param {Scene} scene @param {Names} names @param {boolean} [inside] @returns {[string, string] | null} */
function feeling({ comfort, told }, names, inside = false) {
  const who = knows(told, names);
  if (comfort === "dizzy") {
    const next = [who, t("If it does not pass soon, or you feel faint, call for help.")];
    if (inside) next.unshift(t("If anything is inside, take it out when that is easy."));
    return [t("Breathe as you like. Sit or lie down."), next.join(" ")];
  }
  if (comfort === "uneasy") return [t("Nothing moves on until you say so."), who];
  return null;
}

/** @param {Scene} scene @param {Activity} activity @param {Library} library @param {Names} names @param {number} now_ms @returns {Screen} */
function onStage(scene, activity, library, names, now_ms) {
  const index = shownStep(activity, now_ms);
  const exercise = library.exercise(activity.exercise);
  const step = exercise?.steps[index] ?? null;
  const place = exercise ? placeOf(exercise, index) : null;
  const where = place
    ? t("{title}, step {at} of {of}", { title: activity.title, at: place.at, of: place.of })
    : activity.title;
  if (scene.comfort === "dizzy") {
    const [say, next] = feeling(scene, names, activity.internal) ?? ["", ""];
    return { where, say, next, more: [] };
  }
  const say = step?.words.say ?? activity.title;
  const more = [];
  if (step?.words.eyes_open) more.push({ title: t("With open eyes"), text: step.words.eyes_open });
  if (step?.words.seated) more.push({ title: t("Sitting"), text: step.words.seated });
  if (step?.words.on_side) more.push({ title: t("Lying on your side"), text: step.words.on_side });
  if (scene.name === "paused") return { where, say, next: paused(scene, activity, names), more };
  const next = place?.next
    ? t("Next, {length}: {words}", {
        length: duration(place.next.step.seconds),
        words: first(place.next.step.words.say),
      })
    : "";
  return { where, say, next: place && !place.next ? t("This is the last step.") : next, more };
}

/** @param {Scene} scene @param {Activity} activity @param {Names} names */
function paused({ pausedBy, told }, activity, names) {
  const { therapist } = names;
  const out = activity.internal ? [t("You can come out at any time.")] : [];
  switch (pausedBy) {
    case "patient": {
      const said = t("You paused. {knows} Rest as long as you like.", { knows: knows(told, names) });
      return [said, ...out].join(" ");
    }
    case "therapist": {
      const said = t("{therapist} paused. It goes on when both of you are ready.", { therapist });
      return [said, ...out].join(" ");
    }
    default:
      return t("Paused, because the connection was gone. It goes on when you say so.");
  }
}

/**
 * The words of the way out that a stop leads to: as the server keeps them, or from the script where it does not know yet.
 * @param {View | null} view @param {Library} library @param {number} now_ms
 */
export function wayOut(view, library, now_ms) {
  if (!view) return "";
  const { activity } = view;
  if (activity?.started_at) {
    const exercise = library.exercise(activity.exercise);
    const index = shownStep(activity, now_ms);
    const step = exercise?.steps[index];
    const out = step?.internal
      ? step.way_out
      : (exercise?.steps.some((other) => other.way_out === index) ?? false)
        ? index
        : null;
    const words = out === null || out === undefined ? null : exercise?.steps[out]?.words.say;
    if (words) return words;
  }
  return view.way_out?.say ?? "";
}

/** @param {Asking} asking @param {View} view @param {Library} library @param {Names} names */
export function question(asking, view, library, names) {
  const exercise = library.exercise(asking.exercise);
  const rung = view.care.rungs.find(({ id }) => id === asking.rung)?.label ?? "";
  if (asking.what === "step") {
    const step = exercise?.steps[asking.step];
    return {
      who: t("{therapist} asks about the next step", { therapist: names.therapist }),
      what: step?.words.say ?? asking.title,
      next: step?.act === "touch" ? atEntrance(library.word("entrance"), rung) : atInside(rung),
    };
  }
  const length = exercise || asking.minutes ? about(asking.minutes, exercise?.seconds ?? 0) : "";
  const begins = exercise?.steps[asking.step];
  const next = begins ? [opening(begins)] : [];
  if (exercise?.internal)
    next.push(t("Each step inside asks again. When to leave it out stands under “Tell me first”."));
  return {
    who: t("{therapist} asks", { therapist: names.therapist }),
    what: offered({ title: asking.title, size: rung, length }),
    next: next.join(" "),
  };
}

/** @param {{title: string, size: string, length: string}} values */
function offered(values) {
  if (values.size)
    return values.length ? t("{title} with {size}, {length}?", values) : t("{title} with {size}?", values);
  return values.length ? t("{title}, {length}?", values) : t("{title}?", values);
}

/** @param {string} place @param {string} size */
function atEntrance(place, size) {
  return size
    ? t("This step is at the {place}, with {size}. Your yes is for this step alone.", { place, size })
    : t("This step is at the {place}. Your yes is for this step alone.", { place });
}

/** @param {string} size */
function atInside(size) {
  return size
    ? t("This step is inside, with {size}. Your yes is for this step alone.", { size })
    : t("This step is inside. Your yes is for this step alone.");
}

/** Without the clinic's own number, from 4 smaller; and whatever it is, from 7 out. */
const SMALLER_FROM = 4;
const OUT_FROM = 7;

/**
 * What the screen says at once to what was written down. It needs no line and no server, which may have more to say.
 * @param {import("./messages.js").Answers} answers
 * @param {{easing: number | null, inside: boolean}} here the clinic's own number for smaller or out, and whether
 * something that is put in is on the stage
 */
export function replyTo(answers, { easing, inside }) {
  if (answers.bleeding === "heavy")
    return t(
      "Please call your local emergency number now, or ask somebody you trust to. Come out, if anything is inside.",
    );
  const pain = worstPain(answers);
  const out = t("Come out, if anything is inside. That is enough for today.");
  if (answers.bleeding === "fresh_red")
    return [out, t("Please call the clinic or a doctor today.")].join(" ");
  if (pain !== null && pain >= OUT_FROM) return [out, t("If it does not ease, call the clinic.")].join(" ");
  if (pain === null || pain < (easing ?? SMALLER_FROM)) return "";
  return inside
    ? t(
        "That is a sign to take a smaller one, under “More”, or to come out and press “That's enough for now”. Both are right.",
      )
    : t("Thank you for saying so. Smaller, or nothing more today, are both right.");
}
