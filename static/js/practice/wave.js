// @ts-check
/** The breath of an exercise as a line of water, drawn to its own measure: how long in, how long out. */

import { periodMs, tideAt } from "../pacer/pattern.js";

/** @typedef {import("../live/messages.js").Breath} Breath */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 350;
const HEIGHT = 44;
const BASE = 41;
/** So much of the line is one second. */
const PER_MS = WIDTH / 30_000;
const EVERY_MS = 250;
const HEIGHTS = [38, 27, 17, 8];

/** @param {Breath} breath @param {number} high */
function path(breath, high) {
  const whole = { ...breath, anchor_ms: 0, revision: 0 };
  const period = periodMs(whole);
  const points = [];
  for (let at = 0; at <= WIDTH / PER_MS; at += EVERY_MS) {
    const x = (at * PER_MS).toFixed(1);
    points.push(`${x} ${(BASE - high * level(breath, at % period)).toFixed(1)}`);
  }
  return `M${points.join("L")}`;
}

/** @param {Breath} breath @param {number} at_ms */
function level({ in_ms, hold_in_ms, out_ms }, at_ms) {
  if (at_ms < in_ms) return tideAt({ name: "in", u: at_ms / in_ms });
  if (at_ms < in_ms + hold_in_ms) return 1;
  const out = at_ms - in_ms - hold_in_ms;
  return out < out_ms ? tideAt({ name: "out", u: out / out_ms }) : 0;
}

/** @param {Breath} breath @param {string} words what it shows */
export function wave(breath, words) {
  const drawing = document.createElementNS(SVG, "svg");
  const attributes = {
    class: "ebb-plan__breath",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": words,
  };
  for (const [name, value] of Object.entries(attributes)) drawing.setAttribute(name, value);
  for (const high of HEIGHTS) {
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", path(breath, high));
    drawing.append(line);
  }
  return drawing;
}
