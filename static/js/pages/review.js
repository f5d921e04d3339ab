// @ts-check
/**
 * Reading a session by keyboard: one moment after the other, on the drawing and in the list at once.
 *
 * Without this script the page is whole: the list says everything, and the links lead into it.
 */

import { find, mark, part, show, write } from "../components/dom.js";

/** Steps by key. The clock runs from left to right in every language, so the arrows do too. */
const MOVES = new Map([
  ["ArrowLeft", -1],
  ["ArrowUp", -1],
  ["ArrowRight", 1],
  ["ArrowDown", 1],
  ["Home", -Infinity],
  ["End", Infinity],
]);

/** Those that belong to scrolling up and down while the drawing has the focus. */
const OF_THE_LIST = new Set(["ArrowUp", "ArrowDown"]);

/** @typedef {{element: HTMLElement, x: number}} Moment */

export class Review {
  #lanes;
  #drawing;
  #head;
  #now;
  /** @type {{element: Element, from: number, until: number}[]} */
  #steps;
  /** @type {Moment[]} */
  #moments;
  #chosen = -1;

  /** @param {ParentNode} root */
  constructor(root) {
    const review = part(root, "[data-review]");
    const list = part(root, "[data-moments]");
    this.#lanes = part(review, "[data-lanes]");
    this.#drawing = find(this.#lanes, "svg", SVGSVGElement);
    this.#head = find(this.#drawing, "[data-head]", SVGGElement);
    this.#now = {
      element: part(review, "[data-now]"),
      time: part(review, "[data-now-time]"),
      words: part(review, "[data-now-words]"),
      more: part(review, "[data-now-more]"),
    };
    this.#steps = [...this.#drawing.querySelectorAll("[data-step]")].map((element) => ({
      element,
      from: Number(element.getAttribute("data-x")),
      until: Number(element.getAttribute("data-end")),
    }));
    this.#moments = [...list.querySelectorAll("[data-moment]")]
      .filter((element) => element instanceof HTMLElement)
      .map((element) => ({ element, x: Number(element.dataset.x) }));

    for (const { element } of this.#moments) element.tabIndex = -1;
    show(part(review, "[data-keys-words]"), true);
    show(this.#now.element, true);
    this.#choose(this.#named(location.hash) ?? this.#opening(), { read: false });

    list.addEventListener("keydown", (event) => this.#key(event, true));
    list.addEventListener("focusin", (event) => this.#entered(event));
    list.addEventListener("click", (event) => this.#entered(event));
    this.#lanes.addEventListener("keydown", (event) => this.#key(event, false));
    this.#drawing.addEventListener("click", (event) => this.#choose(this.#nearest(event), { read: true }));
    review.addEventListener("click", (event) => this.#jump(event));
  }

  /** The moment that a link names. @param {string} hash */
  #named(hash) {
    const index = this.#moments.findIndex(({ element }) => hash === `#${element.id}`);
    return index < 0 ? null : index;
  }

  /** The first moment on the clock: what was before it was only getting ready. */
  #opening() {
    const first = this.#moments.findIndex(({ x }, index) => x < (this.#moments[index + 1]?.x ?? Infinity));
    return Math.max(first, 0);
  }

  /** @param {KeyboardEvent} event @param {boolean} inList */
  #key(event, inList) {
    const by = MOVES.get(event.key);
    if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!inList && OF_THE_LIST.has(event.key)) return;
    event.preventDefault();
    const last = this.#moments.length - 1;
    this.#choose(Math.min(Math.max(this.#chosen + by, 0), last), { read: !inList });
    if (inList) this.#moments[this.#chosen]?.element.focus();
  }

  /** @param {Event} event */
  #entered(event) {
    const index = this.#moments.findIndex(
      ({ element }) => event.target instanceof Node && element.contains(event.target),
    );
    if (index >= 0) this.#choose(index, { read: false });
  }

  /** A link into the list also moves the line; the browser does the scrolling. @param {Event} event */
  #jump(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const index = link === null ? null : this.#named(link.hash);
    if (index !== null) this.#choose(index, { read: false });
  }

  /** @param {MouseEvent} event */
  #nearest(event) {
    const box = this.#drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.#drawing.viewBox.baseVal.width;
    const away = this.#moments.map((moment) => Math.abs(moment.x - x));
    return away.indexOf(Math.min(...away));
  }

  /**
   * @param {number} index
   * @param {{read: boolean}} options `read` says it aloud: in the list the focus does that already
   */
  #choose(index, { read }) {
    const moment = this.#moments[index];
    if (moment === undefined) return;
    const before = this.#moments[this.#chosen];
    if (before !== undefined) {
      mark(before.element, "aria-current", null);
      before.element.tabIndex = -1;
    }
    this.#chosen = index;
    mark(moment.element, "aria-current", "true");
    moment.element.tabIndex = 0;
    this.#draw(moment);
    mark(this.#now.element, "aria-live", read ? "polite" : "off");
    write(this.#now.time, moment.element.querySelector("time")?.textContent ?? "");
    write(this.#now.words, moment.element.querySelector("span")?.textContent ?? "");
    write(this.#now.more, moment.element.querySelector("small")?.textContent ?? "");
  }

  /** @param {Moment} moment */
  #draw({ x }) {
    mark(this.#head, "hidden", null);
    mark(this.#head, "transform", `translate(${x} 0)`);
    for (const step of this.#steps) {
      step.element.classList.toggle("ebb-timeline__now", step.from <= x && x < step.until);
    }
    const at = (x / this.#drawing.viewBox.baseVal.width) * this.#drawing.clientWidth;
    const { scrollLeft, clientWidth } = this.#lanes;
    if (at < scrollLeft || at > scrollLeft + clientWidth) this.#lanes.scrollLeft = at - clientWidth / 2;
  }
}

new Review(document);
