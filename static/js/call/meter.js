// @ts-check
/** How loud a microphone is: a bar for the eye, which calms what it shows, and words for everybody. */

import { Hearing, heardWords, loudness } from "./hearing.js";

const EVERY_MS = 60;
/** Up at once, down slowly: a voice is seen, not each of its syllables. */
const FALL = 0.12;
/** Who wants less motion sees three heights, and none of them for less than this. */
const STEP_MS = 700;

export class Meter {
  #bar;
  #words;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #shown = 0;
  #stepped_ms = 0;
  #hearing = new Hearing();
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {Element} root with `[data-meter-bar]` and, where words are wanted, `[data-meter-words]` */
  constructor(root) {
    this.#bar = /** @type {HTMLElement} */ (root.querySelector("[data-meter-bar]"));
    this.#words = /** @type {HTMLElement | null} */ (root.querySelector("[data-meter-words]"));
  }

  /** Listens to a stream of its own accord. @param {MediaStream} stream */
  follow(stream) {
    this.stop();
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    void context.resume();
    const wave = new Float32Array(analyser.fftSize);
    this.#context = context;
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(wave);
      this.level(loudness(wave));
    }, EVERY_MS);
  }

  /** For whoever measures already. @param {number} level from 0 to 1 @param {number} [now_ms] */
  level(level, now_ms = performance.now()) {
    this.#draw(level, now_ms);
    const words = heardWords(this.#hearing.hear(level, now_ms));
    // Written only when they change: each writing is read out.
    if (this.#words && this.#words.textContent !== words) this.#words.textContent = words;
  }

  stop() {
    clearInterval(this.#timer);
    void this.#context?.close();
    this.#context = null;
    this.#hearing = new Hearing();
    this.#shown = 0;
    this.#bar.style.setProperty("--level", "0");
    if (this.#words) this.#words.textContent = "";
  }

  /** @param {number} level @param {number} now_ms */
  #draw(level, now_ms) {
    if (this.#calm.matches) {
      if (now_ms - this.#stepped_ms < STEP_MS) return;
      this.#stepped_ms = now_ms;
      this.#shown = Math.round(level * 2) / 2;
    } else {
      this.#shown = level >= this.#shown ? level : this.#shown + (level - this.#shown) * FALL;
    }
    this.#bar.style.setProperty("--level", this.#shown.toFixed(2));
  }
}
