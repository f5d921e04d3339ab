// @ts-check
/** Copying a link that is shown once. Without it, or without leave to do it, the link can be selected by hand. */

import { t } from "../components/language.js";

class Copy {
  #button;
  #words;
  #from;

  /** @param {HTMLButtonElement} button @param {HTMLElement} words @param {HTMLInputElement} from */
  constructor(button, words, from) {
    this.#button = button;
    this.#words = words;
    this.#from = from;
    this.#button.hidden = !navigator.clipboard;
    this.#button.addEventListener("click", () => void this.#copy());
    this.#from.addEventListener("focus", () => this.#from.select());
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#from.value);
      this.#words.textContent = t("Copied. It works once.");
    } catch {
      this.#from.focus();
      this.#words.textContent = t("It is selected now: copy it by hand.");
    }
  }
}

const button = document.querySelector("[data-copy]");
const words = document.querySelector("[data-copy-words]");
const from = document.querySelector("[data-copy-from]");
if (button instanceof HTMLButtonElement && words instanceof HTMLElement && from instanceof HTMLInputElement) {
  new Copy(button, words, from);
}
