// @ts-check
/** The turn of the breath in the hand: one short touch for in, two for out. Never the only cue; iOS has none. */

/** @typedef {import("../pacer/pattern.js").Phase} Phase */

const STORE = "ebb.touch";
/** @type {Partial<Record<Phase["name"], number[]>>} */
const TOUCHES = { in: [60], out: [35, 90, 35] };

export class Vibration {
  #navigator;
  #store;
  #on = false;

  /** @param {{navigator?: Pick<Navigator, "vibrate"> & Partial<Pick<Navigator, "userActivation">>, store?: Storage | null}} [options] */
  constructor({ navigator = globalThis.navigator, store = globalThis.localStorage ?? null } = {}) {
    this.#navigator = navigator;
    this.#store = store;
    try {
      this.#on = this.possible && store?.getItem(STORE) === "on";
    } catch {
      this.#on = false;
    }
  }

  /** Whether the browser knows how; a desktop that knows how but cannot is felt, not seen. */
  get possible() {
    return typeof this.#navigator?.vibrate === "function";
  }

  get on() {
    return this.#on;
  }

  /** @param {boolean} on */
  set(on) {
    this.#on = on && this.possible;
    if (this.#on) this.#touch(TOUCHES.in ?? 0);
    else this.still();
    try {
      this.#store?.setItem(STORE, this.#on ? "on" : "off");
    } catch {
      // Private windows may refuse to remember.
    }
  }

  /** @param {Pick<Phase, "name">} phase */
  phase({ name }) {
    const touch = TOUCHES[name];
    if (this.#on && touch) this.#touch(touch);
  }

  still() {
    this.#touch(0);
  }

  /** @param {number | number[]} pattern */
  #touch(pattern) {
    // Before its first press a page may not vibrate, and asking is an error in the console; then nothing is moving either.
    if (this.possible && this.#navigator.userActivation?.hasBeenActive !== false)
      this.#navigator.vibrate(pattern);
  }
}
