// @ts-check
/**
 * Hands sealed parts to the server, each until it says that it has it: in batches, from one window at a time, again
 * after a while where nobody answers. What is not taken stays; nothing is dropped because it could not be sent.
 */

import { Backoff } from "../live/backoff.js";
import { browserTimers } from "../live/timers.js";

/** @typedef {import("./store.js").Part} Part */
/** @typedef {'stored' | 'already' | 'kept_aside'} Taken */
/** @typedef {'nothing' | 'delivered' | 'offline' | 'signed_out' | 'somebody_else' | 'refused' | 'busy' | 'left'} State */
/** @typedef {{state: State, delivered: number, kept_aside: number, waiting: number}} Outcome counts of practices */
/**
 * Where the parts lie. `took` forgets those that have arrived.
 * @template {Part} P
 * @typedef {{owner: () => string | null, parts: () => Promise<P[]>,
 *   took: (parts: P[], keptAside: number) => Promise<void>}} Outbox
 */
/** @typedef {(url: string, init: RequestInit) => Promise<Response>} Fetch */
/** @typedef {<T>(act: () => Promise<T>) => Promise<T>} Alone */

const URL = "/outbox";
const MOST_PARTS = 20;
/** The server takes 256 KiB at once. */
const MOST_BYTES = 240_000;
const AROUND_BYTES = 120;
const PATIENCE_MS = 30_000;
const TAKEN = new Set(["stored", "already", "kept_aside"]);

/** How many practices these parts belong to. @param {readonly {session: string}[]} parts */
export const practices = (parts) => new Set(parts.map((part) => part.session)).size;

/**
 * The parts in the order in which they were made, no more in one than the server takes.
 * @template {Part} P
 * @param {readonly P[]} parts
 * @returns {P[][]}
 */
export function batches(parts, { most = MOST_PARTS, most_bytes = MOST_BYTES } = {}) {
  /** @type {P[][]} */
  const made = [];
  let bytes = 0;
  for (const part of parts) {
    const own = part.sealed.length + AROUND_BYTES;
    const last = made.at(-1);
    if (!last || last.length >= most || bytes + own > most_bytes) {
      made.push([part]);
      bytes = own;
    } else {
      last.push(part);
      bytes += own;
    }
  }
  return made;
}

/**
 * What goes over the line. `waited_ms`: how long it lay here since it was sealed; a difference, so that a clock that
 * is wrong does not matter.
 * @param {readonly Part[]} parts @param {number} wall_ms
 */
export function body(parts, wall_ms) {
  return JSON.stringify(
    parts.map(({ session, n, sealed, sealed_wall_ms }) => {
      return { session, n, sealed, waited_ms: Math.max(0, Math.round(wall_ms - sealed_wall_ms)) };
    }),
  );
}

/**
 * Which of those that were sent have arrived. An answer that does not name a part says nothing of it.
 * @template {Part} P
 * @param {readonly P[]} sent @param {unknown} answer
 * @returns {{part: P, state: Taken}[]}
 */
export function taken(sent, answer) {
  if (!Array.isArray(answer)) return [];
  return sent.flatMap((part) => {
    const line = answer.find((one) => one?.session === part.session && one.n === part.n);
    return TAKEN.has(line?.state) ? [{ part, state: line.state }] : [];
  });
}

/** @template {Part} P */
export class Delivery {
  #outbox;
  #fetch;
  #alone;
  #timers;
  #backoff;
  #heard;
  #cancel = () => {};
  /** @type {Promise<Outcome> | null} */
  #running = null;
  #ended = false;

  /**
   * @param {{outbox: Outbox<P>, heard?: (outcome: Outcome) => void, fetch?: Fetch, alone?: Alone,
   *   timers?: import("../live/timers.js").Timers, random?: () => number}} parts `alone` lets one window at a time
   */
  constructor({
    outbox,
    heard = () => {},
    fetch = (url, init) => globalThis.fetch(url, init),
    alone = oneWindow,
    timers = browserTimers,
    random = Math.random,
  }) {
    this.#outbox = outbox;
    this.#heard = heard;
    this.#fetch = fetch;
    this.#alone = alone;
    this.#timers = timers;
    this.#backoff = new Backoff(random);
  }

