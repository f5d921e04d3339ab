// @ts-check
/** How it has felt so far, as one line: up is settled, down is uneasy or dizzy and hatched, dotted is nothing said. */

import { t } from "../components/language.js";
import { hour } from "./words.js";

/** @typedef {import("./messages.js").Comfort} Comfort */
/** @typedef {{at: number, level: Comfort | null}} Mark */

const WIDTH = 300;
const HEIGHTS = { settled: 8, unknown: 16, uneasy: 28, dizzy: 28 };
const BEND = 5;
const FEELINGS = { settled: t("settled"), uneasy: t("uneasy"), dizzy: t("dizzy") };

/** @param {Comfort | null} level */
const felt = (level) => (level === null ? "" : FEELINGS[level]);

/** @param {Comfort | null} level */
const heightOf = (level) => HEIGHTS[level ?? "unknown"];

/** @param {Mark[]} marks @param {number} now_ms */
function spells(marks, now_ms) {
  return marks.map(({ at, level }, i) => ({ at, level, until: marks[i + 1]?.at ?? now_ms }));
}

/**
 * @param {Mark[]} marks oldest first
 * @param {number} now_ms
 * @returns {{line: string, unsaid: string, uneasy: string, words: string}} path data of a box 300 by 34, and the same
 * in words; `unsaid` is drawn apart from the line, since silence is not "settled"
 */
export function comfortLine(marks, now_ms) {
  const all = spells(marks, now_ms);
  const begin = all[0]?.at ?? now_ms;
  const scale = WIDTH / Math.max(1, now_ms - begin);
  const x = (/** @type {number} */ at) => Math.round((at - begin) * scale * 10) / 10;
  let line = "";
  let unsaid = "";
  let uneasy = "";
  all.forEach(({ at, level, until }, i) => {
    const y = heightOf(level);
    if (level === null) {
      unsaid += `M${x(at)} ${y}H${x(until)}`;
      return;
    }
    const before = all[i - 1]?.level ?? null;
    if (before === null) line += `M${x(at)} ${y}`;
    else line += `C${x(at)} ${heightOf(before)} ${x(at)} ${y} ${x(at) + BEND} ${y}`;
    // The bend into the next level begins a little before it.
    line += `H${Math.max(x(at), x(until) - (all[i + 1]?.level ? BEND : 0))}`;
    if (level === "uneasy" || level === "dizzy")
      uneasy += `M${x(at)} ${HEIGHTS.settled}V${y}H${x(until)}V${HEIGHTS.settled}Z`;
  });
  const told = all.filter(({ level }) => level !== null);
  const words = told.map(({ at, level, until }, i) =>
    i === told.length - 1
      ? t("{feeling} since {time}", { feeling: felt(level), time: hour(at) })
      : t("{feeling} from {from} to {until}", { feeling: felt(level), from: hour(at), until: hour(until) }),
  );
  return { line, unsaid, uneasy, words: words.join(", ") || t("Nothing said yet") };
}
