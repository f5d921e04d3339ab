// @ts-check
/**
 * Hearing oneself: what is said for some seconds comes back as many seconds later, through a delay line in memory.
 * Nothing is recorded: what has left the line is nowhere any more, and the line goes with the test.
 */

import { echoIn, loudness } from "./hearing.js";
import { speaker } from "./speaker.js";

export const SPEAK_S = 4;
/** Between the last word and the first that comes back. */
const PAUSE_S = 0.5;
const FADE_S = 0.05;
const EVERY_MS = 100;

/** @typedef {'speak' | 'listen'} Part */

export class EchoTest {
  #context = new AudioContext();
  #over = new AbortController();
  /** @type {{played: number, heard: number}[]} */
  #moments = [];

  /**
   * Resolves with whether there was an echo, or with null where it was ended before.
   * @param {MediaStream} stream an open microphone
   * @param {{speakerId?: string | null, on?: (part: Part) => void}} [how] `on`: what the person does now
   * @returns {Promise<import("./hearing.js").Echo | null>}
   */
  async run(stream, { speakerId = null, on = () => {} } = {}) {
    const context = this.#context;
    const close = await speaker(context, speakerId);
    try {
      await context.resume();
      const line = this.#line(stream, close.out);
      on("speak");
      if (!(await this.#wait(SPEAK_S + PAUSE_S))) return null;
      on("listen");
      const timer = setInterval(() => this.#note(line), EVERY_MS);
      const whole = await this.#wait(SPEAK_S + PAUSE_S);
      clearInterval(timer);
      return whole ? echoIn(this.#moments) : null;
    } finally {
      close.end();
      await context.close();
    }
  }

  /** At once, from anywhere. */
  stop() {
    this.#over.abort();
  }

  /** The way into the line is open while somebody speaks and shut before the first word comes back: so it cannot howl. */
  #line(/** @type {MediaStream} */ stream, /** @type {AudioNode} */ out) {
    const context = this.#context;
    const source = context.createMediaStreamSource(stream);
    const gate = context.createGain();
    const delay = context.createDelay(SPEAK_S + 1);
    delay.delayTime.value = SPEAK_S + PAUSE_S;
    const now = context.currentTime;
    gate.gain.setValueAtTime(1, now);
    gate.gain.setTargetAtTime(0, now + SPEAK_S - FADE_S, FADE_S / 3);
    source.connect(gate).connect(delay).connect(out);
    const played = context.createAnalyser();
    const heard = context.createAnalyser();
    delay.connect(played);
    source.connect(heard);
    return { played, heard };
  }

  #note(/** @type {{played: AnalyserNode, heard: AnalyserNode}} */ line) {
    this.#moments.push({ played: level(line.played), heard: level(line.heard) });
  }

  /** Whether it was waited to the end. @param {number} seconds @returns {Promise<boolean>} */
  #wait(seconds) {
    const { signal } = this.#over;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), seconds * 1_000);
      signal.addEventListener(
        "abort",
        () => {
          clearTimeout(timer);
          resolve(false);
        },
        { once: true },
      );
    });
  }
}

/** @param {AnalyserNode} analyser */
function level(analyser) {
  const wave = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(wave);
  return loudness(wave);
}