  /** Now. Asked while it runs, it is the same one. @returns {Promise<Outcome>} */
  now() {
    this.#cancel();
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  close() {
    this.#ended = true;
    this.#cancel();
  }

  async #run() {
    /** @type {Outcome} */
    const outcome = { state: "nothing", delivered: 0, kept_aside: 0, waiting: 0 };
    /** @type {number | null} */
    let retry_ms = null;
    // Looked at before the lock is asked for: most pages have nothing to deliver.
    if ((await this.#outbox.parts()).length) {
      retry_ms = await this.#alone(() => this.#all(outcome));
    }
    outcome.waiting = practices(await this.#outbox.parts());
    if (outcome.state === "delivered") this.#backoff.reset();
    const again = outcome.state === "offline" || outcome.state === "busy";
    if (again && !this.#ended) {
      this.#cancel = this.#timers.after(Math.max(retry_ms ?? 0, this.#backoff.next()), () => void this.now());
    }
    this.#heard(outcome);
    return outcome;
  }

  /** @param {Outcome} outcome @returns {Promise<number | null>} how long the server wants to be left alone */
  async #all(outcome) {
    const left = batches(await this.#outbox.parts());
    while (left.length) {
      const batch = /** @type {P[]} */ (left.shift());
      const said = await this.#send(batch);
      if ("arrived" in said) {
        const aside = said.arrived.filter((one) => one.state === "kept_aside").map((one) => one.part);
        const parts = said.arrived.map((one) => one.part);
        await this.#outbox.took(parts, practices(aside));
        outcome.delivered += practices(parts);
        outcome.kept_aside += practices(aside);
        const missed = parts.length < batch.length;
        if (outcome.state !== "refused") outcome.state = missed ? "refused" : "delivered";
      } else if (said.state === "refused") {
        outcome.state = "refused";
        // One of them is what it does not take; the others are not to wait for it.
        if (batch.length > 1) left.unshift(...batch.map((part) => [part]));
      } else {
        outcome.state = said.state;
        return said.retry_ms;
      }
    }
    return null;
  }

  /**
   * @param {P[]} batch
   * @returns {Promise<{arrived: {part: P, state: Taken}[]} | {state: State, retry_ms: number | null}>}
   */
  async #send(batch) {
    const owner = this.#outbox.owner();
    /** @type {Response} */
    let answer;
    try {
      answer = await this.#fetch(URL, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(owner ? { "Ebb-Owner": owner } : {}) },
        body: body(batch, this.#timers.wall()),
        redirect: "error",
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.ok) return { arrived: taken(batch, await answer.json()) };
    } catch {
      // Nobody answers; or the answer was cut off, and what has arrived is told to be there "already" next time.
      return { state: "offline", retry_ms: null };
    }
    const after_s = Number(answer.headers.get("Retry-After"));
    const retry_ms = after_s > 0 ? after_s * 1000 : null;
    if (answer.status === 401) return { state: "signed_out", retry_ms };
    // Whose phone this is has left Ebb, and what was theirs was erased.
    if (answer.status === 410) return { state: "left", retry_ms };
    // Another person is signed in on this phone, or one who has no practices.
    if ([403, 404, 409].includes(answer.status)) return { state: "somebody_else", retry_ms };
    if (answer.status === 429 || answer.status >= 500) return { state: "busy", retry_ms };
    return { state: "refused", retry_ms };
  }
}

/** @type {Alone} */
async function oneWindow(act) {
  if (!globalThis.navigator?.locks) return act();
  return navigator.locks.request("ebb-deliver", act);
}
