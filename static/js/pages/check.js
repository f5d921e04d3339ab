// @ts-check
/** Trying sound and connection before a visit. A tone is made on the device; a trip is one small request, 5 times. */

import { t } from "../components/language.js";

const TRIES = 5;
/** A visit sends a few hundred bytes now and then: what matters is how long one trip takes, in milliseconds. */
const QUICK_MS = 250;
const SLOW_MS = 800;
/** A fifth, soft, as the breath's own tones are. */
const TONES_HZ = [174.6, 261.6];
const TONE_S = 1.2;

class Check {
  #sound;
  #soundWords;
  #network;
  #networkWords;
  /** @type {AudioContext | null} */
  #audio = null;

  /** @param {Element} root */
  constructor(root) {
    this.#sound = /** @type {HTMLButtonElement} */ (root.querySelector("[data-sound-test]"));
    this.#soundWords = /** @type {HTMLElement} */ (root.querySelector("[data-sound-words]"));
    this.#network = /** @type {HTMLButtonElement} */ (root.querySelector("[data-network-test]"));
    this.#networkWords = /** @type {HTMLElement} */ (root.querySelector("[data-network-words]"));
    this.#sound.hidden = typeof AudioContext === "undefined";
    this.#network.hidden = false;
    this.#sound.addEventListener("click", () => void this.#play());
    this.#network.addEventListener("click", () => void this.#measure());
  }

  async #play() {
    this.#audio ??= new AudioContext();
    await this.#audio.resume();
    if (this.#audio.state !== "running") {
      this.#soundWords.textContent = t(
        "This browser holds sound back. Look for a crossed-out loudspeaker beside the address.",
      );
      return;
    }
    const { currentTime: now } = this.#audio;
    for (const [index, hertz] of TONES_HZ.entries()) this.#tone(hertz, now + 0.05 + index * TONE_S);
    this.#soundWords.textContent = t(
      "Two soft tones, the second one higher. Did you hear both? If not, turn the device up and play them again.",
    );
  }

  /** @param {number} hertz @param {number} at_s */
  #tone(hertz, at_s) {
    const audio = /** @type {AudioContext} */ (this.#audio);
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0, at_s);
    loudness.gain.linearRampToValueAtTime(0.25, at_s + 0.3);
    loudness.gain.linearRampToValueAtTime(0, at_s + TONE_S);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at_s);
    tone.stop(at_s + TONE_S);
  }

  async #measure() {
    this.#network.disabled = true;
    this.#networkWords.textContent = t("One moment.");
    this.#networkWords.textContent = await this.#words();
    this.#network.disabled = false;
    this.#network.textContent = t("Try it again");
  }

  async #words() {
    /** @type {number[]} */
    const trips = [];
    try {
      for (let tried = 0; tried < TRIES; tried++) {
        const began = performance.now();
        const answer = await fetch("/healthz", { cache: "no-store" });
        if (!answer.ok) throw new Error("no answer");
        trips.push(performance.now() - began);
      }
    } catch {
      return t(
        "No connection at the moment. Your visit would go on by itself on this screen and find its way back.",
      );
    }
    const middle = trips.sort((a, b) => a - b)[Math.floor(TRIES / 2)];
    if (middle <= QUICK_MS) return t("Your connection is good.");
    if (middle <= SLOW_MS) return t("Your connection is slow, and good enough for a visit.");
    return t(
      "Your connection is very slow. A visit works, with pauses. Nearer to the router it may be better.",
    );
  }
}

for (const root of document.querySelectorAll('[data-module="check"]')) new Check(root);
