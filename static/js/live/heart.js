// @ts-check
/**
 * The heartbeat of a connection, which is also how the clock is measured: pings as often as the clock wants
 * them, and the word that the line is dead when one stays unanswered.
 */

import { newId } from "./messages.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./messages.js").Ping} Ping */
/** @typedef {import("./messages.js").Pong} Pong */
/** @typedef {import("./timers.js").Timers} Timers */

const ANSWER_WITHIN_MS = 10_000;
/** Right after waking or a change of network nobody wants to wait for the long limit. */
const PROBE_WITHIN_MS = 3_000;
/** A limit that rings later than this rang in a page that slept: its answer may lie unread behind it. */
const SLEPT_MS = 1_500;

export class Heart {
  #clock;
  #timers;
  #send;
  #dead;
  #measured;
  /** @type {Map<string, {sent: number, cancel: () => void}>} */
  #asked = new Map();
  #next = () => {};
  #beating = false;
  /** @type {number | null} */
  #rtt_ms = null;

  /**
   * @param {{clock: Clock, timers: Timers, send: (ping: Ping) => void, dead: () => void, measured: () => void}} parts
   * `dead` is called once per silence, `measured` after each reply that the clock believed
   */
  constructor({ clock, timers, send, dead, measured }) {
    this.#clock = clock;
    this.#timers = timers;
    this.#send = send;
    this.#dead = dead;
    this.#measured = measured;
  }

  /** The line is good and the clock has been told so: begin. */
  beat() {
    this.#still();
    this.#beating = true;
    this.#plan();
  }

  /** The line is gone. */
  rest() {
    this.#beating = false;
    this.#still();
  }

  /** Ask now, with the short limit: the page is back, or the network changed. */
  probe() {
    if (!this.#beating) return;
    this.#next();
    this.#ping(PROBE_WITHIN_MS);
    this.#plan();
  }

  /** @param {Pong} pong @param {number} arrived on the monotonic clock */
  pong({ id, received, sent }, arrived) {
    const asked = this.#asked.get(id);
    if (!asked) return;
    // A later answer also speaks for the questions before it, which a queue may have swallowed.
    for (const [other, { sent: at, cancel }] of [...this.#asked]) {
      if (at > asked.sent) continue;
      cancel();
      this.#asked.delete(other);
    }
    this.#rtt_ms = Math.max(0, arrived - asked.sent - (sent - received));
    const reading = { sent: asked.sent, received, replied: sent, arrived };
    if (this.#clock.sample(reading, this.#timers.wall())) this.#measured();
  }

  #plan() {
    const wait_ms = this.#clock.nextPingIn(this.#timers.now());
    this.#next = this.#timers.after(wait_ms, () => {
      this.#ping(ANSWER_WITHIN_MS);
      this.#plan();
    });
  }

  /** @param {number} within_ms */
  #ping(within_ms) {
    const now = this.#timers.now();
    const id = newId();
    const bound_ms = this.#clock.boundMs(now);
    this.#clock.pinged(now);
    this.#asked.set(id, { sent: now, cancel: this.#limit(id, now + within_ms, within_ms) });
    this.#send({
      type: "clock.ping",
      id,
      ...(this.#rtt_ms !== null && { rtt_ms: Math.min(3_600_000, this.#rtt_ms) }),
      ...(Number.isFinite(bound_ms) && { bound_ms: Math.min(3_600_000, bound_ms) }),
      sync: this.#clock.state(now),
    });
  }

  /** @param {string} id @param {number} due @param {number} within_ms */
  #limit(id, due, within_ms) {
    return this.#timers.after(within_ms, () => {
      if (!this.#asked.delete(id)) return;
      if (this.#timers.now() - due > SLEPT_MS) return this.probe();
      this.rest();
      this.#dead();
    });
  }

  #still() {
    this.#next();
    this.#next = () => {};
    for (const { cancel } of this.#asked.values()) cancel();
    this.#asked.clear();
  }
}
