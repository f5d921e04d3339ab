// @ts-check
/**
 * Reads a step aloud, with voices that live on this device alone.
 *
 * Many browsers offer voices that send every sentence to a server. What is said here is nobody's business, so
 * only voices with `localService` are used; without one, speech says that it is not there.
 */

import { t } from "./language.js";

/** @typedef {'waiting' | 'ready' | 'none'} SpeechState */

const STORE = "ebb.speech";
/** Marks around a word that runs the other way: for eyes, and some voices read them out. */
const UNHEARD = /[\u2066-\u2069]/g;
const SAYS_SOMETHING = /[\p{L}\p{N}]/u;

/** @param {Storage | null} store */
function remembered(store) {
  try {
    return store?.getItem(STORE) === "on";
  } catch {
    return false;
  }
}

export class Speech {
  #synth;
  #language;
  #store;
  #said;
  #on;
  /** Ends the waiting for what is being said. @type {() => void} */
  #over = () => {};
  /** @type {SpeechState} */
  #state = "waiting";

  /**
   * @param {{language?: string, onState?: (state: SpeechState) => void, synth?: SpeechSynthesis | null,
   *   store?: Storage | null}} [options] `language` is a BCP 47 tag, as in the page's `lang`
   */
  constructor({
    language = globalThis.document?.documentElement.lang || "en",
    onState = () => {},
    synth = globalThis.speechSynthesis ?? null,
    store = globalThis.localStorage ?? null,
  } = {}) {
    this.#synth = synth;
    this.#language = language.toLowerCase();
    this.#store = store;
    this.#said = onState;
    this.#on = remembered(store);
    // Voices arrive late in most browsers; until then there are none to be found.
    synth?.addEventListener?.("voiceschanged", () => this.#look());
    this.#look();
  }

  get state() {
    return this.#state;
  }

  get on() {
    return this.#on;
  }

  get words() {
    switch (this.#state) {
      case "ready":
        return t("Steps can be read aloud by a voice on this device.");
      case "waiting":
        return t("Looking for a voice on this device.");
      default:
        return t("This device has no voice of its own for this language, so steps are not read aloud.");
    }
  }

  /** @param {boolean} on */
  set(on) {
    this.#on = on;
    if (!on) this.cancel();
    try {
      this.#store?.setItem(STORE, on ? "on" : "off");
    } catch {
      // Private windows may refuse to remember.
    }
  }

  /**
   * Says these words instead of any others; promises when they are said, cut short or could not be said.
   *
   * A script may be in another language than the page: then `parts` has the same words with their languages, each
   * is said by a voice of its own, and what has none stays unsaid. A wrong voice makes words that nobody knows.
   * @param {string} text @param {readonly {text: string, language: string | null}[]} [parts]
   * @returns {Promise<void>}
   */
  say(text, parts = [{ text, language: null }]) {
    const synth = this.#synth;
    if (!this.#on || !synth) return Promise.resolve();
    const said = parts.flatMap((part) => {
      const voice = SAYS_SOMETHING.test(part.text) ? this.#voice(part.language ?? this.#language) : null;
      return voice ? [{ text: part.text, voice }] : [];
    });
    if (said.length === 0) return Promise.resolve();
    this.#silence();
    return new Promise((resolve) => {
      this.#over = resolve;
      said.forEach(({ text: words, voice }, at) => {
        const spoken = new SpeechSynthesisUtterance(words.replace(UNHEARD, ""));
        spoken.voice = voice;
        spoken.lang = voice.lang;
        spoken.rate = 0.9;
        if (at === said.length - 1) spoken.onend = () => resolve();
        spoken.onerror = () => resolve();
        synth.speak(spoken);
      });
    });
  }

  /** At once: Stop, pause and leaving are silent. */
  cancel() {
    this.#silence();
  }

  #silence() {
    this.#synth?.cancel();
    // Not every browser says of what was waiting that it is not said any more.
    this.#over();
    this.#over = () => {};
  }

  /** @param {string} language */
  #voice(language) {
    const wanted = language.toLowerCase();
    const [base] = wanted.split("-");
    const local = (this.#synth?.getVoices() ?? []).filter((voice) => voice.localService === true);
    const tag = (/** @type {SpeechSynthesisVoice} */ voice) => voice.lang.toLowerCase().replace("_", "-");
    return (
      local.find((voice) => tag(voice) === wanted) ??
      local.find((voice) => tag(voice).split("-")[0] === base) ??
      null
    );
  }

  #look() {
    const found = this.#voice(this.#language) !== null;
    const late = !found && (this.#synth?.getVoices().length ?? 0) === 0 && this.#synth !== null;
    /** @type {SpeechState} */
    const state = found ? "ready" : late ? "waiting" : "none";
    if (state === this.#state) return;
    this.#state = state;
    this.#said(state);
  }
}
