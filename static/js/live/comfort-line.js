// @ts-check
/** How it has felt so far, as one line: up is settled, down is uneasy or dizzy, hatched so that no colour is needed. */

import { hour } from "./words.js";

/** @typedef {import("./messages.js").Comfort} Comfort */
/** @typedef {{at: number, level: Comfort | null}} Mark */

const WIDTH = 300;
const HEIGHTS = { settled: 8, unknown: 16, uneasy: 28, dizzy: 28 };
const BEND = 5;

/** @param {Comfort | null} level */
const heightOf = (level) => HEIGHTS[level ?? "unknown"];

/** @param {Mark[]} marks @param {number} now_ms */
function spells(marks, now_ms) {
  return marks.map(({ at, level }, i) => ({ at, level, until: marks[i + 1]?.at ?? now_ms }));
}

/**
 * @param {Mark[]} marks oldest first
 * @param {number} now_ms
 * @returns {{line: string, uneasy: string, words: string}} two path data of a box 300 by 34, and the same in words
 */
export function comfortLine(marks, now_ms) {
  const all = spells(marks, now_ms);
  const begin = all[0]?.at ?? now_ms;
  const scale = WIDTH / Math.max(1, now_ms - begin);
  const x = (/** @type {number} */ at) => Math.round((at - begin) * scale * 10) / 10;
  let line = `M0 ${heightOf(all[0]?.level ?? null)}`;
  let uneasy = "";
  all.forEach(({ at, level, until }, i) => {
    const y = heightOf(level);
    if (i > 0) {
      const before = heightOf(all[i - 1].level);
      line += `H${Math.max(0, x(at) - BEND)}C${x(at)} ${before} ${x(at)} ${y} ${x(at) + BEND} ${y}`;
    }
    if (level === "uneasy" || level === "dizzy")
      uneasy += `M${x(at)} ${HEIGHTS.settled}V${y}H${x(until)}V${HEIGHTS.settled}Z`;
  });
  line += `H${WIDTH}`;
  const told = all.filter(({ level }) => level !== null);
  const words = told.map(({ at, level, until }, i) =>
    i === told.length - 1 ? `${level} since ${hour(at)}` : `${level} from ${hour(at)} to ${hour(until)}`,
  );
  return { line, uneasy, words: words.join(", ") || "Nothing said yet" };
}
