// @ts-check
/**
 * Voice in a visit, as one page has it: who takes part, what of this side is on, and a connection to each other one.
 *
 * Nothing here draws. Whatever changes is told as one plain object, and whatever a person wants is one method. What
 * comes in is the server's word on who is there, and the other pages' words on how to reach them; sound and picture
 * go from page to page, past the server, and are kept by nobody.
 */

import { t } from "../components/language.js";
import { newId } from "../live/messages.js";
import { browserTimers } from "../live/timers.js";
import { Hold } from "./holder.js";
import { Others } from "./others.js";
import { Outbox } from "./outbox.js";
import { Side } from "./side.js";

/** @typedef {import("../live/messages.js").Beside} Beside */
/** @typedef {import("../live/messages.js").CallFrame} CallFrame */
/** @typedef {import("../live/messages.js").Hello} Hello */
/** @typedef {import("../live/messages.js").Refused} Refused */
/** @typedef {import("../live/timers.js").Timers} Timers */
/** @typedef {import("./own.js").Kind} Kind */
/**
 * What a call stands on. `line` is the room's line to the server, `session` names the lock that one tab of a device
 * holds, `now` is the server's time in ms.
 * @typedef {{line: {send(frame: Beside): string | null}, session?: string, timers?: Timers,
 *   media?: Pick<MediaDevices, "getUserMedia">, connect?: (config: RTCConfiguration) => RTCPeerConnection,
 *   lock?: Pick<LockManager, "request"> | null, now?: () => number}} CallParts
 */
/**
 * Another one in the call. `stream` has what comes from them and stays the same object.
 * @typedef {{person: string, role: string, peer: string, microphone: boolean, camera: boolean, hidden: boolean,
 *   away: boolean, speaks: boolean, allowedBy: string[], state: 'connecting' | 'live' | 'mending' | 'failed',
 *   route: 'direct' | 'relay' | null, talking: boolean, stream: MediaStream | null,
 *   code: {words: string[], digits: string} | null, codeChanged: boolean}} Other
 */
/**
 * This side. `thin`: the picture was given up for the voice. `hiddenMuted`: what was on went off with the page.
 * @typedef {{peer: string | null, microphone: boolean, camera: boolean, level: number, speaks: boolean,
 *   silenced: boolean, frozen: boolean, hiddenMuted: boolean, thin: boolean, blurred: boolean,
 *   stream: MediaStream | null, devices: {microphone: string | null, camera: string | null}}} OwnState
 */
/**
 * `why` is a sentence for the person, or null.
 * @typedef {{phase: 'off' | 'asking' | 'joining' | 'on' | 'elsewhere' | 'moved' | 'refused' | 'failed',
 *   why: string | null, own: OwnState, others: Other[]}} CallState
 */
/**
 * What stays of a call while it is stopped. `speak`: true leaves the own microphone and camera as they are, "held"
 * makes them silent until it goes on, false closes them until their own tap.
 * @typedef {{hear: boolean, speak: boolean | "held"}} Freeze
 */

/** Credentials for a relay are asked for again so long before they end. */
const RENEW_BEFORE_MS = 60_000;
const TRY_AGAIN_MS = 1_000;
const TIMER_MOST_MS = 2 ** 31 - 1;
const TAKING_PART = new Set(["joining", "on", "failed"]);

const ELSEWHERE = t("Voice is on in another tab or on another device of yours.");
const MOVED = t("Voice went on in another tab or on another device of yours.");
const NOT_REACHED = t("A connection could not be made from here. The visit goes on without voice.");
const NO_CALLS = t("This browser cannot make calls. The visit goes on without voice.");
const NO_RELAY = t(
  "Your address can be hidden with a relay alone, and there is none here. So voice stays off; you can turn it on without hiding your address.",
);

export class Call {
  #line;
  #changed;
  #timers;
  #now;
  #possible;
  #side;
  #others;
  #outbox;
  #hold;
  /** @type {CallState["phase"]} */
  #phase = "off";
  /** Why this phase; what concerns a device is the side's to say. @type {string | null} */
  #why = null;
  /** The id of this page's part: another one after a reload, the same after its socket came back. @type {string | null} */
  #peer = null;
  #ready = false;
  #relay = false;
  #take = false;
  /** Counts the tries to take part: what an earlier one still waits for is nothing now. */
  #attempt = 0;
  /** @type {import("../live/connection.js").State} */
  #lineState = "live";
  #boot = "";
  #joining = "";
  #told = "";
  #cancelAsk = () => {};

