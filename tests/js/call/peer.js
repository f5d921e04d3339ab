// @ts-check
/** A connection that follows the rules of negotiation (JSEP) without a network, and the tracks that it carries. */

export class FakeTrack {
  enabled = true;
  readyState = "live";
  contentHint = "";
  /** @type {(() => void) | null} */
  onended = null;
  muted = false;

  /** @param {string} kind @param {string} [deviceId] */
  constructor(kind, deviceId = "default") {
    this.kind = kind;
    this.deviceId = deviceId;
  }

  stop() {
    this.readyState = "ended";
  }

  getSettings() {
    return { deviceId: this.deviceId };
  }

  /** The device is pulled out. */
  unplug() {
    this.readyState = "ended";
    this.onended?.();
  }

  /** Whether anything of the device goes out. */
  get passes() {
    return this.enabled && this.readyState === "live";
  }
}

let made = 0;

class FakeTransceiver {
  /** @type {string | null} */
  mid = null;
  /** @type {string | null} */
  currentDirection = null;
  stopped = false;

  /** @param {string} kind @param {string} direction @param {() => void} changed */
  constructor(kind, direction, changed) {
    this.dir = direction;
    this.changed = changed;
    this.kind = kind;
    this.receiver = { track: new FakeTrack(kind), getSynchronizationSources: () => [] };
    this.sender = {
      track: /** @type {FakeTrack | null} */ (null),
      /** @param {FakeTrack | null} track */
      replaceTrack: async (track) => {
        this.sender.track = track;
      },
      getParameters: () => ({ encodings: [{}] }),
      setParameters: async () => {},
    };
  }
  get direction() {
    return this.dir;
  }
  set direction(direction) {
    this.dir = direction;
    this.changed();
  }
}

/** @param {string} one @param {string} other what both give and take of each other */
const both = (one, other) => {
  const sends = one.startsWith("send") && other.includes("recv");
  const receives = one.includes("recv") && other.startsWith("send");
  return sends ? (receives ? "sendrecv" : "sendonly") : receives ? "recvonly" : "inactive";
};

/** One end of a connection: its negotiation is real, its network is what the test says. */
export class FakePeer {
  /** @type {FakePeer[]} */
  static all = [];

  signalingState = "stable";
  connectionState = "new";
  iceConnectionState = "new";
  closed = false;
  restarts = 0;
  rollbacks = 0;
  /** @type {any[]} */
  candidates = [];
  /** @type {any} */
  localDescription = null;
  /** @type {any} */
  remoteDescription = null;
  /** @type {((event?: any) => void) | null} */
  onnegotiationneeded = null;
  /** @type {((event?: any) => void) | null} */
  onicecandidate = null;
  /** @type {((event?: any) => void) | null} */
  onconnectionstatechange = null;
  /** @type {((event?: any) => void) | null} */
  oniceconnectionstatechange = null;
  /** @type {((event?: any) => void) | null} */
  ontrack = null;
  /** @type {FakeTransceiver[]} */
  #places = [];
  /** @type {any} */
  #stableLocal = null;
  /** @type {any} */
  #stableRemote = null;
  #fragment = "";
  #restart = false;
  #asked = false;
  /** @type {any[]} */
  reports = [];

  /** @param {any} config */
  constructor(config) {
    made += 1;
    this.config = config;
    this.print = Array.from({ length: 32 }, (_, at) =>
      ((made * 31 + at * 7) % 256).toString(16).padStart(2, "0"),
    )
      .join(":")
      .toUpperCase();
    FakePeer.all.push(this);
  }

