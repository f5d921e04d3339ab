// @ts-check
/**
 * The connection of two pages: they find each other through the server, and then speak past it.
 *
 * Either side may ask for a change at any time, also both at once ("perfect negotiation"): whoever has the smaller id
 * is polite and takes back their own offer. At the beginning only the other one offers, with a place for sound and one
 * for a picture, so that neither side ever has to add one. What is said is taken in turn, and what could have been lost
 * with a socket is said again.
 */

import { Comparison, fingerprintOf } from "./code.js";
import { Health } from "./health.js";
import { fewCodecs, sparing } from "./picture.js";
import { fitting, forSpeech } from "./sdp.js";
import { Talk } from "./talk.js";
import { Ways } from "./ways.js";

/** @typedef {import("../live/messages.js").Signal} Signal */
/** @typedef {import("../live/messages.js").Description} Description */
/** @typedef {import("../live/timers.js").Timers} Timers */
/** @typedef {{microphone: MediaStreamTrack | null, camera: MediaStreamTrack | null, speaks: boolean}} Giving */
/**
 * @typedef {{mine: string, theirs: string, connect: (config: RTCConfiguration) => RTCPeerConnection,
 *   config: RTCConfiguration, giving: Giving, send: (signal: Signal) => void, changed: () => void, thin: () => void,
 *   timers: Timers}} PairParts `thin`: the line is too thin for a picture
 */

/** How long an offer may stay without an answer until it is sent again. */
const UNANSWERED_MS = 3_000;
/** The polite one waits so long for the first offer, in case the other side believes that it has long been made. */
const UNOFFERED_MS = 5_000;
/** While there is nothing to compare, what leads there is said again each so many looks. */
const SAY_AGAIN_LOOKS = 4;
export class Pair {
  #parts;
  #timers;
  #polite;
  /** @type {RTCPeerConnection} */
  #peer;
  /** @type {Giving} */
  #giving;
  #config;
  #comparison;
  #ways;
  #health;
  #talk;
  #stream = new MediaStream();
  /** Everything that changes the negotiation waits for what came before. @type {Promise<unknown>} */
  #turn = Promise.resolve();
  #closed = false;
  /** Whether both sides have agreed on anything yet. */
  #agreed = false;
  /** What was answered last, and to which offer: the same offer again gets the same answer. @type {{to: string, with: Description} | null} */
  #answered = null;
  #reachable = true;
  #hearing = true;
  #cancelOffer = () => {};

  /** @param {PairParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#timers = parts.timers;
    this.#config = parts.config;
    this.#giving = parts.giving;
    this.#polite = parts.mine < parts.theirs;
    this.#comparison = new Comparison({
      send: (code) => parts.send({ code }),
      changed: () => this.#tell(),
    });
    this.#ways = new Ways((candidate) => parts.send({ candidate }));
    this.#peer = this.#made();
    this.#health = new Health({
      timers: this.#timers,
      peer: () => this.#peer,
      mayRestart: () => this.#reachable && this.#agreed,
      changed: () => this.#tell(),
      thin: parts.thin,
      looked: (times) => this.#looked(times),
    });
    this.#health.pictured(parts.giving.camera !== null);
    if (this.#polite) this.#awaitOffer();
    else this.#places(this.#peer);
    this.#talk = new Talk({
      timers: this.#timers,
      receivers: () => (this.#hearing ? this.#peer.getReceivers() : []),
      changed: () => this.#tell(),
    });
  }

  get state() {
    return this.#health.state;
  }

  get stream() {
    return this.#stream;
  }

  get route() {
    return this.#health.route;
  }

  get talking() {
    return this.#talk.talking;
  }

  get code() {
    return this.#comparison.code;
  }

  get codeSuspect() {
    return this.#comparison.suspect;
  }

  /** For whoever measures: bytes, losses and the way in use. @returns {Promise<RTCStatsReport>} */
  stats() {
    return this.#peer.getStats();
  }

