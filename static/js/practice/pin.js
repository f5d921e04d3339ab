// @ts-check
/** A PIN as words: which ones will do, and how long to wait after wrong ones. Nothing here keeps or checks one. */

import { t, tn } from "../components/language.js";

const DIGITS_LEAST = 4;
const DIGITS_MOST = 12;
const WORDS_LEAST = 4;
const WORDS_MOST = 200;
/** Slips of the finger cost nothing; after that each costs more. Waiting is all that ever happens. */
const FREE_TRIES = 3;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** @typedef {{count: number, at_wall_ms: number}} Wrong how many in a row, and when the last one was */

/** What is really meant by what was typed: two keyboards may write the same letter in two ways. @param {string} typed */
export const meant = (typed) => typed.normalize("NFKC").trim().replace(/\s+/g, " ");

/** What is wrong with a new PIN, or null. @param {string} typed @param {string} again */
export function problem(typed, again) {
  const pin = meant(typed);
  if (!pin) return t("Write the PIN that you want.");
  if (/^\p{Nd}+$/u.test(pin)) {
    if (pin.length < DIGITS_LEAST || pin.length > DIGITS_MOST) {
      return t("Digits alone: 4 to 12 of them. Or use words, as many as you like.");
    }
    if (new Set(pin).size === 1)
      return t("The same digit all through is the first thing that somebody tries.");
  } else if (pin.length < WORDS_LEAST) {
    return t("That is very short. Use at least 4 letters, or 4 digits.");
  } else if (pin.length > WORDS_MOST) {
    return t("That is longer than 200 letters.");
  }
  if (pin !== meant(again)) return t("The two are not the same. Write it once more in both fields.");
  return null;
}

/** How long after the last of so many wrong ones no further one is looked at. @param {number} count */
export function pause_ms(count) {
  if (count <= FREE_TRIES) return 0;
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(count - FREE_TRIES - 1, 20));
}

/**
 * How long there is still to wait. A clock that was set back makes nobody wait longer than the pause itself.
 * @param {Wrong | null} wrong @param {number} wall_ms
 */
export function left_ms(wrong, wall_ms) {
  if (!wrong) return 0;
  const pause = pause_ms(wrong.count);
  return Math.max(0, Math.min(pause, wrong.at_wall_ms + pause - wall_ms));
}

/** @param {number} wait_ms */
export function wait_words(wait_ms) {
  const seconds = Math.ceil(wait_ms / 1000);
  if (seconds <= 0) return "";
  if (seconds < 60)
    return tn("Wait 1 second before the next try.", "Wait {n} seconds before the next try.", seconds);
  return tn(
    "Wait 1 minute before the next try.",
    "Wait {n} minutes before the next try.",
    Math.ceil(seconds / 60),
  );
}

/** What is said after a wrong one. @param {number} count @param {number} wait_ms */
export function wrong_words(count, wait_ms) {
  const said = [t("That is not the PIN."), wait_words(wait_ms)];
  if (count > FREE_TRIES) said.push(t("Nothing is deleted by wrong ones, however many there are."));
  return said.filter(Boolean).join(" ");
}
