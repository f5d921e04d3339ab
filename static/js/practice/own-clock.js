// @ts-check
/**
 * The clock of a home practice: this device's own, so it is always in step.
 *
 * It is the wall clock as it stood when the page opened, carried on by the monotonic one, so that nobody who sets the
 * time moves a breath. Where the device slept and the monotonic clock slept with it, it catches up; it never goes back.
 */

/** Clocks that ran side by side differ by less, however the system slews them. */
const APART_MS = 1_000;

export class OwnClock {
  /** Local time minus monotonic time. */
  #offset;
  /** Wall minus monotonic at the last reading. */
  #wallOffset;

  /** @param {number} mono @param {number} wall `Date.now()` at the same instant */
  constructor(mono = performance.now(), wall = Date.now()) {
    this.#offset = this.#wallOffset = wall - mono;
  }

  /** @param {number} mono @returns {number} */
  serverNow(mono) {
    return mono + this.#offset;
  }

  /** @param {number} mono @param {number} wall @returns {boolean} whether the device slept since the last reading */
  readWall(mono, wall) {
    const apart = wall - mono - this.#wallOffset;
    this.#wallOffset = wall - mono;
    if (apart <= APART_MS) return false;
    this.#offset += apart;
    return true;
  }

  /** @returns {{mode: 'slew', errorMs: number}} */
  correction() {
    return { mode: "slew", errorMs: 0 };
  }

  rejoin() {}

  /** @returns {'in-sync'} */
  state() {
    return "in-sync";
  }

  boundMs() {
    return 0;
  }

  offsetAt() {
    return this.#offset;
  }
}
