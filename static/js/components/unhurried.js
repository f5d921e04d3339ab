// @ts-check
/**
 * A button that leads on: yes, settled, go on. It counts once it has stood there long enough to be seen, since a tap
 * before that was meant for what lay there a moment ago: a question may come under a finger, and whoever is frightened
 * taps twice. What protects, such as Stop, uneasy, pause and no, is never one of these.
 */

import { mark, show } from "./dom.js";

const SEEN_MS = 700;

export class Unhurried {
  #button;
  /** What it stands for now, or null while it is not there. @type {string | null} */
  #about = null;
  /** From when on it counts, on the clock that events are stamped by. */
  #from_ms = Infinity;
  #timer = 0;

  /**
   * @param {HTMLButtonElement} button
   * @param {{act: () => void, early: (label: string) => void}} does `early`: somebody pressed what is called so too
   *   soon, and is told
   */
  constructor(button, { act, early }) {
    this.#button = button;
    button.addEventListener("click", ({ timeStamp }) => {
      // The stamp is of the finger, and not of the moment at which a busy phone comes to it.
      if (timeStamp >= this.#from_ms) return act();
      this.#wait();
      early([...button.childNodes].find((node) => node instanceof Text)?.textContent?.trim() ?? "");
    });
  }

  /** @param {boolean} shown @param {string} [about] another one has to be seen anew */
  show(shown, about = "") {
    show(this.#button, shown);
    const next = shown ? about : null;
    if (next === this.#about) return;
    this.#about = next;
    if (shown) this.#wait();
  }

  #wait() {
    this.#from_ms = performance.now() + SEEN_MS;
    mark(this.#button, "aria-disabled", "true");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => mark(this.#button, "aria-disabled", null), SEEN_MS);
  }
}
