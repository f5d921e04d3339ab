// @ts-check
/** What goes out for voice: at once, and later where the server says that it was too much at once. */

/** @typedef {import("../live/messages.js").Beside} Beside */
/** @typedef {import("../live/messages.js").Refused} Refused */
/** @typedef {import("../live/timers.js").Timers} Timers */

/** More than this goes out before an answer never. */
const REMEMBERED_MOST = 200;
const LATER_MS = 1_000;

export class Outbox {
  #line;
  #timers;
  /** @type {Map<string, Beside>} by the id that a refusal would name */
  #sent = new Map();
  /** What waits, in its order: a way to somebody is told after the offer that it belongs to. @type {Beside[]} */
  #waiting = [];
  #cancel = () => {};

  /** @param {{send(frame: Beside): string | null}} line @param {Timers} timers */
  constructor(line, timers) {
    this.#line = line;
    this.#timers = timers;
  }

  /** @param {Beside} frame */
  send(frame) {
    if (this.#waiting.length > 0) this.#waiting.push(frame);
    else this.#put(frame);
  }

  /** @param {Refused} refused */
  refused({ id, code, retry_ms }) {
    const frame = this.#sent.get(id ?? "");
    if (!frame) return;
    this.#sent.delete(id ?? "");
    if (code !== "too_fast") return;
    this.#waiting.push(frame);
    if (this.#waiting.length > 1) return;
    this.#cancel = this.#timers.after(retry_ms ?? LATER_MS, () => {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const one of waiting) this.#put(one);
    });
  }

  clear() {
    this.#cancel();
    this.#waiting = [];
    this.#sent.clear();
  }

  /** @param {Beside} frame */
  #put(frame) {
    const id = this.#line.send(frame);
    if (id === null) return;
    this.#sent.set(id, frame);
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= REMEMBERED_MOST) break;
      this.#sent.delete(oldest);
    }
  }
}
