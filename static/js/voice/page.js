// @ts-check
/** The page on which a therapist says an exercise: its steps, one voice at a time, and nothing lost by leaving. */

import { button, part } from "../components/dom.js";
import { t } from "../components/language.js";
import { fetched } from "./keeping.js";
import { Player } from "./player.js";
import { RecordedStep } from "./step.js";

class VoicePage {
  player = new Player();
  most_ms;
  #told;
  /** @type {RecordedStep[]} */
  #steps;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.most_ms = Number(root.dataset.mostS) * 1000;
    this.#told = part(root, "[data-told]");
    const steps = /** @type {HTMLElement[]} */ ([...root.querySelectorAll("[data-step]")]);
    this.#steps = steps.map((step) => new RecordedStep(step, this));
    addEventListener("beforeunload", (event) => {
      if (this.#steps.some((step) => step.isOpen)) event.preventDefault();
    });
    document.addEventListener("ebb-leave", () => {
      this.player.stop();
      for (const step of this.#steps) step.leave();
    });
    for (const row of document.querySelectorAll("[data-resting]"))
      if (row instanceof HTMLElement) this.#rests(row);
  }

  /** One microphone, one voice. @param {RecordedStep | null} step */
  busy(step) {
    for (const one of this.#steps) if (one !== step) one.free(step === null);
  }

  /** To whoever listens with a screen reader. @param {string} text */
  tell(text) {
    // The same words twice are no change, and would not be told: an invisible space makes them one.
    this.#told.textContent = this.#told.textContent === text ? `${text}\u00a0` : text;
  }

  /** A recording of words that there are no more can still be heard. @param {HTMLElement} row */
  #rests(row) {
    const press = button(row, "[data-hear]");
    press.hidden = false;
    let playing = false;
    press.addEventListener("click", async () => {
      if (playing) return this.player.stop();
      const blob = await fetched(row.dataset.resting ?? "");
      if (!(blob instanceof Blob)) return this.tell(blob.say);
      playing = true;
      press.textContent = t("Stop listening");
      await this.player.play(blob, () => {});
      playing = false;
      press.textContent = t("Listen");
    });
  }
}

const root = document.querySelector('[data-module="voice"]');
if (root instanceof HTMLElement) new VoicePage(root);
