// @ts-check
/** Which beats belong to which breath of the pacer: each breath is measured once, when all of its beats have come. */

import { boundaries } from "../pacer/pattern.js";
import { breathOf, sift } from "./swing.js";

/** @typedef {import("../pacer/pattern.js").Pacer} Pacer */
/** @typedef {import("./swing.js").Beat} Beat */
/** @typedef {import("./swing.js").Breath} Breath */

/** Longer than the longest breath and what comes after it. */
const KEPT_MS = 90_000;
/** How long after its end a breath's last beats may still be on their way. */
const SETTLES_MS = 2_500;

export class Count {
  #told;
  #changed;
  /** @type {Beat[]} */
  #kept = [];
  /** Where breaths began, as far as they are not measured yet. @type {number[]} */
  #starts = [];
  #looked_ms = Number.NaN;
  /** The pacer of the breaths that are counted. @type {number | null} */
  #pace = null;

  /**
   * @param {{told: (breath: Breath | null, from_ms: number, until_ms: number) => void, changed?: () => void}} parts
   * `told` is called for each breath, `changed` where another pace begins: one number never counts two paces
   */
  constructor({ told, changed = () => {} }) {
    this.#told = told;
    this.#changed = changed;
  }

  /** @param {readonly Beat[]} beats the new ones @param {Pacer | null} pacer @param {number} now_ms */
  take(beats, pacer, now_ms) {
    this.#kept = [...this.#kept, ...beats].filter(({ at }) => at > now_ms - KEPT_MS);
    if (!pacer) return this.rest();
    const { revision } = pacer.next && now_ms >= pacer.next.anchor_ms ? pacer.next : pacer;
    if (revision !== this.#pace || Number.isNaN(this.#looked_ms)) {
      this.#starts = [];
      this.#looked_ms = now_ms;
      this.#changed();
    }
    this.#pace = revision;
    for (const { atMs, name } of boundaries(pacer, this.#looked_ms, now_ms))
      if (name === "in") this.#starts.push(atMs);
    this.#looked_ms = now_ms;
    while (this.#starts.length > 1 && now_ms > this.#starts[1] + SETTLES_MS) {
      const [from_ms, until_ms] = this.#starts;
      this.#starts.shift();
      this.#told(breathOf(sift(this.#kept), from_ms, until_ms), from_ms, until_ms);
    }
  }

  /** Nothing is breathed to: the breath that has begun is no whole one. */
  rest() {
    this.#starts = [];
    this.#looked_ms = Number.NaN;
  }

  /** As if there had been no beats. */
  forget() {
    this.#kept = [];
    this.rest();
  }
}
