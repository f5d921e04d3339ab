// @ts-check
/** What a home practice says that a visit does not: words only, so that all of them can be read in one place. */

import { t, tn } from "../components/language.js";
import { walked } from "../live/library.js";
import { opening } from "../live/patient-words.js";
import { about, called } from "../live/words.js";

/** @typedef {import("../live/messages.js").View} View */
/** @typedef {import("../live/messages.js").Rung} Rung */
/** @typedef {import("../live/library.js").Exercise} Exercise */
/** @typedef {import("../live/scene.js").Scene} Scene */
/** @typedef {import("./own-machine.js").Item} Item */
/** @typedef {import("./own-machine.js").Flag} Flag */
/** What can be begun: an item of the programme, or an exercise that is always there. @typedef {Pick<Item, "exercise"> & {id: string | null}} Planned */

/** In place of who knows of something: at home it is nobody, and nothing hurries. */
export const NO_HURRY = t("There is no hurry.");

/** Such as "about 5 min". @param {Item | null} item @param {Exercise} exercise */
export function length(item, exercise) {
  return about(item?.minutes ?? null, exercise.seconds);
}

/** Such as "4 in, 6 out", or nothing. @param {import("../live/messages.js").Breath | null | undefined} pattern */
export function pace(pattern) {
  if (!pattern) return "";
  const seconds = (/** @type {number} */ ms) => String(Math.round(ms / 100) / 10);
  return t("{in} in and {out} out", { in: seconds(pattern.in_ms), out: seconds(pattern.out_ms) });
}

/** The breath of an item: its own, or the first of its script. @param {Item | null} item @param {Exercise} exercise */
export function patternOf(item, exercise) {
  return item?.pattern ?? exercise.steps.find(({ pattern }) => pattern)?.pattern ?? null;
}

/** @param {Exercise} exercise @param {string} rung its label, or nothing @param {Item | null} item @param {boolean} again */
export function beginning(exercise, rung, item, again) {
  const begins = walked(exercise)[0]?.step;
  // Whoever has been through it once knows how it begins.
  const next = begins && !again ? [opening(begins)] : [];
  if (exercise.internal) next.push(t("Each step inside asks you again."));
  return {
    who: again ? t("If you like") : t("When you are ready"),
    what: named({ title: exercise.title, size: rung, length: length(item, exercise) }, again),
    next: next.join(" "),
  };
}

/** @param {{title: string, size: string, length: string}} values @param {boolean} again */
function named(values, again) {
  if (values.size)
    return again
      ? t("{title} with {size} once more, {length}", values)
      : t("{title} with {size}, {length}", values);
  return again ? t("{title} once more, {length}", values) : t("{title}, {length}", values);
}

/** At the top while nothing runs. @param {View | null} view @param {boolean} again @returns {{where: string, say: string, next: string, more: never[]}} */
export function still(view, again) {
  const plain = (/** @type {string} */ say, /** @type {string} */ next) => ({
    where: "",
    say,
    next,
    more: [],
  });
  if (view?.comfort === "dizzy")
    return plain(
      t("Breathe as you like. Sit or lie down."),
      t("If it does not pass soon, or you feel faint, call for help."),
    );
  if (view?.comfort === "uneasy")
    return plain(
      t("Nothing moves on until you say so."),
      t("When you feel settled, say so, and it can go on."),
    );
  if (view?.way_out) return plain(view.way_out.say, t("Nothing runs any more. Rest as you are."));
  if (again)
    return plain(
      t("Nothing runs now. Rest as you are."),
      t("It may end here. That is right whenever it is."),
    );
  return plain(
    t("Make yourself comfortable."),
    t("It goes at your pace. You can stop, go back or end it at any time."),
  );
}

/** What a visit would say while something is asked or rests, where nobody else is there. @param {Scene} scene @param {View | null} view @param {import("../live/patient-words.js").Screen} words */
export function alone(scene, view, words) {
  // Whoever is not asked by somebody is not waited for by anybody.
  if (scene.name === "asked") return { ...words, where: t("Before the next step") };
  if (scene.name !== "paused" || scene.pausedBy !== "system") return words;
  const next = [t("Paused, because this page was away. It goes on when you say so.")];
  if (view?.activity?.internal) next.push(t("You can come out at any time."));
  return { ...words, next: next.join(" ") };
}

