// @ts-check
/** What both screens were told, instant by instant: fetched once, and read at any moment of the session. */

import { Library } from "../live/library.js";

/** @typedef {import("../live/messages.js").View} View */
/** @typedef {import("../live/messages.js").Role} Role */
/** @typedef {import("../live/library.js").Exercise} Exercise */
/** @typedef {{seq: number, at: number, view: Record<string, any>, own: Record<string, any>}} Change */
/** `pressed` is when the own screen obeyed, `stored` when all others knew. @typedef {{by: Role, pressed: number, stored: number}} Press */
/**
 * `here` is who had a connection, `felt` since when it feels as it does, `pressing` whether this side has pressed a
 * Stop that nobody knows of yet, `again` whether some exercise has been through already.
 * @typedef {{view: View, here: Role[], felt: number | null, pressing: boolean, again: boolean}} Instant
 */

/** The words of every exercise as they were offered: what the ledger kept, and not what the library says today. */
class Kept extends Library {
  #kept;

  /** @param {Record<string, Exercise>} scripts */
  constructor(scripts) {
    super("", () => {});
    this.#kept = scripts;
    this.tried = true;
  }

  /** @override @param {string} name */
  exercise(name) {
    return this.#kept[name] ?? null;
  }

  /** @override @param {string} name @param {number} index */
  step(name, index) {
    return this.#kept[name]?.steps[index] ?? null;
  }
}

export class Told {
  library;
  /** @type {{seq: number, at: number, view: Record<string, any>, own: Record<string, any>, felt: number | null, again: boolean}[]} */
  #instants = [];
  #stops;

  /** @param {{scripts: Record<string, Exercise>, stops: Press[], instants: Change[]}} told */
  constructor({ scripts, stops, instants }) {
    this.library = new Kept(scripts);
    this.#stops = stops;
    let [view, own] = [/** @type {Record<string, any>} */ ({}), /** @type {Record<string, any>} */ ({})];
    /** @type {number | null} */
    let felt = null;
    let again = false;
    for (const change of instants) {
      if (change.view.comfort !== undefined || change.view.opened_at) felt = change.at;
      again ||= Boolean(view.activity?.started_at) && change.view.activity === null;
      view = { ...view, ...change.view };
      own = { ...own, ...change.own };
      this.#instants.push({ seq: change.seq, at: change.at, view, own, felt, again });
    }
  }

  /** @param {string} address */
  static async from(address) {
    const response = await fetch(address, { credentials: "same-origin", cache: "no-store" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Told(await response.json());
  }

  /**
   * What was so at a time, or right after a line where several came at once; null before there was anything.
   * @param {number} at_ms @param {Role} role @param {number | null} [seq]
   * @returns {Instant | null}
   */
  at(at_ms, role, seq = null) {
    const found = this.#last((instant) => (seq === null ? instant.at <= at_ms : instant.seq <= seq));
    if (!found) return null;
    const { here, ...shared } = found.view;
    const view = role === "therapist" ? { ...shared, care: { ...shared.care, ...found.own } } : shared;
    const pressing = this.#stops.some(
      ({ by, pressed, stored }) => by === role && pressed <= at_ms && at_ms < stored,
    );
    const lists = { checkins: [], messages: [] };
    return {
      view: /** @type {any} */ ({ ...view, ...lists }),
      here,
      felt: found.felt,
      pressing,
      again: found.again,
    };
  }

  /** @param {(instant: {seq: number, at: number}) => boolean} reached true up to some instant and false from there on */
  #last(reached) {
    let [low, high] = [0, this.#instants.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (reached(this.#instants[middle])) low = middle + 1;
      else high = middle;
    }
    return this.#instants[low - 1] ?? null;
  }
}
