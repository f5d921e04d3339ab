// @ts-check
/** One's own microphone as a shape: three strokes of water that light up with the voice, or one that is struck out. */

import { mark } from "../components/dom.js";

/** @typedef {'open' | 'muted' | 'waiting'} MarkState */

const SVG = "http://www.w3.org/2000/svg";
/** Where the voice has to reach for each stroke, from 0 to 1 as hearing.js counts it: above the first it is no empty room. */
const STEPS = [0.3, 0.45, 0.62];

/** How many of the three strokes are lit. @param {number} level 0 to 1 */
export function strokes(level) {
  return STEPS.filter((step) => level >= step).length;
}

export class LevelMark {
  root = document.createElementNS(SVG, "svg");

  constructor() {
    const attributes = {
      class: "ebb-call__mark",
      width: "28",
      height: "20",
      viewBox: "0 0 28 20",
      "aria-hidden": "true",
    };
    for (const [name, value] of Object.entries(attributes)) this.root.setAttribute(name, value);
    for (const y of [15, 10, 5]) this.#path("wave", `M2 ${y}c4-4 8-4 12 0s8 4 12 0`);
    this.#path("flat", "M2 10H26");
    this.#path("strike", "M8 17 20 3");
  }

  /** @param {MarkState} state @param {number} level */
  show(state, level) {
    mark(this.root, "data-state", state);
    mark(this.root, "data-level", state === "open" ? String(strokes(level)) : null);
  }

  /** @param {string} part @param {string} d */
  #path(part, d) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", `ebb-call__${part}`);
    path.setAttribute("d", d);
    this.root.append(path);
  }
}
