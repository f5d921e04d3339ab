// @ts-check
/** How long to wait before trying again: longer each time, and by chance, so that a restart is no stampede. */

const LEAST_MS = 500;
const MOST_MS = 20_000;

export class Backoff {
  #random;
  #tries = 0;

  /** @param {() => number} [random] from 0 to 1 */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /**
   * Full jitter between half a second and a limit that doubles up to 20 s.
   * @param {number | null} [window_ms] the server's own wish: anywhere within so many milliseconds
   */
  next(window_ms = null) {
    if (window_ms !== null && window_ms > 0) return Math.round(this.#random() * window_ms);
    this.#tries = Math.min(this.#tries + 1, 10);
    const limit = Math.min(MOST_MS, LEAST_MS * 2 ** this.#tries);
    return Math.round(LEAST_MS + this.#random() * (limit - LEAST_MS));
  }

  /** The line was good for a while: the next loss is a new one. */
  reset() {
    this.#tries = 0;
  }
}
