// @ts-check
/**
 * The line to the server: opens it, greets, sends, notices when it is gone, and mends it.
 *
 * Only a `bye` with 4000, 4401 or 4404 ends it. Any other close is a loss: it asks at the door first, since a
 * browser cannot see why an upgrade failed, and then tries again, for as long as it takes.
 */

import { Backoff } from "./backoff.js";
import { Clock } from "./clock.js";
import { Heart } from "./heart.js";
import { newId, read } from "./messages.js";
import { Pending } from "./pending.js";
import { browserTimers } from "./timers.js";

/** @typedef {import("./messages.js").Wish} Wish */
/** @typedef {import("./messages.js").Command} Command */
/** @typedef {import("./messages.js").Answer} Answer */
/** @typedef {import("./timers.js").Timers} Timers */
/** @typedef {'connecting' | 'live' | 'retrying' | 'ended'} State */
/** @typedef {'ended' | 'signed_out' | 'no_longer_yours'} End */
/** @typedef {{status: number, retry_ms: number | null}} Door */
/** @typedef {Pick<WebSocket, 'send' | 'close' | 'readyState' | 'onopen' | 'onmessage' | 'onclose'>} Line */

/**
 * `first` is what goes out before anything else after each greeting: an own Stop. `call` and `heart` hear what is
 * said beside the record, and what was refused of it; a practice at home has neither.
 * @typedef {{
 *   state: (state: State) => void,
 *   greeted: (hello: import("./messages.js").Hello, arrived: number) => void,
 *   changed: (changed: import("./messages.js").Changed) => void,
 *   answered: (answer: import("./messages.js").Done | import("./messages.js").Refused) => void,
 *   halted: (halt: import("./messages.js").Halt) => void,
 *   people: (people: import("./messages.js").Person[]) => void,
 *   measured: () => void,
 *   ended: (how: End) => void,
 *   first: () => Command | null,
 *   call?: (frame: import("./messages.js").CallFrame | import("./messages.js").Refused) => void,
 *   heart?: (frame: import("./messages.js").HeartBeats | import("./messages.js").Refused) => void,
 * }} Handlers
 */

const SUBPROTOCOL = "ebb.v1";
const DOOR_WITHIN_MS = 5_000;
const GREETED_WITHIN_MS = 5_000;
const STABLE_AFTER_MS = 10_000;
/** How many frames beside the record are remembered in case they are refused: more than go out before an answer. */
const BESIDE_MOST = 400;
const OPEN = 1;
/** @type {Record<number, End>} */
const ENDS = { 4000: "ended", 4401: "signed_out", 4404: "no_longer_yours" };

