// @ts-check
/** The spoken twin of the bar: a sentence is told on a screen reader when it begins to be true, once. */

import { make } from "../components/dom.js";

const PAUSE_MS = 400;

export class News {
  #region = make("p", { class: "ebb-hidden", role: "status", "data-call-news": "" });
  /** @type {string[]} */
  #before = [];
  /** @type {string[]} */
  #pending = [];
  #timer = 0;

  /** @param {HTMLElement} place */
  constructor(place) {
    place.append(this.#region);
  }

  /** All that is true now. @param {string[]} sentences */
  tell(sentences) {
    const fresh = sentences.filter((one) => one !== "" && !this.#before.includes(one));
    this.#before = sentences;
    // What has come and gone within the pause is not worth a word.
    this.#pending = [...this.#pending.filter((one) => sentences.includes(one)), ...fresh];
    clearTimeout(this.#timer);
    if (this.#pending.length > 0) this.#timer = setTimeout(() => this.#say(), PAUSE_MS);
  }

  /** Something that is not a state, such as an end. @param {string} sentence */
  mention(sentence) {
    this.#pending.push(sentence);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#say(), PAUSE_MS);
  }

  #say() {
    this.#region.textContent = this.#pending.join(" ");
    this.#pending = [];
  }
}
