// @ts-check
/**
 * The heart as a soft line: it rises with the rate, and says neither how high nor how good. Redrawn once for each
 * packet; in between the compositor moves it. Where nothing is to move, a sentence a breath stands in its place.
 */

import { make, mark, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { follows, sift } from "./swing.js";

/** @typedef {import("./swing.js").Beat} Beat */
/** @typedef {import("./swing.js").Breath} Breath */
/** @typedef {{x: number, y: number}} Point */

/** How much of the past is on screen, and how far behind now it begins: the newest beat comes in from beyond the edge. */
export const SPAN_MS = 45_000;
const BEHIND_MS = 2_200;
/** Without news it moves on for so long, and then rests. */
const MOVES_MS = 8_000;
const HEIGHT = 100;
/** In beats a minute, up and down from the middle: a heart that hardly swings is drawn as calm as it is. */
const LEAST_REACH = 9;
/** How soon the middle and the reach follow what is on screen: slowly, so that the line never jumps. */
const FOLLOWS = 0.12;

const SVG = "http://www.w3.org/2000/svg";

/** Where a rate stands. @typedef {{middle: number, reach: number}} Scale */

/**
 * The scale for these rates, a little nearer to them than the one before.
 * @param {readonly number[]} rates @param {Scale | null} before
 * @returns {Scale | null}
 */
export function scaleFor(rates, before) {
  if (rates.length === 0) return before;
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const wanted = { middle: (low + high) / 2, reach: Math.max(LEAST_REACH, ((high - low) / 2) * 1.2) };
  if (before === null) return wanted;
  return {
    middle: before.middle + (wanted.middle - before.middle) * FOLLOWS,
    reach: before.reach + (wanted.reach - before.reach) * FOLLOWS,
  };
}

/**
 * Beats as pieces of a line, each without a gap. x is in thousandths of the width, y from 0 above to 100 below.
 * @param {readonly Beat[]} beats @param {number} from_ms what lies at the left edge @param {Scale} scale
 * @returns {Point[][]}
 */
export function pieces(beats, from_ms, scale) {
  /** @type {Point[][]} */
  const found = [];
  /** @type {Beat | null} */
  let before = null;
  for (const beat of beats) {
    if (!beat.kept) {
      before = null;
      continue;
    }
    if (before === null || !follows(before, beat)) found.push([]);
    const up = (60_000 / beat.rr - scale.middle) / scale.reach;
    const y = HEIGHT / 2 - Math.max(-1, Math.min(1, up)) * HEIGHT * 0.42;
    found.at(-1)?.push({ x: ((beat.at - from_ms) / SPAN_MS) * 1_000, y });
    before = beat;
  }
  return found.filter((piece) => piece.length > 1);
}

/** Through the middles between the points, so that no beat makes a corner. @param {readonly Point[]} piece */
export function pathOf(piece) {
  const at = (/** @type {Point} */ { x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const middle = (/** @type {Point} */ a, /** @type {Point} */ b) => ({
    x: (a.x + b.x) / 2,
    y: (a.y + b.y) / 2,
  });
  const turns = piece.slice(1, -1).map((point, i) => `Q${at(point)} ${at(middle(point, piece[i + 2]))}`);
  const last = piece[piece.length - 1];
  return `M${at(piece[0])}${turns.join("")}L${at(last)}`;
}

/** A breath in words, for whoever wants no movement or does not see it. @param {Breath | null} breath */
export function breathWords(breath) {
  if (breath === null) return t("In the last breath not all beats came through.");
  const values = { rate: Math.round(breath.rate), swing: Math.round(breath.swing) };
  return t(
    "In the last breath your heart beat about {rate} times a minute, and its pace moved by {swing}.",
    values,
  );
}

/** The same for whoever is shown the line of somebody else. @param {Breath | null} breath */
export function theirBreathWords(breath) {
  if (breath === null) return t("In the last breath not all beats came through.");
  const values = { rate: Math.round(breath.rate), swing: Math.round(breath.swing) };
  return t(
    "In the last breath their heart beat about {rate} times a minute, and its pace moved by {swing}.",
    values,
  );
}

export class HeartLine {
  /** What is put into the page. */
  element;
  #beats = /** @type {Beat[]} */ ([]);
  #path = document.createElementNS(SVG, "path");
  #moving = make("div", { class: "ebb-heart__moving" });
  #words = make("p", { class: "ebb-heart__words" });
  #caption = make("div", { class: "ebb-heart__caption" });
  #now;
  #said;
  /** @type {Scale | null} */
  #scale = null;
  /** @type {Animation | null} */
  #animation = null;

  /**
   * @param {{now: () => number, name: string, words: (breath: Breath | null) => string}} parts `now` is server time,
   *   `name` what it is for a screen reader, `words` a breath in a sentence
   */
  constructor({ now, name, words }) {
    this.#now = now;
    this.#said = words;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 1000 ${HEIGHT}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.append(this.#path);
    this.#moving.append(svg);
    const stage = make("div", { class: "ebb-heart__stage", "aria-hidden": "true" }, [this.#moving]);
    const attributes = {
      class: "ebb-heart",
      role: "group",
      "aria-label": name,
      "data-heart-line": "",
      "data-resting": "",
    };
    this.element = make("div", attributes, [this.#caption, stage, this.#words]);
  }

  /** What stands beside the line: words, and what can be pressed. @param {(Node | string)[]} children */
  caption(...children) {
    this.#caption.replaceChildren(...children);
  }

  /** @param {readonly Beat[]} beats the new ones, in order */
  add(beats) {
    const now = this.#now();
    // Where the clock was set back, what lies ahead of it now is left behind.
    this.#beats = this.#beats.filter(({ at }) => at < now + BEHIND_MS);
    const last = this.#beats.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
    const news = beats.filter(({ at }) => at > last);
    this.#beats = [...this.#beats, ...news].filter(({ at }) => at > now - SPAN_MS - 2 * MOVES_MS);
    const sifted = sift(this.#beats);
    const rates = sifted.filter(({ kept }) => kept).map(({ rr }) => 60_000 / rr);
    this.#scale = scaleFor(rates, this.#scale);
    if (!this.#scale) return;
    const drawn = pieces(sifted, now - BEHIND_MS - SPAN_MS, this.#scale);
    mark(this.#path, "d", drawn.map(pathOf).join("") || "M0 0");
    mark(this.element, "data-resting", null);
    this.#move();
  }

  /** One sentence a breath at most. @param {Breath | null} breath */
  tell(breath) {
    write(this.#words, this.#said(breath));
  }

  /** The pacer rests: the line stays where it is, and fades. */
  rest() {
    if (this.element.hasAttribute("data-resting")) return;
    this.#animation?.pause();
    mark(this.element, "data-resting", "");
  }

  /** As if there had been none. */
  clear() {
    this.#animation?.cancel();
    this.#animation = null;
    this.#beats = [];
    this.#scale = null;
    mark(this.#path, "d", "M0 0");
    write(this.#words, "");
    mark(this.element, "data-resting", "");
  }

  /** @param {boolean} shown */
  show(shown) {
    show(this.element, shown);
  }

  #move() {
    this.#animation?.cancel();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const share = `translateX(${((-MOVES_MS / SPAN_MS) * 100).toFixed(3)}%)`;
    this.#animation = this.#moving.animate([{ transform: "none" }, { transform: share }], {
      duration: MOVES_MS,
      fill: "forwards",
    });
  }
}
