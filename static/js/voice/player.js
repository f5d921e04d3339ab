// @ts-check
/** Plays one recording at a time: whoever begins another has had enough of the one before. */

import { LEVEL_MS, loudness } from "./microphone.js";

const SAMPLES_PER_SECOND = 16_000;

export class Player {
  /** @type {HTMLAudioElement | null} */
  #audio = null;

  /**
   * @param {Blob} blob
   * @param {(at_ms: number) => void} at told while it plays
   * @returns {Promise<boolean>} when it has ended or was ended: whether this browser could play it
   */
  async play(blob, at) {
    this.stop();
    const url = URL.createObjectURL(blob);
    const audio = new Audio(url);
    this.#audio = audio;
    const told = setInterval(() => at(audio.currentTime * 1000), LEVEL_MS);
    try {
      await audio.play();
      await new Promise((done) => {
        for (const over of ["ended", "pause", "error"]) audio.addEventListener(over, done, { once: true });
      });
      return audio.error === null;
    } catch {
      // Ended before it began is no trouble.
      return this.#audio !== audio;
    } finally {
      clearInterval(told);
      URL.revokeObjectURL(url);
      if (this.#audio === audio) this.#audio = null;
    }
  }

  stop() {
    const audio = this.#audio;
    this.#audio = null;
    audio?.pause();
  }
}

/** What it looks like; nothing where this browser cannot take it apart. @param {Blob} blob @returns {Promise<number[]>} */
export async function levelsOf(blob) {
  try {
    const context = new OfflineAudioContext(1, 1, SAMPLES_PER_SECOND);
    const sound = (await context.decodeAudioData(await blob.arrayBuffer())).getChannelData(0);
    const each = (SAMPLES_PER_SECOND * LEVEL_MS) / 1000;
    return Array.from({ length: Math.ceil(sound.length / each) }, (_, at) =>
      loudness(sound.subarray(at * each, (at + 1) * each)),
    );
  } catch {
    return [];
  }
}
