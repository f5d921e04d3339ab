// @ts-check
/** What the measures of a network mean for a visit and for voice: words first, numbers for whoever asks for them. */

import { LOCALE, t } from "../components/language.js";

/** @typedef {import("./network.js").Measured} Measured */
/** @typedef {import("./network.js").Carried} Carried */

/** There and back, in milliseconds. */
const QUICK_MS = 250;
const SLOW_MS = 800;
/** So far from the middle, voice begins to stutter. */
const UNSTEADY_MS = 120;
/** Voice takes some 50 each way with all that is packed around it; a picture several hundred. In kilobits a second. */
const VOICE_KBIT = 64;
const EASY_KBIT = 120;
const PICTURE_KBIT = 700;

/** The middle trip, and how far the nine slowest tenths of the others lie from it. @param {number[]} trips */
export function summary(trips) {
  const sorted = [...trips].sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return {
    middle_ms: at(0.5),
    least_ms: sorted[0],
    most_ms: sorted[sorted.length - 1],
    spread_ms: at(0.9) - at(0.5),
  };
}

/** @param {Carried | null} carried */
export function kbit(carried) {
  return carried ? (carried.bytes * 8) / carried.ms : 0;
}

/** The one sentence that stands first. @param {Measured} found */
export function verdict(found) {
  if (!found.reached) {
    return t(
      "No connection at the moment. Your visit would go on by itself on this screen and find its way back.",
    );
  }
  if (!found.line) {
    return t(
      "This page reaches Ebb, but a line that stays open does not get through, and a visit needs one. A filter, a company's network or an extension of the browser may stop it. Mobile data is often a way round.",
    );
  }
  const { middle_ms, spread_ms } = summary(found.trips);
  const least_kbit = Math.min(kbit(found.down), kbit(found.up));
  if (middle_ms > SLOW_MS) {
    return t(
      "Your connection is very slow. A visit works, with pauses. Nearer to the router it may be better.",
    );
  }
  if (!found.down || !found.up) {
    return t("Your connection is good enough for a visit. Whether it carries voice could not be measured.");
  }
  if (least_kbit < VOICE_KBIT) {
    return t("Your connection is good enough for a visit. For voice it is narrow: it may break up.");
  }
  if (middle_ms > QUICK_MS) return t("Your connection is slow, and good enough for a visit and for voice.");
  if (spread_ms > UNSTEADY_MS)
    return t("Your connection is good for a visit. For voice it is a little unsteady.");
  return t("Your connection is good for a visit and for voice.");
}

/** What was found, a sentence for each part. @param {Measured} found @returns {string[]} */
export function findings(found) {
  if (!found.reached) return [];
  return [found.line ? tripWords(found) : "", carryWords(found), relayWords(found)].filter(Boolean);
}

/** @param {Measured} found */
function tripWords({ trips, asked }) {
  const { middle_ms, spread_ms } = summary(trips);
  if (trips.length < asked) {
    return t(
      "The line to Ebb opened and broke off again. In a visit it comes back by itself, and the breath goes on.",
    );
  }
  if (spread_ms > UNSTEADY_MS) {
    return t(
      "The way to Ebb and back is unsteady. The breath stays even all the same: each device keeps its own time.",
    );
  }
  if (middle_ms > SLOW_MS) return t("The way to Ebb and back is very slow. What is pressed arrives late.");
  if (middle_ms > QUICK_MS)
    return t("The way to Ebb and back is slow. In talking, leave each other a little time.");
  return t("The way to Ebb and back is quick and steady.");
}

/** @param {Measured} found */
function carryWords({ down, up }) {
  if (!down || !up) return t("How much it carries could not be measured.");
  const least = Math.min(kbit(down), kbit(up));
  if (least < VOICE_KBIT)
    return t("It carries little at the moment: enough for the breath and the words, hardly for voice.");
  if (least < EASY_KBIT) return t("It carries voice, just about.");
  if (least < PICTURE_KBIT) return t("It carries voice. A picture may stand still at times.");
  return t("It carries voice, and a picture if you want one.");
}

/** @param {Measured} found */
function relayWords({ relay, relayOnly }) {
  switch (relay) {
    case "none":
      return t(
        "Your clinic has no relay for voice, so voice needs a straight way between the two devices. Most networks at home have one.",
      );
    case "reached":
      return t("The relay that carries voice where there is no straight way can be reached.");
    case "missed":
      return relayOnly
        ? t(
            "The relay that carries voice cannot be reached from here, and your clinic uses no other way. The visit goes on without voice.",
          )
        : t(
            "The relay for voice cannot be reached from here. Voice may find a straight way; if not, the visit goes on without it.",
          );
    default:
      return t("Whether voice finds its way could not be tried in this browser.");
  }
}

/** The numbers, as pairs of a name and a value. @param {Measured} found @returns {[string, string][]} */
export function numbers(found) {
  /** @type {[string, string][]} */
  const rows = [];
  if (found.trips.length) {
    const { middle_ms, least_ms, most_ms } = summary(found.trips);
    rows.push([
      found.line ? t("There and back, on an open line") : t("There and back, by requests"),
      t("{middle} ms in the middle, {least} to {most} ms", {
        middle: number(middle_ms),
        least: number(least_ms),
        most: number(most_ms),
      }),
    ]);
    if (found.line) {
      rows.push([t("Came back"), t("{n} of {all}", { n: found.trips.length, all: found.asked })]);
    }
  }
  for (const [name, carried] of /** @type {const} */ ([
    [t("Down"), found.down],
    [t("Up"), found.up],
  ])) {
    if (carried) rows.push([name, carriedNumbers(carried)]);
  }
  if (found.relay_ms !== null) rows.push([t("Relay"), t("after {ms} ms", { ms: number(found.relay_ms) })]);
  return rows;
}

/** @param {Carried} carried */
function carriedNumbers(carried) {
  return t("{bytes} bytes in {seconds} s: {kbit} kbit a second or more", {
    bytes: number(carried.bytes),
    seconds: number(carried.ms / 1_000, 2),
    kbit: number(kbit(carried)),
  });
}

/** @param {number} value @param {number} [digits] */
function number(value, digits = 0) {
  return value.toLocaleString(LOCALE, { maximumFractionDigits: digits });
}
