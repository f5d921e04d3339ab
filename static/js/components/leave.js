// @ts-check
/**
 * Leave quickly: the page is blank before the next frame, then gone from this tab's history.
 *
 * By the button, or by Shift three times within two seconds. Nothing that is stored is touched here, so a Stop
 * that waits to be sent is still there to be sent; `before` may hand it over on the way out, but nothing waits.
 */

const PRESSES = 3;
const WITHIN_MS = 2_000;
const GONE = "ebb-gone";

export class Leave {
  #before;
  #target;
  /** @type {number[]} */
  #presses = [];
  #ending = new AbortController();

  /**
   * @param {{before?: () => void, target?: string}} [options] `before` runs at once and synchronously: silence,
   * and whatever must still be handed to the network
   */
  constructor({ before = () => {}, target = "/blank" } = {}) {
    this.#before = before;
    this.#target = target;
    const { signal } = this.#ending;
    document.addEventListener(
      "click",
      (event) => {
        if (!(event.target instanceof Element) || !event.target.closest("[data-leave]")) return;
        // Where it is a form's button, the form would lead to the blank page as well, and leave this one behind "Back".
        event.preventDefault();
        this.now();
      },
      { signal, capture: true },
    );
    document.addEventListener("keydown", (event) => this.#key(event), { signal, capture: true });
    // Back from the blank page may bring this very page out of the cache: it is fetched anew, under a fresh login check.
    addEventListener(
      "pageshow",
      (event) => {
        if (event.persisted && document.documentElement.classList.contains(GONE)) location.reload();
      },
      { signal },
    );
  }

  now() {
    document.documentElement.classList.add(GONE);
    document.title = "\u200b";
    try {
      this.#before();
    } finally {
      location.replace(this.#target);
    }
  }

  close() {
    this.#ending.abort();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.repeat) return;
    // Any other key in between is somebody writing a capital letter.
    if (event.key !== "Shift") {
      this.#presses = [];
      return;
    }
    this.#presses = [...this.#presses, event.timeStamp].slice(-PRESSES);
    if (this.#presses.length === PRESSES && event.timeStamp - this.#presses[0] <= WITHIN_MS) this.now();
  }
}
