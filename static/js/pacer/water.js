// @ts-check
/**
 * The water's form and its movement as plain numbers: eleven lines, foam, and the curve of one breath.
 *
 * Nothing here touches the page, so all of it is tested in node. Units: x and y are parts of a tile that is
 * TILE wide; heights are percent of the shore; time is milliseconds; the tide runs from 0 (low) to 1 (high).
 */

import { periodMs, tideAt } from "./pattern.js";

/** Width of one tile in drawing units; the form repeats after it. */
export const TILE = 800;

/** The furthest line out. Line 0 is the edge, which has no lag: it is the truth, the rest follows. */
export const OUTERMOST = 10;

/** How long each line waits for the one before it. */
export const LAG_MS = 20;

/** @typedef {import("./pattern.js").Pattern} Pattern */
/** @typedef {(x: number) => number} Curve */
/** @typedef {{offset: number, tide: number, easing: string}} Mark */
/** @typedef {{offset: number, value: number}} Stop */

const TURN = 2 * Math.PI;

/**
 * Uneven lobes with rounded seaward cusps. `s` is 0 at the edge and 1 furthest out, where the form is softest.
 * @param {number} x @param {number} s
 */
function warped(x, s) {
  return x + (46 + 30 * s) * Math.sin((TURN * x) / TILE + 1.1 + 1.1 * s);
}

/**
 * Height of line `k` at `x`, below the line's own zero.
 * @param {number} k @param {number} x
 */
export function lineAt(k, x) {
  const s = k / OUTERMOST;
  const lobe = Math.hypot(Math.sin((1.5 * TURN * warped(x, s)) / TILE), 0.14 + 0.5 * s);
  const reach = (34 * (1 - s) ** 1.3 + 4) * (1 + 0.28 * Math.sin((TURN * x) / TILE + 0.6 + 1.5 * s));
  return reach * lobe + 5 * s * Math.sin((2 * TURN * x) / TILE + 2.2);
}

/**
 * Thickness of the foam: thick on the lobes, nearly gone at the cusps.
 * @param {number} x
 */
export function foamAt(x) {
  return 1.2 + 6.5 * Math.sin((1.5 * TURN * warped(x, 0)) / TILE) ** 2;
}

/** How many pieces a line needs to look smooth: the edge has the sharpest cusps. @param {number} k */
export const piecesOf = (k) => 48 - 3 * k;

/** @param {number} value */
const short = (value) => String(Math.round(value * 10) / 10);

/**
 * Cubic pieces that go through the curve with its slope, without the opening "move to".
 * @param {Curve} curve @param {number} from @param {number} to may lie before `from`: then it runs backwards
 * @param {number} pieces
 */
export function smooth(curve, from, to, pieces) {
  const step = (to - from) / pieces;
  /** @param {number} x */
  const slope = (x) => curve(x + 0.5) - curve(x - 0.5);
  let path = "";
  for (let i = 0; i < pieces; i += 1) {
    const a = from + i * step;
    const b = a + step;
    const one = `${short(a + step / 3)} ${short(curve(a) + (slope(a) * step) / 3)}`;
    const two = `${short(b - step / 3)} ${short(curve(b) - (slope(b) * step) / 3)}`;
    path += `C${one} ${two} ${short(b)} ${short(curve(b))}`;
  }
  return path;
}

/** Paths that were computed once; they hang on the number of tiles alone, so another size costs nothing. */
const kept = /** @type {Map<string, string>} */ (new Map());

/** @param {string} key @param {() => string} make */
function once(key, make) {
  const path = kept.get(key) ?? make();
  kept.set(key, path);
  return path;
}

/**
 * Line `k` as an open path over so many tiles.
 * @param {number} k @param {number} tiles
 */
export function linePath(k, tiles) {
  return once(`line ${k} ${tiles}`, () => {
    const curve = /** @type {Curve} */ ((x) => lineAt(k, x));
    return `M0 ${short(curve(0))}${smooth(curve, 0, TILE * tiles, piecesOf(k) * tiles)}`;
  });
}

/**
 * Everything seaward of line `k`, up to `reach` units above its zero.
 * @param {number} k @param {number} tiles @param {number} reach
 */
export function bodyPath(k, tiles, reach) {
  const line = linePath(k, tiles);
  return `M0-${short(reach)}L${line.slice(1)}V-${short(reach)}Z`;
}

/**
 * The foam: along the edge, and back a little further out.
 * @param {number} tiles
 */
export function foamPath(tiles) {
  return once(`foam ${tiles}`, () => {
    const back = /** @type {Curve} */ ((x) => lineAt(0, x) - foamAt(x));
    const end = TILE * tiles;
    const pieces = piecesOf(0) * tiles;
    return `${linePath(0, tiles)}L${short(end)} ${short(back(end))}${smooth(back, end, 0, pieces)}Z`;
  });
}

/**
 * The bubbles that trail the foam, as one thin thread behind it.
 * @param {number} tiles
 */
export function threadPath(tiles) {
  return once(`thread ${tiles}`, () => {
    const curve = /** @type {Curve} */ (
      (x) => lineAt(0, x) - 2.1 * foamAt(x) - 1.4 * Math.sin((5 * TURN * x) / TILE)
    );
    return `M0 ${short(curve(0))}${smooth(curve, 0, TILE * tiles, piecesOf(0) * tiles)}`;
  });
}

/**
 * How wide a tile is on screen: by the height of the shore, but never so wide that a narrow shore shows no lobe.
 * @param {number} width_px @param {number} height_px
 */