/** After Stop and after the end. @param {Scene} scene @param {{held: boolean, therapist: string}} kept @returns {[string, string]} */
export function resting({ name }, { held, therapist }) {
  if (name !== "ended")
    return [t("Everything has stopped."), t("No reason needed. You say what comes next.")];
  const given = held
    ? t("What happened is kept on this phone, and given to {therapist} when it is online.", { therapist })
    : t(
        "What happened is given to {therapist} as soon as there is a connection. Until then, keep this page open.",
        { therapist },
      );
  return [t("That is all for now."), [t("Take your time before you get up."), given].join(" ")];
}

/**
 * Under "Keep this to myself": what is told all the same. The rules that see it are in `sessions/safety.py`.
 * @param {import("./own-machine.js").Bundle} bundle
 */
export function keeping(bundle) {
  return [
    t("Then nobody but you reads these answers. You can share them later."),
    t(
      "Told to {therapist} all the same, as work inside may have to wait: bleeding that is fresh or heavy, comes back or made you stop, pain of {n} and more, pain that stays, and numbness. What you practised, and when, is seen as always.",
      { therapist: therapistOf(bundle), n: bundle.care.thresholds.pain_stop },
    ),
  ];
}

/** The most urgent first. */
const SOONEST = /** @type {const} */ (["emergency", "same_day", "pause", "note"]);

/** The red-flag list in the order of how soon it matters, each group with its heading. @param {readonly Flag[]} flags */
export function groups(flags) {
  const titles = {
    emergency: t("These need help at once"),
    same_day: t("These are worth a call today"),
    pause: t("With these we leave some things out today"),
    note: t("These are good to know"),
  };
  return SOONEST.map((tier) => ({
    tier,
    title: titles[tier],
    flags: flags.filter((flag) => flag.tier === tier),
  })).filter((group) => group.flags.length > 0);
}

/** @param {readonly Flag[]} flags @param {readonly string[]} ticked */
export function soonest(flags, ticked) {
  return SOONEST.find((tier) => flags.some((flag) => flag.tier === tier && ticked.includes(flag.id))) ?? null;
}

/** What one calls whoever treats them. @param {{therapist: string}} bundle */
export const therapistOf = ({ therapist }) => called(therapist) || t("your therapist");

/** What one does when it is too much: these are there without being planned. @param {import("./own-machine.js").Bundle} bundle @returns {Planned[]} */
export function always({ programme, library }) {
  const planned = new Set(programme?.items.map(({ exercise }) => exercise));
  return Object.entries(library.exercises)
    .filter(([slug, { recovery, internal }]) => recovery && !internal && !planned.has(slug))
    .map(([exercise]) => ({ id: null, exercise }));
}

/** The time since the programme was fetched, in the coarsest words that help. @param {number} ms */
export function age(ms) {
  const days = Math.floor(ms / 86_400_000);
  if (days < 1) return t("today");
  return days === 1 ? t("yesterday") : tn("1 day ago", "{n} days ago", days);
}

/**
 * What happens to the guidance when this phone goes dark, told beforehand.
 * @param {{wakeLock?: unknown, audioSession?: unknown}} device
 */
export function whenLocked(device) {
  if (device.wakeLock)
    return t(
      "While it guides you, the screen stays on. If you lock this phone yourself, it may fall silent. Then it pauses, and waits for you.",
    );
  if (device.audioSession)
    return t(
      "This phone may go dark. Tones go on then; a voice may not. Touch the screen now and then, or set auto-lock to “never” for this long.",
    );
  return t(
    "This phone goes dark by itself, and is silent then. Set auto-lock to “never” for as long as you practise. If it does go dark, it pauses, and waits for you.",
  );
}

/** What stands in the place of "in step with": nobody else breathes here. @param {Scene} scene */
export function ownPace({ name, mode }) {
  if (name === "stopped" || name === "ended") return t("Nothing runs any more");
  return mode === "running" ? t("Your own breath") : t("At your own pace");
}
