// @ts-check
/**
 * The spoken twin of live text: what the eye sees change, told once to whoever listens with a screen reader.
 *
 * It waits a moment, so that a burst of changes is told as its last one. The breath is told at most once a phase
 * and never by the second, and can be turned off by itself.
 */

/** @typedef {import("../pacer/pattern.js").Phase} Phase */
/** @typedef {import("../pacer/shore.js").Words} Words */

const STORE = "ebb.announce";
const PAUSE_MS = 150;

export class Announcer {
  #region;
  #store;
  #breath;
  #timer = 0;
  #pending = "";
  #important = false;

  /** @param {HTMLElement} region with role="status", visually hidden @param {{store?: Storage | null}} [options] */
  constructor(region, { store = globalThis.localStorage ?? null } = {}) {
    this.#region = region;
    this.#store = store;
    try {
      this.#breath = store?.getItem(STORE) !== "off";
    } catch {
      this.#breath = true;
    }
  }

  /** Whether the turns of the breath are told. */
  get breath() {
    return this.#breath;
  }

  /** @param {boolean} on */
  set(on) {
    this.#breath = on;
    try {
      this.#store?.setItem(STORE, on ? "on" : "off");
    } catch {
      // Private windows may refuse to remember.
    }
  }

  /** A step, a pause, a question: told in any case. `marked` is the same where it is in two languages. @param {string} text @param {(Node | string)[]} [marked] */
  say(text, marked) {
    this.#important = true;
    this.#soon(text, marked);
  }

  /** A turn of the breath: gives way to anything else that is about to be told. @param {Pick<Phase, "name">} phase @param {Words} words */
  phase({ name }, words) {
    if (!this.#breath || this.#important) return;
    const text = {
      in: words.in,
      "hold-in": words.holdIn,
      out: words.out,
      "hold-out": words.holdOut,
      ready: "",
      stopped: "",
    }[name];
    const language = name === "in" || name === "out" ? words.language : null;
    if (text) this.#soon(text, undefined, language ?? "");
  }

  quiet() {
    clearTimeout(this.#timer);
    this.#important = false;
    this.#region.textContent = "";
  }

  /** @param {string} text @param {(Node | string)[]} [marked] @param {string} [language] where it is not the page's */
  #soon(text, marked, language = "") {
    this.#pending = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#important = false;
      // The same words twice are no change, and would not be told: an invisible space makes them one.
      const again = this.#region.textContent === this.#pending;
      // An empty one would say that nobody knows the language; without one it is the page's.
      if (language) this.#region.lang = language;
      else this.#region.removeAttribute("lang");
      if (marked && !again) this.#region.replaceChildren(...marked);
      else this.#region.textContent = again ? `${this.#pending}\u00a0` : this.#pending;
    }, PAUSE_MS);
  }
}
