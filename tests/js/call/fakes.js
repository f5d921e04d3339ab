// @ts-check
/**
 * What a call stands on, made up: connections that follow the rules of negotiation (JSEP) without a network, devices
 * that open when they are told to, and a server that passes on what it is given.
 */

import { createHash } from "node:crypto";
import { stoppedTime } from "../live/bench.js";
import { FakePeer, FakeTrack } from "./peer.js";

export { FakePeer, FakeTrack };

/** @typedef {import("../../../static/js/live/messages.js").Beside} Beside */
/** @typedef {import("../../../static/js/live/messages.js").CallPerson} CallPerson */
/** @typedef {import("../../../static/js/call/call.js").CallState} CallState */

export class FakeStream {
  /** @param {FakeTrack[]} [tracks] */
  constructor(tracks = []) {
    this.tracks = [...tracks];
  }
  getTracks() {
    return [...this.tracks];
  }
  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === "video");
  }
  /** @param {FakeTrack} track */
  addTrack(track) {
    this.tracks.push(track);
  }
  /** @param {FakeTrack} track */
  removeTrack(track) {
    this.tracks = this.tracks.filter((one) => one !== track);
  }
}

/** Devices that open, or say why they do not. */
export class FakeMedia {
  /** @type {Partial<Record<"audio" | "video", string>>} the name of the error, by kind */
  refuses = {};
  /** @type {FakeTrack[]} */
  opened = [];
  /** Set while the browser still asks the person. @type {Promise<void> | null} */
  asking = null;

  /** @param {any} wanted */
  async getUserMedia(wanted) {
    const kind = wanted.audio ? "audio" : "video";
    await this.asking;
    const refused = this.refuses[kind];
    if (refused) throw new DOMException("", refused);
    const track = new FakeTrack(kind, wanted[kind].deviceId?.ideal ?? "default");
    this.opened.push(track);
    return /** @type {any} */ (new FakeStream([track]));
  }

  /** The last one that was opened of a kind. @param {"audio" | "video"} kind */
  last(kind) {
    const track = this.opened.filter((one) => one.kind === kind).at(-1);
    if (!track) throw new Error(`no ${kind} was opened`);
    return track;
  }
}

/** One tab of a device has it at a time, as browsers do it. */
export class FakeLocks {
  /** @type {Map<string, {reject: (error: Error) => void}>} */
  #held = new Map();

  /** @param {string} name @param {any} how @param {any} act */
  async request(name, how, act) {
    const before = this.#held.get(name);
    if (before && how.ifAvailable) return act(null);
    before?.reject(new DOMException("", "AbortError"));
    return new Promise((resolve, reject) => {
      const entry = { reject };
      this.#held.set(name, entry);
      Promise.resolve(act({ name })).then((value) => {
        if (this.#held.get(name) === entry) this.#held.delete(name);
        resolve(value);
      });
    });
  }
}

/** The server of a room: names who is there, and passes on. What it does wrong a test says. */
export class FakeServer {
  time = stoppedTime();
  /** @type {Map<string, Seat>} by person */
  seats = new Map();
  /** @type {CallPerson[]} */
  people = [];
  /** What goes through, changed or thrown away: null is lost. @type {(frame: any, from: string) => any} */
  between = (frame) => frame;
  /** @type {any} */
  joined = { servers: [], relay_only: false, until_ms: null };
  /** Everything that anybody sent. @type {any[]} */
  log = [];

  /** @param {(parts: any, changed: (state: CallState) => void) => any} open @param {string} person @param {string} role @param {object} [more] */
  seat(open, person, role, more = {}) {
    const seat = new Seat(this, open, person, role, more);
    this.seats.set(person, seat);
    return seat;
  }

