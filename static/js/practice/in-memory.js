// @ts-check
/**
 * A practice on a phone that keeps nothing: it lies in this page's memory, and goes out as soon as it can.
 * It has the same face as the phone, so that nothing else has to know which of the two it is.
 */

import { Delivery, practices } from "./deliver.js";
import { seal } from "./seal.js";

/** @typedef {import("./store.js").Part} Part */
/** @typedef {import("./own-machine.js").Bundle} Bundle */

export class InMemory {
  /** @type {Part[]} */
  #parts = [];
  #bundle;
  #deliverer;
  trouble = null;
  state = "off";

  /** @param {Bundle} bundle @param {() => void} heard after each try to deliver */
  constructor(bundle, heard) {
    this.#bundle = bundle;
    this.#deliverer = new Delivery({
      outbox: {
        owner: () => bundle.you.id,
        parts: async () => this.#parts,
        took: async (parts) => {
          this.#parts = this.#parts.filter((part) => !parts.includes(part));
        },
      },
      heard,
    });
    addEventListener("online", () => void this.deliver());
  }

  /** What is under way lies in the line itself. */
  async keep() {
    return true;
  }

  /** @param {string} session @param {number} n @param {unknown} plain */
  async seal(session, n, plain) {
    const sealed = await seal(plain, this.#bundle.key, { session, n });
    this.#parts = [...this.#parts, { session, n, sealed, sealed_wall_ms: Date.now() }];
    return true;
  }

  deliver() {
    return this.#deliverer.now();
  }

  async waiting() {
    return practices(this.#parts);
  }

  async recording() {
    return null;
  }
}
