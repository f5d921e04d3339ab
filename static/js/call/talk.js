// @ts-check
/** Whether somebody speaks at this moment, by the loudness that their browser sends along with each packet. */

/** @typedef {import("../live/timers.js").Timers} Timers */

const EVERY_MS = 200;
const LEVEL = 0.02;
/** Between two words nobody falls silent. */
const HOLD_MS = 600;

export class Talk {
  #parts;
  #talkedAt = -Infinity;
  #talking = false;
  #cancel = () => {};

  /** @param {{timers: Timers, receivers: () => RTCRtpReceiver[], changed: () => void}} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#listen();
  }

  get talking() {
    return this.#talking;
  }

  stop() {
    this.#cancel();
  }

  #listen() {
    const { timers, receivers, changed } = this.#parts;
    this.#cancel = timers.after(EVERY_MS, () => this.#listen());
    const now = timers.now();
    const ear = receivers().find(({ track }) => track.kind === "audio");
    const heard = ear?.getSynchronizationSources?.() ?? [];
    if (heard.some(({ audioLevel }) => (audioLevel ?? 0) > LEVEL)) this.#talkedAt = now;
    const talking = ear !== undefined && now - this.#talkedAt < HOLD_MS;
    if (talking === this.#talking) return;
    this.#talking = talking;
    changed();
  }
}
