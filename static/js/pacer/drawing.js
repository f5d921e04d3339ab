// @ts-check
/** Draws the shore's layers for a size, and the small mark that says how well two clocks agree. */

import * as water from "./water.js";

/** @typedef {{element: SVGSVGElement, kind: 'wet' | 'film' | 'body' | 'line' | 'foam', k: number}} Layer */

const SVG = "http://www.w3.org/2000/svg";

/** Each drawing has a gradient of its own name: two shores on one page must not share it. */
let drawn = 0;

/** @param {string} name @param {Record<string, string>} [attributes] @param {Element[]} [children] */
function svg(name, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** @param {string} tag @param {string} name @param {Element[]} [children] */
export function box(tag, name, children = []) {
  const element = document.createElement(tag);
  element.className = name;
  element.append(...children);
  return element;
}

/**
 * Deep water far out, light gathering towards the shore; never so far out as the words reach, however low it is.
 * @param {string} id @param {number} reach in drawing units
 */
function gradient(id, reach) {
  const shades = [
    ["0", "far"],
    [".22", "deep"],
    [".44", "mid"],
    [".68", "middle"],
    ["1", "near"],
  ];
  const stops = shades.map(([offset, name]) => svg("stop", { offset, class: `ebb-shore__${name}` }));
  const span = { gradientUnits: "userSpaceOnUse", x1: "0", y1: String(-reach), x2: "0", y2: "34" };
  return svg("defs", {}, [svg("linearGradient", { id, ...span }, stops)]);
}

/**
 * The layers in the order of painting, each wide enough to drift by one tile.
 * @param {{width: number, height: number}} size in px
 * @returns {{tile: number, layers: Layer[]}} the width of one tile in px, and the layers
 */
export function drawShore({ width, height }) {
  const tile = water.tileWidth(width, height);
  const tiles = Math.ceil(width / tile) + 1;
  const unitsHigh = (height * water.TILE) / tile;
  const viewBox = `0 0 ${water.TILE * tiles} 100`;
  drawn += 1;
  const light = `ebb-light-${drawn}`;

  /** @param {Layer['kind']} kind @param {number} k @param {Element[]} children @returns {Layer} */
  const layer = (kind, k, children) => {
    const root = svg("svg", { class: `ebb-shore__layer ebb-shore__${kind}`, viewBox }, children);
    const element = /** @type {SVGSVGElement} */ (root);
    element.style.width = `${tile * tiles}px`;
    element.style.setProperty("--k", String(k));
    return { element, kind, k };
  };

  const edge = water.bodyPath(0, tiles, unitsHigh * 0.6);
  const body = water.bodyPath(1, tiles, unitsHigh * 0.6);
  const layers = [
    layer("wet", 0, [
      svg("path", { d: edge }),
      svg("path", { class: "ebb-shore__mark", d: water.linePath(0, tiles) }),
    ]),
    layer("film", 0, [svg("path", { d: edge })]),
    layer("body", 1, [
      gradient(light, Math.min(150, Math.max(40, unitsHigh * 0.36))),
      svg("path", { d: body, fill: `url(#${light})` }),
    ]),
  ];
  for (let k = 1; k <= water.OUTERMOST; k += 1) {
    layers.push(layer("line", k, [svg("path", { d: water.linePath(k, tiles) })]));
  }
  const thread = svg("path", { class: "ebb-shore__thread", d: water.threadPath(tiles) });
  layers.push(layer("foam", 0, [svg("path", { d: water.foamPath(tiles) }), thread]));
  return { tile, layers };
}

/** In step: two nested strokes. Stale: half a wave apart. Lost: one. */
const STROKES = {
  "in-sync": "M1 3.5c3 3 6 3 9 0s6-3 9 0M1 8.5c3 3 6 3 9 0s6-3 9 0",
  stale: "M1 3.5c3 3 6 3 9 0s6-3 9 0M1 8.5c3-3 6-3 9 0s6 3 9 0",
  lost: "M1 6c3 3 6 3 9 0s6-3 9 0",
};

/**
 * The mark that stands beside the words about the clock.
 * @param {'in-sync' | 'stale' | 'lost'} state
 */
export function syncMark(state) {
  const size = { width: "20", height: "12", viewBox: "0 0 20 12" };
  return svg("svg", { class: "ebb-sync__mark", ...size, "aria-hidden": "true" }, [
    svg("path", { d: STROKES[state] }),
  ]);
}
