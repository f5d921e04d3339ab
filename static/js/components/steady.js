// @ts-check
/**
 * Nothing moves under a finger. A browser makes a click of a press only where it is let go of on what it began on: what
 * is drawn in between takes the click away, or gives it to whatever has come to lie there.
 */

/** After a touch its click comes as an event of its own. */
const CLICK_WITHIN_MS = 100;
/** A press whose end nobody is told, such as one on a scroll bar, holds nothing back for longer. */
const LONGEST_MS = 5_000;

export class Steady {
  #timer = 0;
  /** @type {(() => void) | null} */
  #waiting = null;

  constructor() {
    addEventListener("pointerdown", () => this.#until(LONGEST_MS), { capture: true });
    for (const end of ["pointerup", "pointercancel"])
      addEventListener(end, () => this.#timer && this.#until(CLICK_WITHIN_MS), { capture: true });
  }

  /** Draws at once, or when the press is over. Of several that wait the last one is drawn. @param {() => void} draw */
  show(draw) {
    if (this.#timer) this.#waiting = draw;
    else draw();
  }

  /** @param {number} ms */
  #until(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      const draw = this.#waiting;
      this.#waiting = null;
      draw?.();
    }, ms);
  }
}
