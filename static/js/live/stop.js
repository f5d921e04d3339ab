// @ts-check
/**
 * One's own Stop: true on this screen from the moment it is pressed, until the server has stored it.
 *
 * What is kept says which session, which command and when, and nothing else; it survives a reload and a crash
 * of the tab. It is the first frame after every greeting, until it is done.
 */

import { newId } from "./messages.js";

/** @typedef {import("./messages.js").Done} Done */
/** @typedef {import("./messages.js").Refused} Refused */
/** @typedef {{session: string, id: string, at: number}} Kept */
/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Store */

const STORE = "ebb.own";
const MOST_AGO_MS = 86_400_000;
/** On a good line it is there at once, and the time of receipt is the time of the press. */
const NOW_MS = 1_000;

/** @param {unknown} value @returns {value is Kept} */
function isKept(value) {
  const kept = /** @type {Partial<Kept> | null} */ (value);
  return typeof kept?.session === "string" && typeof kept.id === "string" && typeof kept.at === "number";
}

export class OwnStop {
  #session;
  #stores;
  #wall;
  /** @type {Kept | null} */
  #kept = null;

  /**
   * @param {string} session
   * @param {{stores?: Store[], wall?: () => number}} [options] two stores, because a private window may refuse
   * one, and a crash may lose the other
   */
  constructor(session, { stores = browserStores(), wall = () => Date.now() } = {}) {
    this.#session = session;
    this.#stores = stores;
    this.#wall = wall;
    this.#kept = this.#read();
  }

  /** Whether a Stop of this side is not stored yet: it outranks every view. */
  get pending() {
    return this.#kept !== null;
  }

  /** Pressed. The same Stop again, while the first is not stored, is the first one. */
  press() {
    if (this.#kept) return;
    this.#kept = { session: this.#session, id: newId(), at: this.#wall() };
    this.#each((store) => store.setItem(`${STORE}.${this.#session}`, JSON.stringify(this.#kept)));
  }

  /** What is to be sent, or null. @returns {import("./messages.js").Command | null} */
  frame() {
    if (!this.#kept) return null;
    const ago_ms = Math.round(Math.min(MOST_AGO_MS, Math.max(0, this.#wall() - this.#kept.at)));
    const command = { type: /** @type {const} */ ("session.stop"), id: this.#kept.id };
    return ago_ms < NOW_MS ? command : { ...command, ago_ms };
  }

  /**
   * @param {Done | Refused} message
   * @returns {boolean} whether this Stop is stored now
   */
  answer(message) {
    if (!this.#kept || message.id !== this.#kept.id) return false;
    // Sent again it carries another `ago_ms`: that its id is used says that the first one is stored.
    const stored = message.type === "done" || message.fields?.id === "used";
    if (stored) this.forget();
    return stored;
  }

  /** The visit is over; there is nothing left to stop. */
  forget() {
    this.#kept = null;
    this.#each((store) => store.removeItem(`${STORE}.${this.#session}`));
  }

  /** @returns {Kept | null} */
  #read() {
    /** @type {Kept | null} */
    let found = null;
    this.#each((store) => {
      const value = JSON.parse(store.getItem(`${STORE}.${this.#session}`) ?? "null");
      if (isKept(value) && value.session === this.#session) found ??= value;
    });
    return found;
  }

  /** @param {(store: Store) => void} act */
  #each(act) {
    for (const store of this.#stores) {
      try {
        act(store);
      } catch {
        // A full or forbidden store takes nothing away from the Stop on this screen.
      }
    }
  }
}

/** @returns {Store[]} */
function browserStores() {
  /** @type {Store[]} */
  const stores = [];
  for (const name of /** @type {const} */ (["sessionStorage", "localStorage"])) {
    try {
      if (globalThis[name]) stores.push(globalThis[name]);
    } catch {
      // Reading the property itself may be forbidden.
    }
  }
  return stores;
}