/** What a visit's room stands on, by the addresses that its page was given. @param {HTMLElement} root */
export function visitOn({ dataset: { socket = "", door: asked = "" } }) {
  const clock = new Clock();
  const address = new URL(socket, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  /** @returns {Promise<Door>} */
  const door = async () => {
    const signal = AbortSignal.timeout(DOOR_WITHIN_MS);
    const response = await fetch(asked, { cache: "no-store", redirect: "manual", signal });
    /** @type {number | null} */
    let retry_ms = null;
    // 503 names a window where a crowd comes back at once. From a proxy it is a page, and so no answer at all.
    if (response.ok || response.status === 503) retry_ms = (await response.json()).retry_ms ?? null;
    return { status: response.status, retry_ms };
  };
  const open = () => new WebSocket(address, SUBPROTOCOL);
  return { clock, line: (/** @type {Handlers} */ on) => new Connection({ on, clock, open, door }) };
}

export class Connection {
  #on;
  #clock;
  #timers;
  #open;
  #ask;
  #backoff;
  #heart;
  #pending = new Pending();
  /** @type {State} */
  #state = "connecting";
  /** @type {Line | null} */
  #line = null;
  /** @type {import("./messages.js").Bye | null} */
  #bye = null;
  #cancelLimit = () => {};
  #cancelRetry = () => {};
  #cancelStable = () => {};
  #atDoor = false;
  /** Whose frames beside the record those were, should one be refused. @type {Map<string, 'call' | 'heart'>} */
  #beside = new Map();

  /**
   * @param {{on: Handlers, clock: Clock, open: () => Line, door: () => Promise<Door>, timers?: Timers,
   *   random?: () => number}} parts `door` rejects where nobody answers
   */
  constructor({ on, clock, open, door, timers = browserTimers, random = Math.random }) {
    this.#on = on;
    this.#clock = clock;
    this.#open = open;
    this.#ask = door;
    this.#timers = timers;
    this.#backoff = new Backoff(random);
    this.#heart = new Heart({
      clock,
      timers,
      send: (ping) => this.#put(ping),
      dead: () => this.#drop(),
      measured: () => on.measured(),
    });
  }

  get state() {
    return this.#state;
  }

  /** How many wishes wait to be sent once the line is back. */
  get waiting() {
    return this.#pending.waiting;
  }

  start() {
    this.#connect();
  }

  /**
   * @param {Wish} wish
   * @returns {{id: string, answer: Promise<Answer>}}
   */
  send(wish) {
    const command = /** @type {Command} */ ({ ...wish, id: newId() });
    const live = this.#state === "live";
    const answer =
      this.#state === "ended" ? new Pending().add(command, false) : this.#pending.add(command, live);
    if (live) this.#put(command);
    return { id: command.id, answer };
  }

  /**
   * Sends something that is never recorded and never sent again: it was meant for its moment.
   * @param {import("./messages.js").Beside} frame
   * @returns {string | null} its id, or null where there is no line and it was dropped
   */
  sendFrame(frame) {
    if (this.#state !== "live") return null;
    const id = newId();
    this.#beside.set(id, frame.type.startsWith("heart.") ? "heart" : "call");
    for (const oldest of this.#beside.keys()) {
      if (this.#beside.size <= BESIDE_MOST) break;
      this.#beside.delete(oldest);
    }
    this.#put({ ...frame, id });
    return id;
  }

  /** Sends what is asked for first, if it can: called when Stop was pressed. */
  sendFirst() {
    const first = this.#on.first();
    if (!first || this.#state !== "live") return;
    this.#put(first);
    // Whether it arrives matters now: a line that is dead is to be noticed in seconds.
    this.#heart.probe();
  }

  /** @param {string} id see Pending.takeBack */
  takeBack(id) {
    return this.#pending.takeBack(id);
  }

  /** The page came back or the network changed: look now instead of later. */
  look() {
    if (this.#state === "ended") return;
    if (this.#state === "live") {
      this.#clock.woke();
      this.#heart.probe();
    } else if (this.#line === null && !this.#atDoor) {
      this.#cancelRetry();
      void this.#knock();
    }
  }

  close() {
    this.#finish();
  }

  #connect() {
    this.#bye = null;
    const line = this.#open();
    this.#line = line;
    this.#cancelLimit = this.#timers.after(GREETED_WITHIN_MS, () => this.#drop());
    line.onmessage = ({ data }) => this.#hear(String(data));
    line.onclose = ({ code }) => this.#closed(line, code);
  }

  /** @param {string} text */
  #hear(text) {
    const arrived = this.#timers.now();
    const message = read(text);
    switch (message.type) {
      case "hello":
        return this.#greeted(message, arrived);
      case "changed":
        return this.#on.changed(message);
      case "done":
      case "refused":
        if (message.type === "refused" && this.#besideRefused(message)) return;
        this.#on.answered(message);
        return this.#pending.answer(message);
      case "halt":
        return this.#on.halted(message);
      case "clock.pong":
        return this.#heart.pong(message, arrived);
      case "people":
        return this.#on.people(message.people);
      case "call.joined":
      case "call.people":
      case "call.signal":
      case "call.moved":
        return this.#on.call?.(message);
      case "heart.beats":
        return this.#on.heart?.(message);
      case "bye":
        this.#bye = message;
        // Whoever said good-bye and then hangs is as gone as one that closed.
        this.#cancelLimit();
        this.#cancelLimit = this.#timers.after(GREETED_WITHIN_MS, () => this.#drop());
        return;
      default:
        throw new TypeError("a message without a place in this room");
    }
  }

  /** @param {import("./messages.js").Hello} hello @param {number} arrived */
  #greeted(hello, arrived) {
    const again = this.#state === "live";
    this.#cancelLimit();
    if (!again) this.#clock.reset(hello.boot);
    this.#on.greeted(hello, arrived);
    if (again) return;
    this.#become("live");
    this.#cancelStable = this.#timers.after(STABLE_AFTER_MS, () => this.#backoff.reset());
    this.sendFirst();
    for (const command of this.#pending.again()) this.#put(command);
    this.#heart.beat();
  }

  /** @param {import("./messages.js").Refused} refused */
  #besideRefused(refused) {
    const whose = refused.id === null ? undefined : this.#beside.get(refused.id);
    if (whose) this.#on[whose]?.(refused);
    return whose !== undefined;
  }

  /** @param {Command | import("./messages.js").Ping | (import("./messages.js").Beside & {id: string})} frame */
  #put(frame) {
    if (this.#line?.readyState === OPEN) this.#line.send(JSON.stringify(frame));
  }

  /** The line does not answer. Its own close may take a minute to be heard of, so it is not waited for. */
  #drop() {
    const line = this.#line;
    if (!line) return;
    line.onmessage = line.onclose = null;
    line.close();
    this.#lost();
  }

  /** @param {Line} line @param {number} code */
  #closed(line, code) {
    if (line !== this.#line) return;
    const end = this.#bye ? ENDS[code] : undefined;
    if (end) return this.#end(end);
    this.#lost();
  }

  #lost() {
    const window_ms = this.#bye?.retry_ms ?? null;
    this.#line = null;
    this.#quiet();
    this.#clock.parted();
    this.#pending.lost();
    this.#become("retrying");
    this.#retry(window_ms);
  }

  /** @param {number | null} window_ms */
  #retry(window_ms) {
    this.#cancelRetry();
    this.#cancelRetry = this.#timers.after(this.#backoff.next(window_ms), () => void this.#knock());
  }

  async #knock() {
    this.#atDoor = true;
    /** @type {Door | null} */
    let door = null;
    try {
      door = await this.#ask();
    } catch {
      // Nobody answers: the network, or a server that is just starting.
    }
    this.#atDoor = false;
    if (this.#state === "ended" || this.#line !== null) return;
    if (door?.status === 401) return this.#end("signed_out");
    if (door?.status === 404) return this.#end("no_longer_yours");
    if (door?.status !== 200) return this.#retry(door?.retry_ms ?? null);
    if (!door.retry_ms) return this.#connect();
    this.#cancelRetry = this.#timers.after(this.#backoff.next(door.retry_ms), () => this.#connect());
  }

  /** @param {End} how */
  #end(how) {
    this.#finish();
    this.#on.ended(how);
  }

  #finish() {
    const line = this.#line;
    this.#line = null;
    this.#quiet();
    this.#cancelRetry();
    this.#clock.parted();
    this.#become("ended");
    this.#pending.end();
    if (line) line.onmessage = line.onclose = null;
    line?.close();
  }

  #quiet() {
    this.#cancelLimit();
    this.#cancelStable();
    this.#heart.rest();
  }

  /** @param {State} state */
  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#on.state(state);
  }
}
