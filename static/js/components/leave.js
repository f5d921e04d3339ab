// @ts-check
/**
 * Leave quickly: the page is blank before the next frame, then gone from this tab's history. Earlier pages of ours
 * stay in that history, which no page can empty: whoever comes to one by "Back" is led to the blank page again.
 *
 * By the button, or by Shift three times within two seconds. Nothing that is stored is touched here, so a Stop
 * that waits to be sent is still there to be sent; `before` may hand it over on the way out, but nothing waits.
 *
 * Every other tab of ours in this browser goes with it: some pages open beside the room.
 */

const PRESSES = 3;
const WITHIN_MS = 2_000;
const GONE = "ebb-gone";
const LEFT = "ebb.left";

export class Leave {
  #before;
  #target;
  /** @type {number[]} */
  #presses = [];
  #ending = new AbortController();
  #others = new BroadcastChannel("ebb-leave");

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
    // "Back" may bring a page out of the cache as it was.
    this.#others.addEventListener("message", () => this.#gone(), { signal });
    addEventListener("pageshow", (event) => event.persisted && hasLeft() && this.#vanish(), { signal });
    const [entry] = performance.getEntriesByType("navigation");
    const back = entry instanceof PerformanceNavigationTiming && entry.type === "back_forward";
    if (back && hasLeft()) this.#vanish();
    else remember(false);
  }

  now() {
    this.#others.postMessage("gone");
    this.#gone();
  }

  close() {
    this.#ending.abort();
    this.#others.close();
  }

  #gone() {
    remember(true);
    this.#vanish();
  }

  #vanish() {
    document.documentElement.classList.add(GONE);
    document.title = "\u200b";
    // Whatever on this page holds a key lets go of it, at once: a page may be kept as it was, for "Back".
    document.dispatchEvent(new Event("ebb-leave"));
    try {
      this.#before();
    } finally {
      location.replace(this.#target);
    }
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

/** Whether somebody left in this tab and has not come back on purpose: by an address, a link or a reload. */
function hasLeft() {
  try {
    return sessionStorage.getItem(LEFT) !== null;
  } catch {
    return false;
  }
}

/** @param {boolean} left */
function remember(left) {
  try {
    if (left) sessionStorage.setItem(LEFT, "yes");
    else sessionStorage.removeItem(LEFT);
  } catch {
    // A private window may refuse to remember; this page itself is gone all the same.
  }
}