  /** @param {string} kind @param {{direction: string}} how */
  addTransceiver(kind, { direction }) {
    const place = new FakeTransceiver(kind, direction, () => this.#need());
    this.#places.push(place);
    this.#need();
    return place;
  }
  getTransceivers() {
    return [...this.#places];
  }
  getSenders() {
    return this.#places.map(({ sender }) => sender);
  }
  getReceivers() {
    return this.#places.map(({ receiver }) => receiver);
  }
  getConfiguration() {
    return this.config;
  }
  /** @param {any} config */
  setConfiguration(config) {
    this.config = config;
  }
  async getStats() {
    return new Map(this.reports.map((report) => [report.id, report]));
  }
  restartIce() {
    this.restarts += 1;
    this.#restart = true;
    this.#need();
  }
  close() {
    this.closed = true;
    this.signalingState = "closed";
  }

  #need() {
    if (this.#asked) return;
    this.#asked = true;
    queueMicrotask(() => {
      this.#asked = false;
      if (this.closed || this.signalingState !== "stable" || !this.#needed()) return;
      this.onnegotiationneeded?.();
    });
  }
  #needed() {
    return (
      this.#restart ||
      this.#places.some(({ mid, dir, currentDirection }) => {
        if (mid === null) return true;
        const offered = dirOf(this.#stableLocal?.sdp ?? "", mid);
        return currentDirection === null || offered !== dir;
      })
    );
  }

  async setLocalDescription() {
    if (this.closed) throw new DOMException("", "InvalidStateError");
    const answers = this.signalingState === "have-remote-offer";
    if (!answers && this.signalingState !== "stable" && this.signalingState !== "have-local-offer")
      throw new DOMException("", "InvalidStateError");
    const starts = !this.#fragment || (!answers && this.#restart) || (answers && this.#otherRestarted());
    if (starts) {
      made += 1;
      this.#fragment = `own${made}`;
    }
    if (!answers) this.#restart = false;
    for (const place of this.#places)
      if (place.mid === null && !answers) place.mid = String(this.#places.indexOf(place));
    this.localDescription = { type: answers ? "answer" : "offer", sdp: this.#sdp() };
    if (answers) this.#agree(this.localDescription.sdp, this.remoteDescription.sdp);
    else this.signalingState = "have-local-offer";
    if (starts) queueMicrotask(() => this.#find());
  }

  #otherRestarted() {
    const name = (/** @type {any} */ description) => /a=ice-ufrag:(\S+)/.exec(description?.sdp ?? "")?.[1];
    return this.#stableRemote && name(this.#stableRemote) !== name(this.remoteDescription);
  }

  #find() {
    if (this.closed) return;
    const usernameFragment = this.#fragment;
    this.onicecandidate?.({
      candidate: {
        candidate: `candidate:1 1 udp 1 127.0.0.1 9 typ host ufrag ${usernameFragment}`,
        sdpMid: "0",
        sdpMLineIndex: 0,
        usernameFragment,
      },
    });
    this.onicecandidate?.({ candidate: null });
  }

  /** @param {{type: string, sdp: string}} description */
  async setRemoteDescription(description) {
    if (this.closed) throw new DOMException("", "InvalidStateError");
    if (!description.sdp.startsWith("v=0")) throw new DOMException("", "OperationError");
    if (description.type === "offer") {
      if (this.signalingState === "have-local-offer") {
        this.rollbacks += 1;
        for (const place of this.#places)
          if (!dirOf(this.#stableLocal?.sdp ?? "", place.mid ?? "-")) place.mid = null;
        this.localDescription = this.#stableLocal;
      }
      this.remoteDescription = description;
      this.signalingState = "have-remote-offer";
      for (const [, kind, mid] of description.sdp.matchAll(/^m=(\w+)[\s\S]*?a=mid:(\S+)/gm)) {
        if (this.#places.some((place) => place.mid === mid)) continue;
        const place = new FakeTransceiver(kind, "recvonly", () => this.#need());
        place.mid = mid;
        this.#places.push(place);
      }
    } else {
      if (this.signalingState !== "have-local-offer") throw new DOMException("", "InvalidStateError");
      this.remoteDescription = description;
      this.#agree(this.localDescription.sdp, description.sdp);
    }
    await Promise.resolve();
    this.ontrack?.();
  }

  /** @param {string} own @param {string} other */
  #agree(own, other) {
    for (const place of this.#places) {
      const mid = place.mid ?? "-";
      const [ours, theirs] = [dirOf(own, mid), dirOf(other, mid)];
      if (ours && theirs) place.currentDirection = both(ours, theirs);
    }
    this.signalingState = "stable";
    this.#stableLocal = this.localDescription;
    this.#stableRemote = this.remoteDescription;
    this.#need();
  }

  #sdp() {
    const places = this.#places.filter(({ mid }) => mid !== null);
    const lines = places.flatMap(({ kind, mid, dir }) => [
      `m=${kind} 9 UDP/TLS/RTP/SAVPF 111`,
      `a=mid:${mid}`,
      ...(kind === "audio" ? ["a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"] : []),
      `a=${dir}`,
    ]);
    return ["v=0", `a=fingerprint:sha-256 ${this.print}`, `a=ice-ufrag:${this.#fragment}`, ...lines, ""].join(
      "\r\n",
    );
  }

  /** @param {any} candidate */
  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new DOMException("", "InvalidStateError");
    this.candidates.push(candidate);
  }

  // What the network does

  /** @param {"connected" | "disconnected" | "failed"} state */
  becomes(state) {
    this.connectionState = this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
    this.onconnectionstatechange?.();
  }
}

/** @param {string} sdp @param {string} mid */
function dirOf(sdp, mid) {
  const part = sdp.split(/^m=/m).find((one) => one.includes(`a=mid:${mid}\r\n`));
  return /a=(sendrecv|sendonly|recvonly|inactive)/.exec(part ?? "")?.[1] ?? "";
}
