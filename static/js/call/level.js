// @ts-check
/** How loud this side is, for its own meter: measured where it is, and told to nobody. */

import { browserTimers } from "../live/timers.js";
import { loudness } from "./hearing.js";

/** @typedef {import("../live/timers.js").Timers} Timers */

const EVERY_MS = 200;

/** From 0 to 1, by the track that is sent: what is muted is quiet here too. */
export class OwnLevel {
  #tell;
  #timers;
  /** @type {AudioContext | null} */
  #context = null;
  #cancel = () => {};

  /** @param {{tell: (level: number) => void, timers?: Timers}} parts */
  constructor({ tell, timers = browserTimers }) {
    this.#tell = tell;
    this.#timers = timers;
  }

  /** @param {MediaStreamTrack | null} track */
  follow(track) {
    this.stop();
    if (!track || !globalThis.AudioContext) return;
    const context = new AudioContext();
    this.#context = context;
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    void context.resume();
    const wave = new Float32Array(analyser.fftSize);
    const look = () => {
      if (this.#context !== context) return;
      analyser.getFloatTimeDomainData(wave);
      this.#tell(loudness(wave));
      this.#cancel = this.#timers.after(EVERY_MS, look);
    };
    look();
  }

  stop() {
    this.#cancel();
    void this.#context?.close();
    this.#context = null;
    this.#tell(0);
  }
}