export function tileWidth(width_px, height_px) {
  return Math.min(900, Math.max(400, Math.min(2.2 * height_px, 2.5 * width_px)));
}

/**
 * Where line `k` lies, as a share of the shore's height.
 * @param {number} k @param {number} tide
 */
export function heightAt(k, tide) {
  return (45 - 1.3 * k + (35 - 3.8 * k) * tide) / 100;
}

/** @type {Curve} */
const rise = (u) => tideAt({ name: "in", u });
/** @type {Curve} */
const ebb = (u) => tideAt({ name: "out", u });

/**
 * One whole breath as few marks for the compositor. Between two marks runs the cubic with the curve's own
 * slopes at both ends, written as the easing: a Bézier whose handles stand at a third and two thirds of the
 * time is exactly that cubic. So 9 pieces a phase come within a thousandth of the true curve, without corners.
 * @param {Pattern} pattern @param {number} [pieces]
 * @returns {Mark[]}
 */
export function tideMarks(pattern, pieces = 9) {
  const period = periodMs(pattern);
  /** @type {Mark[]} */
  const marks = [];
  /** @param {number} from_ms @param {number} length_ms @param {Curve} curve */
  const walk = (from_ms, length_ms, curve) => {
    /** @param {number} u */
    const slope = (u) => (curve(Math.min(1, u + 1e-4)) - curve(Math.max(0, u - 1e-4))) / 2e-4;
    for (let i = 0; i < pieces && length_ms > 0; i += 1) {
      const [a, b] = [i / pieces, (i + 1) / pieces];
      const climb = curve(b) - curve(a);
      const [out, into] = [i === 0 ? 0 : slope(a), i === pieces - 1 ? 0 : slope(b)];
      const first = out / (3 * pieces * climb);
      const second = 1 - into / (3 * pieces * climb);
      marks.push({
        offset: (from_ms + length_ms * a) / period,
        tide: curve(a),
        easing: `cubic-bezier(0.3333, ${first.toFixed(4)}, 0.6667, ${second.toFixed(4)})`,
      });
    }
  };
  const full = pattern.in_ms + pattern.hold_in_ms;
  walk(0, pattern.in_ms, rise);
  if (pattern.hold_in_ms > 0) marks.push({ offset: pattern.in_ms / period, tide: 1, easing: "linear" });
  walk(full, pattern.out_ms, ebb);
  if (pattern.hold_out_ms > 0)
    marks.push({ offset: (full + pattern.out_ms) / period, tide: 0, easing: "linear" });
  marks.push({ offset: 1, tide: 0, easing: "linear" });
  return marks;
}

/**
 * When a word is to be read: fading in as its phase begins, gone just before the next one does.
 * The window may begin before 0, since a breath follows a breath.
 * @param {number} from_ms @param {number} until_ms @param {number} period_ms
 * @returns {Stop[]}
 */
export function wordStops(from_ms, until_ms, period_ms) {
  const corners = [from_ms - 60, from_ms + 260, until_ms - 320, until_ms - 60];
  /** @param {number} ms */
  const seen = (ms) => {
    let best = 0;
    for (const turn of [-period_ms, 0, period_ms]) {
      const rising = (ms + turn - corners[0]) / 320;
      const falling = (corners[3] - ms - turn) / 260;
      best = Math.max(best, Math.min(1, rising, falling));
    }
    return best;
  };
  const times = corners.map((ms) => ((ms % period_ms) + period_ms) % period_ms).filter((ms) => ms > 0);
  const sorted = [0, ...times.sort((a, b) => a - b), period_ms];
  return sorted.map((ms) => ({ offset: ms / period_ms, value: Math.round(seen(ms) * 1000) / 1000 }));
}

/**
 * Light that travels through still water: line `k` brightens as the light passes it on its way.
 * @param {number} k @param {Pattern} pattern
 * @returns {Stop[]}
 */
export function lightStops(k, pattern) {
  const period = periodMs(pattern);
  const [dim, full] = [0.08, 1];
  // tide · 12 − (10 − k), halved, kept between dim and full: a ramp between these two tides.
  const [begins, ends] = [(OUTERMOST - k + 2 * dim) / 12, (OUTERMOST - k + 2 * full) / 12];
  const high = pattern.in_ms + pattern.hold_in_ms;
  const low = high + pattern.out_ms;
  const stops = [
    [0, dim],
    [pattern.in_ms * begins, dim],
    [pattern.in_ms * ends, full],
    [high + pattern.out_ms * (1 - ends), full],
    [high + pattern.out_ms * (1 - begins), dim],
    [low, dim],
    [period, dim],
  ];
  return stops.map(([ms, value]) => ({ offset: Math.min(1, Math.max(0, ms / period)), value }));
}

/**
 * The sand keeps the mark of the last high water, and dries over the out-breath.
 * @param {Pattern} pattern
 * @returns {Stop[]}
 */
export function wetStops(pattern) {
  const period = periodMs(pattern);
  const high = pattern.in_ms / period;
  const low = (period - pattern.hold_out_ms) / period;
  return [
    { offset: 0, value: 0.3 },
    { offset: high * 0.5, value: 0 },
    { offset: high, value: 0 },
    { offset: high, value: 1 },
    { offset: high + (low - high) * 0.45, value: 0.9 },
    { offset: low, value: 0.3 },
    { offset: 1, value: 0.3 },
  ];
}
