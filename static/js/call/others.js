// @ts-check
/** Who else takes part, by the server's word, and the connection to each of them. */

import { Pair } from "./pair.js";

/** @typedef {import("../live/messages.js").CallPerson} CallPerson */
/** @typedef {import("../live/messages.js").CallSignal} CallSignal */
/** @typedef {import("../live/messages.js").Beside} Beside */
/** @typedef {import("../live/timers.js").Timers} Timers */
/** @typedef {import("./pair.js").Giving} Giving */
/** @typedef {{person: CallPerson, pair: Pair, missedSince: number | null}} Entry */
/**
 * @typedef {{connect: (config: RTCConfiguration) => RTCPeerConnection, send: (frame: Beside) => void,
 *   changed: () => void, thin: () => void, timers: Timers}} OthersParts
 */

/** Whoever is not named any more after the server began anew may be on their way back: sound went on meanwhile. */
const MISSED_MS = 30_000;

export class Others {
  #parts;
  #timers;
  #mine = "";
  /** @type {RTCConfiguration | null} */
  #config = null;
  /** @type {Entry[]} */
  #entries = [];
  /** @type {CallPerson[]} as the server named them last */
  #named = [];
  /** @type {Giving} */
  #giving = { microphone: null, camera: null, speaks: true };
  #hears = true;
  #live = true;
  #restartedAt = -Infinity;
  #cancelMissed = () => {};

  /** @param {OthersParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#timers = parts.timers;
  }

  /** @returns {import("./call.js").Other[]} */
  get state() {
    return this.#entries.map(({ person: { allowed_by, ...person }, pair, missedSince }) => ({
      ...person,
      away: person.away || missedSince !== null,
      allowedBy: allowed_by,
      state: pair.state,
      route: pair.route,
      talking: pair.talking && person.speaks,
      stream: pair.stream,
      code: pair.code,
      codeChanged: pair.codeSuspect,
    }));
  }

  /** Whether there is somebody, and nobody can be reached. */
  get lost() {
    return this.#entries.length > 0 && this.#entries.every(({ pair }) => pair.state === "failed");
  }

  /** What the server said of this page's own part. @returns {CallPerson | undefined} */
  get own() {
    return this.#named.find(({ peer }) => peer === this.#mine);
  }

  /** From here on whoever is named is connected to. @param {string} mine @param {RTCConfiguration} config */
  begin(mine, config) {
    this.#mine = mine;
    this.#config = config;
    for (const { pair } of this.#entries) pair.configure(config);
    this.#meetAll();
  }

  /** @param {CallPerson[]} people */
  named(people) {
    this.#named = people;
    this.#meetAll();
  }

  /** @param {CallSignal} signal */
  heard(signal) {
    this.#entries.find(({ person }) => person.peer === signal.from)?.pair.hear(signal);
  }

  /** The server began anew, and knows of nobody until they say so again. */
  restarted() {
    this.#restartedAt = this.#timers.now();
  }

  /** Whether this page has a line to the server. Once it has one again, what may have been lost is said again. @param {boolean} live */
  reach(live) {
    this.#live = live;
    for (const { person, pair, missedSince } of this.#entries)
      pair.reach(live && !person.away && missedSince === null);
  }

  /** What of this side goes to the others. @param {Giving} giving */
  give(giving) {
    this.#giving = giving;
    for (const { pair } of this.#entries) pair.give(giving);
  }

  /** Whether anything is heard and seen here. Who may not speak is never heard. @param {boolean} hears */
  listen(hears) {
    this.#hears = hears;
    for (const { person, pair } of this.#entries) pair.listen(hears && person.speaks);
  }

  close() {
    this.#cancelMissed();
    for (const { pair } of this.#entries) pair.close();
    this.#entries = [];
    this.#named = [];
    this.#config = null;
  }

  /** @returns {Promise<RTCStatsReport[]>} for whoever measures */
  stats() {
    return Promise.all(this.#entries.map(({ pair }) => pair.stats()));
  }

  #meetAll() {
    const config = this.#config;
    // Who comes earlier than the ways to them waits here.
    if (!config) return;
    const named = this.#named.filter(({ peer }) => peer !== this.#mine);
    for (const entry of [...this.#entries]) this.#follow(entry, named);
    for (const person of named) {
      if (this.#entries.some((entry) => entry.person.peer === person.peer)) continue;
      this.#entries.push({ person, pair: this.#connected(person.peer, config), missedSince: null });
    }
    this.#cancelMissed();
    if (this.#entries.some(({ missedSince }) => missedSince !== null)) {
      const wait_ms = Math.max(0, this.#restartedAt + MISSED_MS - this.#timers.now());
      this.#cancelMissed = this.#timers.after(wait_ms + 1, () => {
        this.#meetAll();
        this.#parts.changed();
      });
    }
    this.listen(this.#hears);
    this.reach(this.#live);
  }

  /** @param {Entry} entry @param {CallPerson[]} named */
  #follow(entry, named) {
    const now = this.#timers.now();
    const { person } = entry;
    const found = named.find(({ peer }) => peer === person.peer);
    // The same person on another page: this one is gone for good.
    const replaced = named.some(({ person: id }) => id === person.person) && !found;
    if (found) {
      Object.assign(entry, { person: found, missedSince: null });
    } else if (!replaced && now - this.#restartedAt < MISSED_MS) entry.missedSince ??= now;
    else {
      entry.pair.close();
      this.#entries = this.#entries.filter((one) => one !== entry);
    }
  }

  /** @param {string} to @param {RTCConfiguration} config */
  #connected(to, config) {
    const { connect, send, changed, thin, timers } = this.#parts;
    return new Pair({
      mine: this.#mine,
      theirs: to,
      connect,
      config,
      giving: this.#giving,
      send: (signal) => send({ type: "call.signal", to, ...signal }),
      changed,
      thin,
      timers,
    });
  }
}
