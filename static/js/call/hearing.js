// @ts-check
/** What a microphone's loudness means: pure, so that it can be tried without one. Times are given, never read. */

import { t } from "../components/language.js";

/** @typedef {'listening' | 'heard' | 'faint' | 'nothing' | 'quiet'} Heard */

/** Below the first nothing is heard, above the second it cannot be louder. */
const SILENT_DB = -70;
const LOUD_DB = -12;
/** Shares of that way: a voice at arm's length lies above the first, the noise of an empty room below the second. */
export const VOICE = 0.4;
const FAINT = 0.2;
/** A knock on the table is no voice: it takes this much of it within the time after which it is forgotten. */
const ENOUGH_MS = 300;
const FORGET_MS = 4_000;
/** So long one may gather courage before anything is said of silence. */
const PATIENCE_MS = 5_000;

/** How loud a stretch of sound is, from 0 to 1. @param {ArrayLike<number>} wave */
export function loudness(wave) {
  let sum = 0;
  for (let at = 0; at < wave.length; at += 1) sum += wave[at] * wave[at];
  const db = 10 * Math.log10(sum / wave.length || Number.MIN_VALUE);
  return Math.min(1, Math.max(0, (db - SILENT_DB) / (LOUD_DB - SILENT_DB)));
}

/** Listens to a row of loudnesses and says in one word how it is; the word changes calmly. */
export class Hearing {
  /** @type {{at: number, level: number, lasted: number}[]} */
  #lately = [];
  #began = Number.NaN;
  #before = Number.NaN;
  #everHeard = false;

  /** @param {number} level from 0 to 1 @param {number} now_ms @returns {Heard} */
  hear(level, now_ms) {
    if (Number.isNaN(this.#began)) this.#began = this.#before = now_ms;
    // A page that was asleep has not listened meanwhile.
    const lasted = Math.min(250, now_ms - this.#before);
    this.#before = now_ms;
    this.#lately.push({ at: now_ms, level, lasted });
    while (this.#lately[0].at < now_ms - FORGET_MS) this.#lately.shift();
    if (this.#above(VOICE) >= ENOUGH_MS) {
      this.#everHeard = true;
      return "heard";
    }
    if (now_ms - this.#began < PATIENCE_MS) return this.#everHeard ? "heard" : "listening";
    if (this.#above(FAINT) >= ENOUGH_MS) return this.#everHeard ? "quiet" : "faint";
    return this.#everHeard ? "quiet" : "nothing";
  }

  /** @param {number} least */
  #above(least) {
    return this.#lately.reduce((sum, { level, lasted }) => sum + (level >= least ? lasted : 0), 0);
  }
}

/** @param {Heard} heard */
export function heardWords(heard) {
  switch (heard) {
    case "heard":
      return t("We hear you.");
    case "faint":
      return t("We hear you faintly. Go nearer to the microphone, or turn it up.");
    case "nothing":
      return t(
        "Nothing comes in. Look whether the microphone is turned off at the device or the headset, or choose another one.",
      );
    case "quiet":
      return t("It is quiet now. The microphone is open.");
    default:
      return t("Say something, as you would in the visit.");
  }
}

/** @typedef {'echo' | 'none' | 'unsure'} Echo */

/** So much louder is what the loudspeaker adds to what a microphone hears. */
const ADDED = 0.15;
const LEAST_MOMENTS = 5;

/**
 * Whether the microphone heard what was played: louder where that was loud than where it was silent.
 * @param {{played: number, heard: number}[]} moments loudnesses at the same moments @returns {Echo}
 */
export function echoIn(moments) {
  const loud = moments.filter(({ played }) => played >= VOICE).map(({ heard }) => heard);
  const still = moments.filter(({ played }) => played < FAINT).map(({ heard }) => heard);
  if (loud.length < LEAST_MOMENTS || still.length < LEAST_MOMENTS) return "unsure";
  return middle(loud) - middle(still) >= ADDED ? "echo" : "none";
}

/** @param {number[]} values */
function middle(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** @param {Echo} echo */
export function echoWords(echo) {
  switch (echo) {
    case "echo":
      return t(
        "That was you. While it played, the microphone heard something too, most likely the loudspeaker: the other side may hear itself. Headphones end that, or a lower volume.",
      );
    case "none":
      return t(
        "That was you. The microphone did not pick it up again. Without headphones there can still be an echo when the sound is turned up; with them there is none.",
      );
    default:
      return t(
        "Too little was said to tell whether there is an echo. Without headphones there may be one; with them there is none.",
      );
  }
}