  /** @param {Seat} seat @param {any} frame */
  take(seat, frame) {
    this.log.push({ ...frame, by: seat.person });
    const held = this.people.find(({ person }) => person === seat.person);
    if (frame.type === "call.join") {
      if (held && held.peer !== frame.peer && !held.away && !frame.take)
        return seat.told({ type: "refused", id: frame.id, code: "elsewhere", message: "Elsewhere." });
      this.people = this.people.filter((one) => one !== held);
      this.people.push({
        person: seat.person,
        role: /** @type {any} */ (seat.role),
        peer: frame.peer,
        microphone: frame.microphone,
        camera: frame.camera,
        hidden: false,
        away: false,
        speaks: seat.role !== "support",
        allowed_by: [],
      });
      seat.told({ type: "call.joined", id: frame.id, ...this.joined });
      return this.tell();
    }
    if (frame.type === "call.leave") this.people = this.people.filter((one) => one !== held);
    if (frame.type === "call.tell" && held)
      Object.assign(held, { microphone: frame.microphone, camera: frame.camera, hidden: frame.hidden });
    if (frame.type !== "call.signal") return this.tell();
    const to = this.people.find(({ peer, away }) => peer === frame.to && !away);
    const from = held?.peer;
    if (!to || !from)
      return seat.told({ type: "refused", id: frame.id, code: "not_now", message: "Not there." });
    const { type, id: _id, to: _to, ...said } = frame;
    const passed = this.between(said, seat.person);
    if (passed) this.seats.get(to.person)?.told({ type, from, person: seat.person, ...passed });
    return undefined;
  }

  tell() {
    for (const seat of this.seats.values()) seat.told({ type: "call.people", people: this.people });
  }

  /** What was said between the two pages, by kind. @param {string} kind */
  said(kind) {
    return this.log.filter((frame) => frame.type === "call.signal" && kind in frame);
  }
}

/** One page in the room. */
export class Seat {
  live = true;
  ids = 0;
  media = new FakeMedia();
  /** @type {CallState[]} */
  states = [];

  /** @param {FakeServer} server @param {any} open @param {string} person @param {string} role @param {object} more */
  constructor(server, open, person, role, more) {
    this.server = server;
    this.person = person;
    this.role = role;
    this.first = FakePeer.all.length;
    const line = {
      send: (/** @type {any} */ frame) => {
        if (!this.live) return null;
        this.ids += 1;
        const id = `${person}${this.ids}`;
        const sent = JSON.parse(JSON.stringify({ ...frame, id }));
        queueMicrotask(() => this.live && server.take(this, sent));
        return id;
      },
    };
    const connect = (/** @type {any} */ config) => {
      const peer = new FakePeer(config);
      this.peers.push(peer);
      return peer;
    };
    /** @type {FakePeer[]} */
    this.peers = [];
    this.call = open(
      {
        line,
        timers: server.time,
        media: this.media,
        connect,
        lock: null,
        now: () => server.time.now(),
        session: "s",
        ...more,
      },
      (/** @type {CallState} */ state) => this.states.push(state),
    );
    this.call.heard({ type: "hello", boot: "one", you: { id: person, role } });
  }

  /** @param {any} message */
  told(message) {
    const text = JSON.stringify(message);
    queueMicrotask(() => this.live && this.call.heard(JSON.parse(text)));
  }

  get peer() {
    const peer = this.peers.at(-1);
    if (!peer) throw new Error("nobody is connected to");
    return peer;
  }

  /** @returns {CallState} */
  get state() {
    return this.call.state;
  }

  get other() {
    return this.state.others[0];
  }

  /** The socket is gone; the server notices, or does not. */
  drop({ noticed = true } = {}) {
    this.live = false;
    this.call.lineState("retrying");
    const own = this.server.people.find(({ person }) => person === this.person);
    if (own && noticed) {
      own.away = true;
      this.server.tell();
    }
  }

  /** @param {string} [boot] */
  back(boot = "one") {
    this.live = true;
    this.call.heard({ type: "hello", boot, you: { id: this.person, role: this.role } });
    this.call.lineState("live");
  }
}

/** Until nothing is under way any more. */
export async function quiet() {
  for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A browser's own things that the modules name. */
export function browser() {
  const names = /** @type {any} */ (globalThis);
  names.MediaStream = FakeStream;
  names.isSecureContext = true;
  // The same sums, without another thread that nobody knows when to wait for.
  Object.defineProperty(crypto.subtle, "digest", {
    value: async (/** @type {string} */ _, /** @type {Uint8Array} */ bytes) =>
      new Uint8Array(createHash("sha256").update(bytes).digest()),
  });
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: { mediaDevices: { getUserMedia() {} }, permissions: { query: async () => ({ state: "denied" }) } },
  });
}
