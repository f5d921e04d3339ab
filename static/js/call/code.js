// @ts-check
/**
 * The code that two people compare: the same words on both screens mean that nobody sits between them.
 *
 * It is made of the fingerprints of both ends of the encryption, as each browser sees them. Whoever sat between, this
 * server included, would show each side a fingerprint of their own, and the words would differ. So that nobody can
 * look for fingerprints that happen to give the same few words, which takes 2^16 tries, each side first says a number
 * that binds it to a secret one (`commit`), and only once it has the other's says the secret itself (`reveal`).
 */

import { codeWords } from "./code-words.js";

/** @typedef {{words: string[], digits: string}} Code */
/** @typedef {{commit: string} | {reveal: string}} Said */

const NONCE_BYTES = 32;
const FINGERPRINT = /^a=fingerprint:sha-256 ([0-9a-f:]+)\s*$/gim;
const HEX = /^[0-9a-f]{64}$/;

/**
 * The fingerprints that a description names, as bytes in hexadecimal; "" where there is none to compare. A browser
 * has one for all it sends; where there are several, all of them count.
 * @param {string | undefined} sdp
 */
export function fingerprintOf(sdp) {
  const found = [...(sdp ?? "").matchAll(FINGERPRINT)].map(([, hex]) =>
    hex.replaceAll(":", "").toLowerCase(),
  );
  return [...new Set(found)].sort().join("");
}

/** @param {string} hex */
function bytes(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** @param {string} hex @returns {Promise<string>} SHA-256 of these bytes */
export async function digest(hex) {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(hex)));
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function newNonce() {
  const random = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The first 32 bits as people read them: 4 words, and 2 groups of 5 digits. @param {string} hex @returns {Code} */
export function readable(hex) {
  const words = codeWords();
  const first = bytes(hex.slice(0, 8));
  const number = new DataView(first.buffer).getUint32(0);
  const digits = String(number).padStart(10, "0");
  return {
    words: Array.from(first, (byte) => words[byte]),
    digits: `${digits.slice(0, 5)} ${digits.slice(5)}`,
  };
}

/** One side of the comparison, for one connection. */
export class Comparison {
  #send;
  #changed;
  #nonces;
  #own = "";
  #other = "";
  /** Which pair of fingerprints is being compared: what was begun for an earlier one is let go. */
  #round = 0;
  #nonce = "";
  #commit = "";
  #theirCommit = "";
  #theirReveal = "";
  #revealed = false;
  /** @type {Code | null} */
  #code = null;
  #suspect = false;

  /**
   * @param {{send: (said: Said) => void, changed: () => void, nonce?: () => string}} parts `send` reaches the other
   * side, `changed` is called when there is something new to show
   */
  constructor({ send, changed, nonce = newNonce }) {
    this.#send = send;
    this.#changed = changed;
    this.#nonces = nonce;
  }

  get code() {
    return this.#code;
  }

  /** Whether something did not fit, or the code is not the one that was shown before: people compare again. */
  get suspect() {
    return this.#suspect;
  }

  /** Both ends as this browser sees them. The same again changes nothing. @param {string} own @param {string} other */
  async between(own, other) {
    if (!own || !other || (own === this.#own && other === this.#other)) return;
    // An end that turned into another one while people talk is what they have to know of.
    if (this.#own) this.#suspect = true;
    const early = this.#own ? "" : this.#theirCommit;
    this.#own = own;
    this.#other = other;
    this.#nonce = this.#nonces();
    this.#theirCommit = early;
    this.#theirReveal = "";
    this.#commit = "";
    this.#revealed = false;
    this.#code = null;
    this.#round += 1;
    const round = this.#round;
    const commit = await digest(this.#nonce + own + other);
    if (round !== this.#round) return;
    this.#commit = commit;
    if (this.#theirCommit) this.#reveal();
    else this.again();
    this.#changed();
    if (this.#theirReveal) await this.#check();
  }

  /** What the other side said. @param {{commit?: unknown, reveal?: unknown}} said */
  async hear(said) {
    if (typeof said.commit === "string" && HEX.test(said.commit)) this.#committed(said.commit);
    if (typeof said.reveal === "string" && HEX.test(said.reveal)) await this.#revealedBy(said.reveal);
  }

  /** Says again what may have been lost. */
  again() {
    if (!this.#commit) return;
    this.#send({ commit: this.#commit });
    if (this.#revealed) this.#send({ reveal: this.#nonce });
  }

  /** @param {string} commit */
  #committed(commit) {
    if (this.#theirCommit && this.#theirCommit !== commit) {
      // A second promise could be made to measure, once the secret of this side is known. It binds nobody.
      this.#doubt();
      return;
    }
    this.#theirCommit = commit;
    this.#reveal();
  }

  #reveal() {
    if (!this.#commit || !this.#theirCommit || this.#revealed) return;
    this.#revealed = true;
    // The promise once more, in case it was lost: a secret that comes without one is taken for a bad sign.
    this.again();
  }

  /** @param {string} reveal */
  async #revealedBy(reveal) {
    // Whoever reveals first, before a promise, could have chosen by what they heard.
    if (!this.#theirCommit || (this.#theirReveal && this.#theirReveal !== reveal)) return this.#doubt();
    if (this.#theirReveal) return;
    this.#theirReveal = reveal;
    if (this.#commit) await this.#check();
  }

  async #check() {
    const round = this.#round;
    const reveal = this.#theirReveal;
    const promised = await digest(reveal + this.#other + this.#own);
    const ends = [this.#own + this.#nonce, this.#other + reveal].sort();
    const sum = await digest(ends.join(""));
    if (round !== this.#round) return;
    this.#code = readable(sum);
    if (promised !== this.#theirCommit) this.#suspect = true;
    this.#changed();
  }

  #doubt() {
    if (this.#suspect) return;
    this.#suspect = true;
    this.#changed();
  }
}