  /** What the other side said. @param {Signal} signal */
  hear(signal) {
    this.#inTurn(async () => {
      if ("description" in signal) await this.#described(signal.description);
      else if ("candidate" in signal) await this.#ways.told(signal.candidate, this.#peer);
      else await this.#comparison.hear(signal.code);
    });
  }

  /** What this side gives from now on. @param {Giving} giving */
  give(giving) {
    this.#giving = giving;
    this.#health.pictured(giving.camera !== null);
    // A track changes hands without a word to the other side, and at once; only a new direction is negotiated.
    this.#attach();
  }

  /** Whether this side hears and sees the other one. @param {boolean} hearing */
  listen(hearing) {
    this.#hearing = hearing;
    for (const { receiver } of this.#peer.getTransceivers()) receiver.track.enabled = hearing;
  }

  /** Fresh ways to a relay; what runs goes on as it is. @param {RTCConfiguration} config */
  configure(config) {
    this.#config = config;
    this.#peer.setConfiguration({ ...this.#peer.getConfiguration(), ...config });
  }

  /** Whether what is said reaches the other side at this moment: both have a line to the server. @param {boolean} reachable */
  reach(reachable) {
    if (reachable === this.#reachable) return;
    this.#reachable = reachable;
    if (reachable) this.again();
  }

  /** Says again what may have been lost on the way. */
  again() {
    this.#inTurn(async () => {
      const { signalingState, localDescription } = this.#peer;
      if (signalingState === "have-local-offer" && localDescription) this.#offered();
      else this.#pointAgain();
      if (!this.#comparison.code) this.#comparison.again();
      this.#health.again();
    });
  }

  close() {
    this.#closed = true;
    this.#cancelOffer();
    this.#health.close();
    this.#talk.stop();
    this.#unmake(this.#peer);
  }

  // The connection itself

  #made() {
    const peer = this.#parts.connect({
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
      ...this.#config,
    });
    peer.onnegotiationneeded = () => this.#inTurn(() => this.#offer());
    peer.onicecandidate = ({ candidate }) => this.#ways.found(candidate);
    peer.onconnectionstatechange = () => this.#health.moved();
    peer.oniceconnectionstatechange = () => this.#health.moved();
    peer.ontrack = () => this.#gather();
    return peer;
  }

  /** @param {RTCPeerConnection} peer */
  #unmake(peer) {
    peer.onnegotiationneeded = peer.onicecandidate = peer.ontrack = null;
    peer.onconnectionstatechange = peer.oniceconnectionstatechange = null;
    peer.close();
  }

  /** Another connection instead of this one, because the other side has another one. */
  #renew() {
    this.#unmake(this.#peer);
    this.#peer = this.#made();
    this.#agreed = false;
    this.#answered = null;
    this.#ways.forget();
    this.#health.renewed();
  }

  /** A place for sound and one for a picture. @param {RTCPeerConnection} peer */
  #places(peer) {
    for (const kind of ["audio", "video"]) {
      const place = peer.addTransceiver(kind, { direction: "recvonly" });
      if (kind === "video") fewCodecs(place);
    }
    this.#attach();
  }

  /** Puts what this side gives in its places, which exist once somebody has offered. */
  #attach() {
    const { microphone, camera, speaks } = this.#giving;
    for (const place of this.#peer.getTransceivers()) {
      const { kind } = place.receiver.track;
      const track = speaks ? (kind === "audio" ? microphone : camera) : null;
      // A place for one's voice stays open while it is muted: then a tap is all it takes.
      const gives = speaks && (kind === "audio" || camera !== null);
      const direction = gives ? "sendrecv" : "recvonly";
      if (place.direction !== direction) place.direction = direction;
      if (place.sender.track === track) continue;
      void place.sender.replaceTrack(track).then(
        () => (kind === "video" ? sparing(place.sender) : undefined),
        // The connection was closed meanwhile; the next one asks again.
        () => {},
      );
    }
  }

  /** What comes from the other side, in one stream that stays the same. */
  #gather() {
    const comes = this.#peer
      .getTransceivers()
      .filter(({ currentDirection }) => currentDirection === "sendrecv" || currentDirection === "recvonly")
      .map(({ receiver }) => receiver.track);
    for (const track of this.#stream.getTracks()) if (!comes.includes(track)) this.#stream.removeTrack(track);
    for (const track of comes) if (!this.#stream.getTracks().includes(track)) this.#stream.addTrack(track);
    this.listen(this.#hearing);
  }

  // What is agreed

  async #offer() {
    // Something else was agreed on meanwhile; what is still wanted then will be asked for again.
    if (this.#peer.signalingState !== "stable") return;
    await this.#peer.setLocalDescription();
    this.#offered();
  }

  #offered() {
    const { localDescription: own } = this.#peer;
    if (!own) return;
    this.#parts.send({ description: { type: own.type, sdp: fitting(own.sdp) } });
    this.#cancelOffer();
    this.#cancelOffer = this.#timers.after(UNANSWERED_MS, () => {
      if (this.#peer.signalingState === "have-local-offer" && this.#reachable) this.again();
    });
  }

  #awaitOffer() {
    this.#cancelOffer = this.#timers.after(UNOFFERED_MS, () => {
      if (this.#peer.signalingState !== "stable" || this.#agreed) return;
      if (this.#reachable) this.#places(this.#peer);
      else this.#awaitOffer();
    });
  }

  /** @param {Description} description */
  async #described({ type, sdp }) {
    // One that names no end of an encryption leads nowhere.
    if ((type !== "offer" && type !== "answer") || !fingerprintOf(sdp)) return;
    if (this.#isAnother(sdp)) {
      // The other page has another connection than the one that this side knows: this one has nobody at its end.
      this.#renew();
      if (type === "answer") return this.#places(this.#peer);
    }
    if (type === "answer") return this.#accept(sdp);
    if (this.#answered?.to === sdp) {
      this.#parts.send({ description: this.#answered.with });
      return this.#pointAgain();
    }
    const collision = this.#peer.signalingState !== "stable";
    if (collision && !this.#polite) return;
    // Before anything was agreed on there is nothing to keep, and a fresh one has no places too many.
    if (collision && !this.#agreed) this.#renew();
    this.#cancelOffer();
    await this.#peer.setRemoteDescription({ type, sdp: forSpeech(sdp) });
    this.#attach();
    await this.#peer.setLocalDescription();
    const { localDescription: own } = this.#peer;
    if (!own) return;
    this.#answered = { to: sdp, with: { type: own.type, sdp: own.sdp } };
    this.#parts.send({ description: this.#answered.with });
    await this.#settle();
  }

  /** @param {string} sdp */
  async #accept(sdp) {
    // The answer that came twice, or to an offer that was taken back.
    if (this.#peer.signalingState !== "have-local-offer") return;
    await this.#peer.setRemoteDescription({ type: "answer", sdp: forSpeech(sdp) });
    this.#cancelOffer();
    await this.#settle();
  }

  async #settle() {
    this.#agreed = true;
    this.#gather();
    const { camera } = this.#giving;
    const picture = camera && this.#peer.getSenders().find(({ track }) => track === camera);
    if (picture) void sparing(picture);
    const { localDescription, remoteDescription } = this.#peer;
    await this.#ways.settled(this.#peer);
    await this.#comparison.between(
      fingerprintOf(localDescription?.sdp),
      fingerprintOf(remoteDescription?.sdp),
    );
    this.#tell();
  }

  /** @param {string} sdp */
  #isAnother(sdp) {
    const known = fingerprintOf(this.#peer.remoteDescription?.sdp);
    return known !== "" && fingerprintOf(sdp) !== known;
  }

  #pointAgain() {
    if (this.#peer.connectionState !== "connected") this.#ways.again();
  }

  /** @param {number} times */
  #looked(times) {
    if (this.#reachable && this.#agreed && !this.code && times % SAY_AGAIN_LOOKS === 0)
      this.#comparison.again();
  }

  #tell() {
    if (!this.#closed) this.#parts.changed();
  }

  /** @param {() => Promise<void>} act */
  #inTurn(act) {
    this.#turn = this.#turn
      .then(() => (this.#closed ? undefined : act()))
      // What the other side said may be anything: it never stops what comes after it.
      .catch(() => {});
  }
}