  /** @param {CallParts} parts @param {(state: CallState) => void} changed */
  constructor({ line, session = "", timers = browserTimers, media, connect, lock, now = Date.now }, changed) {
    this.#line = line;
    this.#changed = changed;
    this.#timers = timers;
    this.#now = now;
    this.#possible = connect !== undefined || typeof RTCPeerConnection === "function";
    this.#side = new Side({ media, timers, passed: () => this.#passed(), shown: () => this.#tell() });
    this.#outbox = new Outbox(line, timers);
    this.#others = new Others({
      connect: connect ?? ((config) => new RTCPeerConnection(config)),
      send: (frame) => this.#outbox.send(frame),
      changed: () => this.#paired(),
      thin: () => this.#side.tooThin(),
      timers,
    });
    const locks = lock === undefined ? {} : { locks: lock };
    this.#hold = new Hold(`ebb-call-${session}`, { ...locks, lost: () => this.#moved() });
  }

  /** @returns {CallState} */
  get state() {
    return {
      phase: this.#phase,
      why: this.#why ?? this.#side.why,
      own: { ...this.#side.state, peer: this.#peer },
      others: this.#others.state,
    };
  }

  // What a person wants

  /**
   * Takes part. Devices are asked for first: what the browser refuses is said before anybody is told of anything.
   * @param {{microphone?: boolean, camera?: boolean, take?: boolean, relay?: boolean, microphoneId?: string | null,
   *   cameraId?: string | null}} [how] `take`: also where another page of this person takes part already; `relay`:
   *   so that the others do not see this device's address
   */
  async join({
    microphone = true,
    camera = false,
    take = false,
    relay = false,
    microphoneId,
    cameraId,
  } = {}) {
    if (this.#phase === "asking" || this.#phase === "joining" || this.#phase === "on") return;
    this.#close();
    const attempt = this.#attempt;
    if (microphoneId !== undefined) this.#side.choose("microphone", microphoneId);
    if (cameraId !== undefined) this.#side.choose("camera", cameraId);
    this.#relay = relay;
    this.#take = take;
    this.#become("asking", null);
    if (!this.#possible) return this.#become("refused", NO_CALLS);
    const held = await this.#hold.take({ steal: take });
    if (attempt !== this.#attempt) return;
    if (!held) return this.#become("elsewhere", ELSEWHERE);
    const opened = !microphone || (await this.#side.open("microphone"));
    if (attempt !== this.#attempt) return;
    if (!opened) return this.#end("refused", this.#side.why);
    if (camera) await this.#side.open("camera");
    if (attempt !== this.#attempt) return;
    this.#peer = newId();
    this.#become("joining", null);
    this.#ask();
  }

  leave() {
    if (this.#peer) this.#line.send({ type: "call.leave", peer: this.#peer });
    this.#end("off", null);
  }

  /** @param {boolean} on */
  async microphone(on) {
    if (this.#takesPart) await this.#side.turn("microphone", on);
  }

  /** @param {boolean} on */
  async camera(on) {
    if (this.#takesPart) await this.#side.turn("camera", on);
  }

  /** Push to silence: nothing is heard of this side while it is held. @param {boolean} on */
  silence(on) {
    this.#side.silence(on);
  }

  /** Stopped. At once, before anything is asked or told. @param {Freeze} how */
  freeze(how) {
    this.#side.freeze(how);
    this.#others.listen(this.#side.hears);
  }

  /** It goes on. What was closed by the stop stays closed. */
  thaw() {
    this.#side.freeze(null);
    this.#others.listen(this.#side.hears);
  }

  /** The page is not in front, or is again. What was on goes off with it, and comes back by a tap alone. @param {boolean} yes */
  hidden(yes) {
    this.#side.hide(yes);
  }

  /** @param {import("./own.js").Kind} kind @param {string | null} deviceId */
  async use(kind, deviceId) {
    await this.#side.use(kind, deviceId);
  }

  /** A support person may speak, as far as this side is concerned. @param {string} person @param {boolean} speak */
  allow(person, speak) {
    this.#outbox.send({ type: "call.allow", person, speak });
  }

  /** How each connection does, for whoever measures. @returns {Promise<RTCStatsReport[]>} */
  stats() {
    return this.#others.stats();
  }

  // What comes in

  /** @param {CallFrame | Hello | Refused} frame */
  heard(frame) {
    switch (frame.type) {
      case "hello":
        if (this.#boot && frame.boot !== this.#boot) this.#others.restarted();
        this.#boot = frame.boot;
        this.#side.usually(frame.you.role !== "support");
        return;
      case "call.joined":
        return this.#joined(frame);
      case "call.people":
        this.#others.named(frame.people);
        return this.#named();
      case "call.signal":
        return this.#others.heard(frame);
      case "call.moved":
        return this.#moved();
      case "refused":
        return frame.id === this.#joining ? this.#notJoined(frame) : this.#outbox.refused(frame);
      default:
        throw new TypeError("a message without a place in a call");
    }
  }

  /** @param {import("../live/connection.js").State} state */
  lineState(state) {
    this.#lineState = state;
    if (state === "ended") {
      if (this.#phase !== "off") this.#end("off", null);
    } else if (this.#takesPart) {
      this.#others.reach(false);
      // With the same id: whatever went on meanwhile goes on.
      if (state === "live") this.#ask();
      this.#tell();
    }
  }

  get #takesPart() {
    return TAKING_PART.has(this.#phase);
  }

  #ask() {
    if (!this.#peer || this.#lineState !== "live") return;
    const { microphone, camera } = this.#side.going;
    const take = this.#take ? { take: true } : {};
    this.#joining =
      this.#line.send({ type: "call.join", peer: this.#peer, microphone, camera, ...take }) ?? "";
  }

  /** @param {import("../live/messages.js").CallJoined} joined */
  #joined({ servers, relay_only, until_ms }) {
    if (!this.#peer || !this.#takesPart) return;
    const only = relay_only || this.#relay;
    if (only && !servers.some(({ urls }) => urls.some((url) => /^turns?:/.test(url)))) {
      this.#line.send({ type: "call.leave", peer: this.#peer });
      return this.#end("refused", NO_RELAY);
    }
    this.#take = false;
    this.#ready = true;
    this.#renewBefore(until_ms);
    this.#others.give(this.#side.giving);
    this.#others.begin(this.#peer, { iceServers: servers, iceTransportPolicy: only ? "relay" : "all" });
    this.#others.reach(true);
    // Joining again says nothing of a page that is not in front.
    this.#told = "";
    this.#named();
    if (this.#phase === "joining") this.#become("on", null);
    this.#passed();
  }

  /** @param {number | null} until_ms */
  #renewBefore(until_ms) {
    this.#cancelAsk();
    if (until_ms === null) return;
    const wait_ms = Math.max(RENEW_BEFORE_MS, until_ms - this.#now() - RENEW_BEFORE_MS);
    this.#cancelAsk = this.#timers.after(Math.min(wait_ms, TIMER_MOST_MS), () => this.#ask());
  }

  /** @param {Refused} refused */
  #notJoined({ code, message, retry_ms }) {
    if (code === "too_fast" || code === "unavailable") {
      this.#cancelAsk();
      this.#cancelAsk = this.#timers.after(Math.max(TRY_AGAIN_MS, retry_ms ?? 0), () => this.#ask());
    } else if (code === "elsewhere") this.#end("elsewhere", ELSEWHERE);
    else this.#end("refused", t(message));
  }

  #moved() {
    if (this.#phase !== "off") this.#end("moved", MOVED);
  }

  #named() {
    const { own } = this.#others;
    if (own) this.#side.may(own.speaks);
    this.#tell();
  }

  #paired() {
    if (this.#phase === "on" && this.#others.lost) this.#become("failed", NOT_REACHED);
    else if (this.#phase === "failed" && !this.#others.lost) this.#become("on", null);
    else this.#tell();
  }

  /** What of this side goes out is another: first it is so, then the others are told. */
  #passed() {
    this.#others.give(this.#side.giving);
    const { going } = this.#side;
    const told = JSON.stringify(going);
    if (this.#peer && this.#ready && told !== this.#told) {
      this.#told = told;
      this.#outbox.send({ type: "call.tell", peer: this.#peer, ...going });
    }
    this.#tell();
  }

  /** @param {CallState["phase"]} phase @param {string | null} why */
  #end(phase, why) {
    this.#close();
    this.#become(phase, why);
  }

  #close() {
    this.#attempt += 1;
    this.#cancelAsk();
    this.#others.close();
    this.#outbox.clear();
    this.#peer = null;
    this.#ready = false;
    this.#joining = this.#told = "";
    this.#side.close();
    this.#hold.release();
  }

  /** @param {CallState["phase"]} phase @param {string | null} why */
  #become(phase, why) {
    this.#phase = phase;
    this.#why = why;
    this.#tell();
  }

  #tell() {
    this.#changed(this.state);
  }
}
