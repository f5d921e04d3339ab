// @ts-check
/**
 * The desk, live: somebody waits, a concern came in. News are ids alone; what to show is fetched from the server,
 * so that there is one place where a desk is made. Everything here works without it, by loading the page again.
 */

import { show } from "../components/dom.js";
import { Keys } from "../components/keys.js";
import { t } from "../components/language.js";
import { Steady } from "../components/steady.js";
import { Putting } from "./desk-putting.js";
import { Tools } from "./desk-tools.js";

const KINDS = /** @type {const} */ (["waiting", "overdue", "concern", "ended", "message", "changed"]);
/** Waiting times are told in minutes, so the page is fetched that often by itself. */
const EACH_MS = 60_000;
/** Several news in a row are one look, and so are several letters of a name. */
const SOON_MS = 300;
const STORE = "ebb.desk.sound";

/** @typedef {typeof KINDS[number]} Kind */

class Desk {
  #root;
  #alert;
  #words;
  #button;
  /** @type {AudioContext | null} */
  #audio = null;
  #soon = 0;
  #looking = false;
  #again = false;
  #tools;
  #steady = new Steady();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#alert = /** @type {HTMLElement} */ (root.querySelector("[data-desk-alert]"));
    this.#words = /** @type {HTMLElement} */ (root.querySelector("[data-desk-words]"));
    this.#button = /** @type {HTMLButtonElement} */ (root.querySelector("[data-sound]"));
    show(this.#button, typeof AudioContext !== "undefined");
    this.#button.addEventListener("click", () => void this.#toggle());
    this.#tools = new Tools(root, () => this.#lookSoon());
    const needs = /** @type {HTMLElement} */ (root.querySelector("[data-needs]"));
    const putting = new Putting(needs, () => this.#look());
    new Keys(root, { s: () => putting.lookedAt(), u: () => void putting.takeBack() }, needs);
    this.#listen();
    setInterval(() => this.#lookSoon(), EACH_MS);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#lookSoon();
    });
    this.#sayWhetherWanted();
  }

  #listen() {
    const news = new EventSource(this.#root.dataset.events ?? "");
    for (const kind of KINDS) news.addEventListener(kind, () => this.#came(kind));
    news.addEventListener("open", () => {
      this.#words.textContent = "";
      // Whatever happened while nobody listened is on the page by now.
      this.#lookSoon();
    });
    news.addEventListener("error", () => {
      const ended = news.readyState === EventSource.CLOSED;
      this.#words.textContent = ended
        ? t("Not live. Load the page again.")
        : t("Connection lost, trying again.");
    });
  }

  /** @param {Kind} kind */
  #came(kind) {
    if (kind === "waiting" || kind === "overdue") {
      this.#tell(t("Somebody waits for you."));
      this.#sound();
    } else if (kind === "concern") {
      this.#tell(t("A concern came in."));
      this.#sound();
    }
    this.#lookSoon();
  }

  /** @param {string} text */
  #tell(text) {
    // The same words twice are no change and would not be spoken: an invisible space makes them one.
    this.#alert.textContent = this.#alert.textContent === text ? `${text}\u00a0` : text;
  }

  #lookSoon() {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.#look(), SOON_MS);
  }

  /** Puts the server's present desk in place of the one shown, and keeps the focus where it was. */
  async #look() {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    try {
      const answer = await this.#tools.ask();
      if (answer.redirected || answer.status === 401) location.reload();
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        this.#steady.show(() => this.#replace(fresh));
      }
    } catch {
      // Offline: the line about the connection says so, and the next news look again.
    }
    this.#looking = false;
    if (this.#again) {
      this.#again = false;
      this.#lookSoon();
    }
  }

  /** @param {Document} fresh */
  #replace(fresh) {
    for (const part of document.querySelectorAll("[data-live]")) {
      const name = part.getAttribute("data-live");
      const next = fresh.querySelector(`[data-live="${name}"]`);
      if (!next) continue;
      // What somebody opened stays open.
      for (const open of part.querySelectorAll("details[open][data-stays]"))
        next.querySelector(`[data-stays="${open.getAttribute("data-stays")}"]`)?.setAttribute("open", "");
      if (next.innerHTML === part.innerHTML) continue;
      const focused = document.activeElement;
      const label = part.contains(focused)
        ? focused?.getAttribute("aria-label") || focused?.textContent
        : null;
      part.replaceChildren(...next.childNodes);
      if (!label) continue;
      const again = [...part.querySelectorAll("a, button")].find(
        (one) => (one.getAttribute("aria-label") || one.textContent) === label,
      );
      if (again instanceof HTMLElement) again.focus();
    }
  }

  // Sound: two soft notes, made here. Browsers want a press first, so the wish is kept and asked for anew.

  async #toggle() {
    if (this.#audio) {
      await this.#audio.close();
      this.#audio = null;
    } else {
      this.#audio = new AudioContext();
      await this.#audio.resume();
      this.#sound();
    }
    this.#keep(this.#audio !== null);
    this.#button.setAttribute("aria-pressed", String(this.#audio !== null));
    this.#words.textContent = this.#audio ? t("You hear a soft tone when somebody waits.") : "";
  }

  #sayWhetherWanted() {
    try {
      if (localStorage.getItem(STORE) === "on") {
        this.#words.textContent = t("Sound was on last time. Press “Sound on” to hear when somebody waits.");
      }
    } catch {
      // Private windows may refuse to remember.
    }
  }

  /** @param {boolean} on */
  #keep(on) {
    try {
      localStorage.setItem(STORE, on ? "on" : "off");
    } catch {
      // As above.
    }
  }

  #sound() {
    const audio = this.#audio;
    if (audio?.state !== "running") return;
    [523.3, 392].forEach((hertz, index) => {
      const at_s = audio.currentTime + 0.02 + index * 0.35;
      const tone = audio.createOscillator();
      const loudness = audio.createGain();
      tone.frequency.value = hertz;
      loudness.gain.setValueAtTime(0, at_s);
      loudness.gain.linearRampToValueAtTime(0.2, at_s + 0.03);
      loudness.gain.exponentialRampToValueAtTime(0.001, at_s + 0.6);
      tone.connect(loudness).connect(audio.destination);
      tone.start(at_s);
      tone.stop(at_s + 0.65);
    });
  }
}

const root = document.querySelector('[data-module="desk"]');
if (root instanceof HTMLElement) new Desk(root);
