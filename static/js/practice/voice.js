// @ts-check
/**
 * The voice of a home practice: the therapist's own where a step was recorded, else a voice of this device.
 *
 * This is the one place that knows of recordings while somebody practises. They lie on this phone; nothing is fetched.
 */

import { Speech } from "../components/speech.js";

/** @typedef {{exercise: string, version: number, step: number, say: string}} Spoken */
/** @typedef {{recording(exercise: string, version: number, step: number): Promise<Blob | null>}} Recordings */
/** @typedef {{Speech: typeof Speech, at(step: Spoken | null): void}} OwnVoice */

/** @param {Recordings} recordings @returns {OwnVoice} */
export function voiceOf(recordings) {
  /** The step on the stage: its words may have been recorded. @type {Spoken | null} */
  let current = null;

  class Voice extends Speech {
    /** @type {HTMLAudioElement | null} */
    #playing = null;
    /** What is being looked for, so that a step that has gone is not heard late. */
    #wanted = 0;

    /** @override @param {string} text @param {Parameters<Speech["say"]>[1]} [parts] */
    async say(text, parts) {
      this.cancel();
      if (!this.on) return;
      this.#wanted += 1;
      const wanted = this.#wanted;
      const step = current?.say === text ? current : null;
      const blob =
        step && (await recordings.recording(step.exercise, step.version, step.step).catch(() => null));
      if (wanted !== this.#wanted) return;
      if (!blob || !(await this.#play(blob))) await super.say(text, parts);
    }

    /** @override */
    cancel() {
      this.#wanted += 1;
      this.#playing?.pause();
      this.#playing = null;
      super.cancel();
    }

    /** @param {Blob} blob @returns {Promise<boolean>} whether it was heard, or was cut short on purpose */
    async #play(blob) {
      const url = URL.createObjectURL(blob);
      const audio = new Audio(url);
      this.#playing = audio;
      try {
        await audio.play();
        await new Promise((done) => {
          for (const over of ["ended", "pause", "error"]) audio.addEventListener(over, done, { once: true });
        });
        return true;
      } catch {
        return false;
      } finally {
        URL.revokeObjectURL(url);
      }
    }
  }

  return {
    Speech: Voice,
    at: (step) => {
      current = step;
    },
  };
}
