// @ts-check
/** The time of a replay: stands, runs at a rate, jumps. It knows nothing of what is shown. */

/** @typedef {{from: number, until: number}} Stretch */

export class Player {
  #stretch;
  #told;
  #at;
  #since = 0;
  #rate = 4;
  #playing = false;
  #frame = 0;

  /** @param {Stretch} stretch in server milliseconds @param {() => void} told each frame while it runs, and at every change */
  constructor(stretch, told) {
    this.#stretch = stretch;
    this.#told = told;
    this.#at = stretch.from;
  }

  get playing() {
    return this.#playing;
  }

  /** How fast its time runs now: 0 while it stands. */
  get rate() {
    return this.#playing ? this.#rate : 0;
  }

  /** @param {number} rate */
  set speed(rate) {
    this.#at = this.now();
    this.#since = performance.now();
    this.#rate = rate;
    this.#told();
  }

  now() {
    if (!this.#playing) return this.#at;
    return Math.min(this.#at + (performance.now() - this.#since) * this.#rate, this.#stretch.until);
  }

  /** @param {number} at_ms */
  seek(at_ms) {
    this.#at = Math.min(Math.max(at_ms, this.#stretch.from), this.#stretch.until);
    this.#since = performance.now();
  }

  toggle() {
    if (this.#playing) this.pause();
    else this.play();
  }

  /** From where it stands; from the beginning where it stands at the end. */
  play() {
    if (this.now() >= this.#stretch.until) this.seek(this.#stretch.from);
    this.#since = performance.now();
    this.#playing = true;
    this.#told();
    this.#next();
  }

  pause() {
    if (!this.#playing) return;
    this.#at = this.now();
    this.#playing = false;
    cancelAnimationFrame(this.#frame);
    this.#told();
  }

  #next() {
    this.#frame = requestAnimationFrame(() => {
      if (!this.#playing) return;
      if (this.now() >= this.#stretch.until) return this.pause();
      this.#told();
      this.#next();
    });
  }
}
