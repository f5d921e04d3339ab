// @ts-check
/** How each part of the shore moves in one breath: keyframes, worked out from the pattern alone. */

import { periodMs } from "./pattern.js";
import * as water from "./water.js";

/** @typedef {import("./pattern.js").Pattern} Pattern */
/** @typedef {import("./shore.js").Style} Style */
/** @typedef {import("./shore.js").Words} Words */
/** @typedef {import("./water.js").Stop} Stop */
/**
 * `lag_ms` is how far it follows behind the edge.
 * @typedef {{element: Element, keyframes: Keyframe[], lag_ms: number}} Move
 */
/**
 * `height` is that of the shore, in px.
 * @typedef {{layers: import("./drawing.js").Layer[], height: number, cue: Element, bar: Element,
 *   spans: Record<'in' | 'holdIn' | 'out' | 'holdOut', Element>}} Parts
 */

/** Not the property `translate`: on an SVG element Chromium moves that by the main thread, frame by frame. @param {number} px */
export const down = (px) => `translateY(${px.toFixed(2)}px)`;

/** @param {Stop[]} stops @returns {Keyframe[]} */
const fade = (stops) => stops.map(({ offset, value }) => ({ offset, opacity: value }));

/**
 * Of everything but the words; in the style `words` there is nothing else.
 *
 * @param {Style} style @param {Pattern} pattern @param {Parts} parts @returns {Move[]}
 */
export function breathMoves(style, pattern, parts) {
  if (style === "water") return inWater(pattern, parts);
  if (style === "light") {
    return parts.layers
      .filter(({ kind }) => kind === "line")
      .map(({ element, k }) => ({ element, keyframes: fade(water.lightStops(k, pattern)), lag_ms: 0 }));
  }
  return style === "bar" ? [inBar(pattern, parts.bar)] : [];
}

/**
 * The first is always that of the in-breath, which has no lag.
 *
 * @param {Pattern} pattern @param {Words} words @param {Parts} parts @returns {[Move, ...Move[]]}
 */
export function wordMoves(pattern, words, { spans }) {
  const { in_ms, hold_in_ms, out_ms } = pattern;
  const period = periodMs(pattern);
  const [high, low] = [in_ms + hold_in_ms, in_ms + hold_in_ms + out_ms];
  const [holdsIn, holdsOut] = [hold_in_ms > 0 && !!words.holdIn, low < period && !!words.holdOut];
  /** @param {Element} element @param {number} from @param {number} until @returns {Move} */
  const word = (element, from, until) => ({
    element,
    keyframes: fade(water.wordStops(from, until, period)),
    lag_ms: 0,
  });
  return [
    word(spans.in, 0, holdsIn ? in_ms : high),
    word(spans.out, high, holdsOut ? low : period),
    ...(holdsIn ? [word(spans.holdIn, in_ms, high)] : []),
    ...(holdsOut ? [word(spans.holdOut, low, period)] : []),
  ];
}

/** @param {Pattern} pattern @param {Parts} parts @returns {Move[]} */
function inWater(pattern, { layers, height, cue }) {
  const marks = water.tideMarks(pattern);
  /** @param {(tide: number) => number} share of the height */
  const sail = (share) =>
    marks.map(({ offset, tide, easing }) => ({ offset, easing, transform: down(share(tide) * height) }));
  const moves = layers.map(({ element, kind, k }) =>
    kind === "wet"
      ? { element, keyframes: fade(water.wetStops(pattern)), lag_ms: 0 }
      : { element, keyframes: sail((tide) => water.heightAt(k, tide)), lag_ms: k * water.LAG_MS },
  );
  return [...moves, { element: cue, keyframes: sail((tide) => 0.04 + 0.1 * tide), lag_ms: 0 }];
}

/** @param {Pattern} pattern @param {Element} bar @returns {Move} */
function inBar(pattern, bar) {
  const away = getComputedStyle(bar).direction === "rtl" ? 100 : -100;
  const keyframes = water.tideMarks(pattern).map(({ offset, tide, easing }) => ({
    offset,
    easing,
    translate: `${((1 - tide) * away).toFixed(2)}% 0`,
  }));
  return { element: /** @type {Element} */ (bar.firstElementChild), keyframes, lag_ms: 0 };
}
