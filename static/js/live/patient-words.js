// @ts-check
/** What the patient's screen says, screen by screen: words only, so that all of them can be read in one place. */

import { worstPain } from "../components/checkin-words.js";
import { placeOf } from "./library.js";
import { shownStep } from "./scene.js";
import { about, duration, hour } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Asking} Asking */
/** @typedef {import("./messages.js").Activity} Activity */
/** @typedef {import("./library.js").Library} Library */
/** @typedef {import("./scene.js").Scene} Scene */
/** `you` is what the patient likes to be called; `known` is said in place of who knows. @typedef {{therapist: string, here: boolean, clinic: string, phone: string, you?: string, known?: string}} Names */
/** `more` is what opens under "With open eyes" and "Sitting". @typedef {{where: string, say: string, next: string, more: {title: string, text: string}[]}} Screen */

/** The first sentence, for what comes next. @param {string} text */
export function first(text) {
  return text.match(/^.*?[.!?](?=\s|$)/)?.[0] ?? text;
}

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
      return plain("", "One moment. Your room is opening.", "Stop works already.");
    case "scheduled":
      return plain(
        "Your visit",
        `It is planned for ${hour(view?.due_at ?? now_ms)}.`,
        "The arrival check comes first.",
      );
    case "waiting":
      if (view?.overdue) {
        const call = names.phone
          ? ` You may wait on, or call ${names.clinic}: ${names.phone}.`
          : " You may wait on.";
        return plain(
          "Waiting room",
          `${therapist} is later than planned.`,
          `It has nothing to do with you.${call}`,
        );
      }
      return plain(
        "Waiting room",
        `${names.you ? `${names.you}, you` : "You"} are here. ${therapist} can see that you wait.`,
        `Your visit is planned for ${hour(view?.due_at ?? now_ms)}. Rest as you are; the door opens by itself.`,
      );
    case "idle": {
      const here = names.here ? `${therapist} is here.` : `${therapist} is away for the moment.`;
      const unwell = feeling(scene, names);
      if (unwell) return plain(here, ...unwell);
      // An exercise that ended inside leaves its way out on screen until something else begins.
      if (view?.way_out) return plain(here, view.way_out.say, "Nothing runs any more. Rest as you are.");
      return plain(here, "Nothing has started. Rest as you are.", "Before anything begins you are asked.");
    }
    case "asked":
      return plain(
        "A question for you",
        "Take your time. No answer is wrong.",
        "Nothing begins without your yes.",
      );
    case "agreed": {
      const begins = activity && library.step(activity.exercise, activity.step);
      const what = begins ? `First, ${duration(begins.seconds)}: ${first(begins.words.say)}` : "";
      return plain(activity?.title ?? "", `You said yes. It begins when ${therapist} starts it.`, what);
    }
    case "running":
    case "paused":
      return activity ? onStage(scene, activity, library, names, now_ms) : plain("", "");
    default:
      return plain("", "");
  }
}

/** Who knows of what was just pressed, and nothing beyond what is so. @param {boolean} told @param {Names} names */
export function knows(told, { therapist, here, known }) {
  if (known) return known;
  if (!told) return `${therapist} is being told.`;
  return here ? `${therapist} knows.` : `${therapist} is away for the moment, and sees it on coming back.`;
}

/** @param {Scene} scene @param {Names} names @param {boolean} [inside] @returns {[string, string] | null} */
function feeling({ comfort, told }, names, inside = false) {
  const who = knows(told, names);
  if (comfort === "dizzy") {
    return [
      "Breathe as you like. Sit or lie down.",
      `${inside ? "If anything is inside, take it out when that is easy. " : ""}${who} If it does not pass soon, or you feel faint, call for help.`,
    ];
  }
  if (comfort === "uneasy") return ["Nothing moves on until you say so.", who];
  return null;
}

/** @param {Scene} scene @param {Activity} activity @param {Library} library @param {Names} names @param {number} now_ms @returns {Screen} */
function onStage(scene, activity, library, names, now_ms) {
  const index = shownStep(activity, now_ms);
  const exercise = library.exercise(activity.exercise);
  const step = exercise?.steps[index] ?? null;
  const place = exercise ? placeOf(exercise, index) : null;
  const where = place ? `${activity.title}, step ${place.at} of ${place.of}` : activity.title;
  if (scene.comfort === "dizzy") {
    const [say, next] = feeling(scene, names, activity.internal) ?? ["", ""];
    return { where, say, next, more: [] };
  }
  const say = step?.words.say ?? activity.title;
  const more = [];
  if (step?.words.eyes_open) more.push({ title: "With open eyes", text: step.words.eyes_open });
  if (step?.words.seated) more.push({ title: "Sitting", text: step.words.seated });
  if (step?.words.on_side) more.push({ title: "Lying on your side", text: step.words.on_side });
  if (scene.name === "paused") return { where, say, next: paused(scene, activity, names), more };
  const next = place?.next
    ? `Next, ${duration(place.next.step.seconds)}: ${first(place.next.step.words.say)}`
    : "";
  return { where, say, next: place && !place.next ? "This is the last step." : next, more };
}

/** @param {Scene} scene @param {Activity} activity @param {Names} names */
function paused({ pausedBy, told }, activity, names) {
  const { therapist } = names;
  const out = activity.internal ? " You can come out at any time." : "";
  switch (pausedBy) {
    case "patient":
      return `You paused. ${knows(told, names)} Rest as long as you like.${out}`;
    case "therapist":
      return `${therapist} paused. It goes on when both of you are ready.${out}`;
    default:
      return "Paused, because the connection was gone. It goes on when you say so.";
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
      who: `${names.therapist} asks about the next step`,
      what: step?.words.say ?? asking.title,
      next: `This step is ${step?.act === "touch" ? `at the ${library.word("entrance")}` : "inside"}${rung ? `, with ${rung}` : ""}. Your yes is for this step alone.`,
    };
  }
  const length = exercise
    ? `, ${about(asking.minutes, exercise.seconds)}`
    : asking.minutes
      ? `, about ${asking.minutes} min`
      : "";
  const begins = exercise?.steps[asking.step];
  const opening = begins ? `First, ${duration(begins.seconds)}: ${first(begins.words.say)}` : "";
  return {
    who: `${names.therapist} asks`,
    what: `${asking.title}${rung ? ` with ${rung}` : ""}${length}?`,
    next: `${opening}${exercise?.internal ? " Each step inside asks again. When to leave it out stands under “Tell me first”." : ""}`,
  };
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
    return "Please call your local emergency number now, or ask somebody you trust to. Come out, if anything is inside.";
  const pain = worstPain(answers);
  const out = "Come out, if anything is inside. That is enough for today.";
  if (answers.bleeding === "fresh_red") return `${out} Please call the clinic or a doctor today.`;
  if (pain !== null && pain >= OUT_FROM) return `${out} If it does not ease, call the clinic.`;
  if (pain === null || pain < (easing ?? SMALLER_FROM)) return "";
  return inside
    ? "That is a sign to take a smaller one, under “More”, or to come out and press “That's enough for now”. Both are right."
    : "Thank you for saying so. Smaller, or nothing more today, are both right.";
}
