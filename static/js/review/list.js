// @ts-check
/** The list of everything that happened: one stop for the Tab key, its arrows move from line to line. */

import { mark } from "../components/dom.js";

/** @typedef {{element: HTMLElement, at: number, seq: number}} Moment `at` in server milliseconds */

/** Steps by key. The clock runs from left to right in every language, so the arrows do too. */
export const MOVES = new Map([
  ["ArrowLeft", -1],
  ["ArrowUp", -1],
  ["ArrowRight", 1],
  ["ArrowDown", 1],
  ["Home", -Infinity],
  ["End", Infinity],
]);

export class Moments {
  /** @type {Moment[]} */
  all = [];
  #place;
  #zero;
  #chosen = -1;

  /** @param {HTMLElement} place @param {number} zero_ms @param {(index: number) => void} choose */
  constructor(place, zero_ms, choose) {
    this.#place = place;
    this.#zero = zero_ms;
    this.read();
    place.addEventListener("keydown", (event) => {
      const by = MOVES.get(event.key);
      if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      if (!(event.target instanceof Element) || !event.target.closest("[data-moment]")) return;
      event.preventDefault();
      choose(this.beside(by));
      this.current?.element.focus();
    });
    for (const kind of ["focusin", "click"])
      place.addEventListener(kind, (event) => {
        const index = this.all.findIndex(
          ({ element }) => event.target instanceof Node && element.contains(event.target),
        );
        if (index < 0) return;
        // The time is a link for whoever has no script; here the line itself is what is chosen.
        if (event.target instanceof Element && event.target.closest("[data-moment] a"))
          event.preventDefault();
        choose(index);
      });
  }

  /** What stands in the list now. */
  read() {
    this.all = [...this.#place.querySelectorAll("[data-moment]")]
      .filter((element) => element instanceof HTMLElement)
      .map((element) => ({
        element,
        at: this.#zero + Number(element.dataset.at),
        seq: Number(element.id.slice(2)),
      }));
    for (const { element } of this.all) {
      element.tabIndex = -1;
      element.removeAttribute("aria-current");
      const link = element.querySelector("a");
      if (link) link.tabIndex = -1;
    }
    this.#chosen = -1;
  }

  get index() {
    return this.#chosen;
  }

  /** @returns {Moment | undefined} */
  get current() {
    return this.all[this.#chosen];
  }

  /** The line so many before or behind the chosen one. @param {number} by */
  beside(by) {
    return Math.min(Math.max(this.#chosen + by, 0), this.all.length - 1);
  }

  /** The last line up to a time; the first where all come later. @param {number} at_ms */
  reached(at_ms) {
    let [low, high] = [0, this.all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle].at <= at_ms) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, 0);
  }

  /** The line nearest to a time, where one is within reach. @param {number} at_ms @param {number} within_ms */
  near(at_ms, within_ms) {
    const before = this.reached(at_ms);
    const found = [before, before + 1]
      .filter((index) => index < this.all.length && Math.abs(this.all[index].at - at_ms) <= within_ms)
      .sort((a, b) => Math.abs(this.all[a].at - at_ms) - Math.abs(this.all[b].at - at_ms));
    return found[0] ?? null;
  }

  /** The line that a link names. @param {string} hash */
  named(hash) {
    const index = this.all.findIndex(({ element }) => hash === `#${element.id}`);
    return index < 0 ? null : index;
  }

  /** @param {number} index */
  mark(index) {
    if (index === this.#chosen) return;
    const before = this.current;
    if (before) {
      mark(before.element, "aria-current", null);
      before.element.tabIndex = -1;
    }
    this.#chosen = index;
    const now = this.current;
    if (!now) return;
    mark(now.element, "aria-current", "true");
    now.element.tabIndex = 0;
  }
}
