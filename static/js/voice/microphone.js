// @ts-check
/**
 * One take: the microphone is opened for it, and closed with it, so that the browser's own sign is on for no moment
 * longer than somebody speaks into it.
 */

import { t } from "../components/language.js";

/**
 * @typedef {{blob: Blob, ms: number, levels: number[]}} Taken `levels` from 0 to 1, one each LEVEL_MS
 * @typedef {'pressed' | 'long' | 'gone'} Why how a take came to its end
 * @typedef {{level(levels: number[], ms: number): void, over(taken: Taken, why: Why): void}} Ear
 */

export const LEVEL_MS = 100;
/** What phones play, those first that take the least room. Safari on older phones knows the last one alone. */
const FORMS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
/** Speech is clear with less; what is asked of some browsers they double. */
const BITS_PER_SECOND = 48_000;
const CHUNK_MS = 1_000;
/** Below the first nothing is heard, above the second it cannot be louder. */
const QUIET_DB = -60;
const LOUD_DB = -8;

export class Take {
  #stream;
  #ear;
  #recorder;
  #context = new AudioContext();
  #analyser = this.#context.createAnalyser();
  /** @type {Blob[]} */
  #chunks = [];
  /** @type {number[]} */
  #levels = [];
  #began = performance.now();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** @type {Why} */
  #why = "gone";

  /**
   * Asks for the microphone, and records from the moment that it is open.
   * @param {Ear} ear @param {number} most_ms
   * @throws whatever the browser says of the microphone; `trouble` has the words for it
   */
  static async begin(ear, most_ms) {
    if (!globalThis.isSecureContext) throw new DOMException("", "SecurityError");
    const form = globalThis.MediaRecorder && FORMS.find((one) => MediaRecorder.isTypeSupported(one));
    if (!form || !navigator.mediaDevices) throw new DOMException("", "NotSupportedError");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: { ideal: 1 } } });
    return new Take(stream, { form, ear, most_ms });
  }

  /** @param {MediaStream} stream @param {{form: string, ear: Ear, most_ms: number}} how */
  constructor(stream, { form, ear, most_ms }) {
    this.#stream = stream;
    this.#ear = ear;
    this.#recorder = new MediaRecorder(stream, { mimeType: form, audioBitsPerSecond: BITS_PER_SECOND });
    this.#recorder.addEventListener("dataavailable", ({ data }) => data.size && this.#chunks.push(data));
    // Also by itself: when the microphone is pulled out, or another program takes it.
    this.#recorder.addEventListener("stop", () => this.#over());
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    void this.#context.resume();
    this.#recorder.start(CHUNK_MS);
    this.#timer = setInterval(() => {
      this.#levels.push(this.#level());
      ear.level(this.#levels, this.#ms);
      if (this.#ms >= most_ms) this.stop("long");
    }, LEVEL_MS);
  }

  /** What was said so far is told to the ear. @param {Why} [why] */
  stop(why = "pressed") {
    if (this.#recorder.state === "inactive") return;
    this.#why = why;
    this.#recorder.stop();
  }

  get #ms() {
    return Math.round(performance.now() - this.#began);
  }

  #over() {
    clearInterval(this.#timer);
    for (const track of this.#stream.getTracks()) track.stop();
    void this.#context.close();
    const blob = new Blob(this.#chunks, { type: this.#recorder.mimeType });
    this.#ear.over({ blob, ms: this.#ms, levels: this.#levels }, this.#why);
  }

  #level() {
    const wave = new Float32Array(this.#analyser.fftSize);
    this.#analyser.getFloatTimeDomainData(wave);
    return loudness(wave);
  }
}

/** How loud a stretch of sound is, as a share of what a meter shows. @param {Float32Array} wave */
export function loudness(wave) {
  let sum = 0;
  for (const value of wave) sum += value * value;
  const db = 10 * Math.log10(sum / wave.length || Number.MIN_VALUE);
  return Math.min(1, Math.max(0, (db - QUIET_DB) / (LOUD_DB - QUIET_DB)));
}

/** Why there is no microphone, and what to do. @param {unknown} error */
export function trouble(error) {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
      return t(
        "Your browser keeps the microphone closed for Ebb. Press the sign beside the address, allow the microphone, then press Record again. If that changes nothing, look under privacy in the settings of this computer.",
      );
    case "NotFoundError":
    case "OverconstrainedError":
      return t("No microphone was found. Plug one in or turn it on, then press Record again.");
    case "NotReadableError":
    case "AbortError":
      return t(
        "The microphone is in use or does not answer. Close what else may listen, such as a call, then press Record again.",
      );
    case "SecurityError":
      return t(
        "Browsers open the microphone at an https address alone, and this is none. Whoever runs Ebb can change that.",
      );
    case "NotSupportedError":
      return t("This browser cannot record. A current Firefox, Chrome, Edge or Safari can.");
    default:
      return t("The microphone could not be opened. Close this browser, open it, and press Record again.");
  }
}
