// @ts-check
/** The drawing of the lanes: where its clock stands, and what a pointer asks of it. Zooming puts another one in its place. */

import { find, mark } from "../components/dom.js";

/** @typedef {import("./player.js").Stretch} Stretch */
/**
 * @typedef {{scrub: (at_ms: number) => void, press: (at_ms: number, near_ms: number) => void,
 *   choose: (stretch: Stretch) => void}} Wishes `scrub` while a pointer moves, `press` where it was only put down
 */

const LEFT = 112;
const RIGHT = 868;
/** What is pressed within so much of an event means the event. */
const NEAR = 7;
/** Above this line stands the clock: there a drag marks a stretch to look at more closely. */
const CLOCK = 20;
const DRAG = 5;

export class Lanes {
  /** @type {Stretch} */
  stretch = { from: 0, until: 0 };
  #frame;
  #wishes;
  /** @type {SVGSVGElement} */
  #drawing;
  /** @type {SVGGElement} */
  #head;
  /** @type {{element: Element, from: number, until: number}[]} */
  #steps = [];
  /** @type {{x: number, y: number, moved: boolean} | null} */
  #down = null;

  /** @param {HTMLElement} frame @param {Wishes} wishes */
  constructor(frame, wishes) {
    this.#frame = frame;
    this.#wishes = wishes;
    this.#drawing = find(frame, "svg", SVGSVGElement);
    this.#head = find(this.#drawing, "[data-head]", SVGGElement);
    this.read();
    frame.addEventListener("pointerdown", (event) => this.#put(event));
    frame.addEventListener("pointermove", (event) => this.#move(event));
    frame.addEventListener("pointerup", (event) => this.#lift(event));
    frame.addEventListener("pointercancel", () => this.#let());
  }

  /** What stands in the frame now. */
  read() {
    this.#drawing = find(this.#frame, "svg", SVGSVGElement);
    this.#head = find(this.#drawing, "[data-head]", SVGGElement);
    this.stretch = {
      from: Number(this.#drawing.dataset.from),
      until: Number(this.#drawing.dataset.until),
    };
    this.#steps = [...this.#drawing.querySelectorAll("[data-step]")].map((element) => ({
      element,
      from: Number(element.getAttribute("data-from")),
      until: Number(element.getAttribute("data-until")),
    }));
  }

  /** Puts the line where this time is, and brings it in sight. @param {number} at_ms @param {{follow: boolean}} options */
  show(at_ms, { follow }) {
    const { from, until } = this.stretch;
    const x = this.#x(at_ms);
    const here = at_ms >= from - 1_000 && at_ms <= until + 1_000;
    mark(this.#head, "hidden", here ? null : "");
    mark(this.#head, "transform", `translate(${x.toFixed(1)} 0)`);
    for (const step of this.#steps) {
      step.element.classList.toggle("ebb-timeline__now", step.from <= at_ms && at_ms < step.until);
    }
    if (!follow) return;
    const at = (x / this.#width) * this.#drawing.clientWidth;
    const { scrollLeft, clientWidth } = this.#frame;
    if (at < scrollLeft || at > scrollLeft + clientWidth) this.#frame.scrollLeft = at - clientWidth / 2;
  }

  get #width() {
    return this.#drawing.viewBox.baseVal.width;
  }

  /** @param {number} at_ms */
  #x(at_ms) {
    const { from, until } = this.stretch;
    const share = (at_ms - from) / Math.max(until - from, 1);
    return LEFT + Math.min(Math.max(share, 0), 1) * (RIGHT - LEFT);
  }

  /** @param {PointerEvent} event in units of the drawing */
  #place(event) {
    const box = this.#drawing.getBoundingClientRect();
    const scale = this.#width / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  }

  /** @param {number} x */
  #time(x) {
    const { from, until } = this.stretch;
    const share = Math.min(Math.max((x - LEFT) / (RIGHT - LEFT), 0), 1);
    return from + share * (until - from);
  }

  /** @param {PointerEvent} event */
  #put(event) {
    if (event.button !== 0 || !this.#drawing.contains(/** @type {Node} */ (event.target))) return;
    this.#down = { ...this.#place(event), moved: false };
    // A finger that moves scrolls the frame; what a mouse or a pen drags is time.
    if (event.pointerType !== "touch") this.#frame.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const down = this.#down;
    if (!down || event.pointerType === "touch") return;
    const { x } = this.#place(event);
    if (!down.moved && Math.abs(x - down.x) < DRAG) return;
    down.moved = true;
    if (down.y < CLOCK) this.#range(down.x, x);
    else this.#wishes.scrub(this.#time(x));
  }

  /** @param {PointerEvent} event */
  #lift(event) {
    const down = this.#down;
    this.#let();
    if (!down) return;
    const { x } = this.#place(event);
    if (down.moved && down.y < CLOCK) {
      const [from, until] = [this.#time(Math.min(down.x, x)), this.#time(Math.max(down.x, x))];
      this.#wishes.choose({ from, until });
    } else if (!down.moved && x >= LEFT - NEAR) {
      const near = (NEAR / (RIGHT - LEFT)) * (this.stretch.until - this.stretch.from);
      this.#wishes.press(this.#time(x), near);
    }
  }

  #let() {
    this.#down = null;
    this.#range(0, 0);
  }

  /** @param {number} a @param {number} b */
  #range(a, b) {
    const [from, until] = [Math.max(Math.min(a, b), LEFT), Math.min(Math.max(a, b), RIGHT)];
    const range = find(this.#drawing, "[data-range]", SVGRectElement);
    mark(range, "hidden", until > from ? null : "");
    mark(range, "x", from.toFixed(1));
    mark(range, "width", Math.max(until - from, 0).toFixed(1));
  }
}
