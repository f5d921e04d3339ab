// @ts-check
/** Messages of a visit, and the field to write one. What was written stays in it until it is stored. */

import { hour } from "../live/words.js";
import { find, List, make, part } from "./dom.js";
import { t } from "./language.js";

/** @typedef {import("../live/messages.js").Said} Said */
/** @typedef {import("../live/messages.js").Answer} Answer */

const YOU = t("You");
const SOMEBODY = t("Somebody");

export class Talk {
  #list;
  #input;
  #form;
  #send;
  #busy = false;

  /**
   * @param {ParentNode} root with `[data-messages]` and `[data-say]`
   * @param {{mine: import("../live/messages.js").Role, names: Record<string, string>, send: (text: string) => Promise<Answer>}} options
   */
  constructor(root, { mine, names, send }) {
    this.#send = send;
    this.#form = find(root, "[data-say]", HTMLFormElement);
    this.#input = find(this.#form, "input, textarea", HTMLElement);
    this.#list = new List(part(root, "[data-messages]"), (/** @type {Said} */ { by, at, text }) =>
      make("li", {}, [
        make("p", {
          class: "ebb-note",
          text: t("{who}, {time}", {
            who: by === mine ? YOU : (names[by] ?? SOMEBODY),
            time: hour(at),
          }),
        }),
        text,
      ]),
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#say();
    });
  }

  /** @param {readonly Said[]} messages */
  show(messages) {
    this.#list.show(messages);
  }

  focus() {
    this.#input.focus();
  }

  async #say() {
    const input = /** @type {HTMLInputElement} */ (this.#input);
    const text = input.value.trim();
    if (!text || this.#busy) return;
    this.#busy = true;
    this.#form.setAttribute("aria-busy", "true");
    const answer = await this.#send(text);
    this.#busy = false;
    this.#form.removeAttribute("aria-busy");
    // Whoever has written on meanwhile keeps what is new.
    if (answer.ok && input.value.trim() === text) input.value = "";
  }
}
