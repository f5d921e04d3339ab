// @ts-check
/** How far a copy is, without loading the page again; once it is made, the page is. */

import { t } from "../components/language.js";

const EVERY_MS = 1_000;

class Copy {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.job = root.dataset.job ?? "";
    this.bar = /** @type {HTMLProgressElement | null} */ (root.querySelector("[data-copy-progress]"));
    this.words = root.querySelector("[data-copy-words]");
    this.later();
  }

  later() {
    setTimeout(() => this.look(), EVERY_MS);
  }

  async look() {
    try {
      const answer = await fetch(`/export/${this.job}/progress.json`, {
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) {
        location.reload();
        return;
      }
      const { state, done, total } = await answer.json();
      if (state !== "waiting" && state !== "making") {
        location.reload();
        return;
      }
      if (state === "making") this.show(done, total);
    } catch {
      // The network is away: it is looked at again, and nothing was lost.
    }
    this.later();
  }

  /**
   * @param {number} done
   * @param {number} total
   */
  show(done, total) {
    if (this.bar) {
      this.bar.max = Math.max(total, 1);
      this.bar.value = done;
    }
    const words = t("{done} of {total}", { done, total });
    if (this.words && this.words.textContent !== words) this.words.textContent = words;
  }
}

for (const root of document.querySelectorAll('[data-module="copy"]'))
  new Copy(/** @type {HTMLElement} */ (root));
