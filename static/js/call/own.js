// @ts-check
/**
 * The microphone and the camera of this side: opened when somebody asks for them, silent at once when they are to be,
 * and closed, with the browser's own sign gone, where off means off.
 */

/** @typedef {'microphone' | 'camera'} Kind */
/** @typedef {{microphone: string | null, camera: string | null}} Devices */

/** @type {MediaTrackConstraints} */
const VOICE = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: { ideal: 1 },
};
/** A face in a small picture. What lies behind it is blurred wherever the browser can do that by itself. */
const PICTURE = {
  width: { ideal: 640 },
  height: { ideal: 360 },
  frameRate: { ideal: 20, max: 24 },
  facingMode: { ideal: "user" },
  backgroundBlur: { ideal: true },
};

export class Own {
  #media;
  #gone;
  /** @type {Record<Kind, MediaStreamTrack | null>} */
  #tracks = { microphone: null, camera: null };
  /** @type {Devices} which ones were chosen */
  #chosen = { microphone: null, camera: null };
  /** The last asking of each kind: what an earlier one brings is closed again. @type {Record<Kind, number>} */
  #asked = { microphone: 0, camera: 0 };
  #pictures = /** @type {MediaStream | null} */ (null);

  /**
   * @param {{media?: Pick<MediaDevices, "getUserMedia">, gone: (kind: Kind) => void}} parts `gone`: a device was
   * pulled out, or taken back by the browser
   */
  constructor({ media = globalThis.navigator?.mediaDevices, gone }) {
    this.#media = media;
    this.#gone = gone;
  }

  /** @param {Kind} kind */
  track(kind) {
    return this.#tracks[kind];
  }

  /** @returns {Devices} those in use */
  get devices() {
    const id = (/** @type {Kind} */ kind) =>
      this.#tracks[kind]?.getSettings?.().deviceId ?? this.#chosen[kind];
    return { microphone: id("microphone"), camera: id("camera") };
  }

  /** The own picture, for a look at oneself. @returns {MediaStream | null} */
  get picture() {
    const camera = this.#tracks.camera;
    if (!camera) this.#pictures = null;
    else if (this.#pictures?.getVideoTracks()[0] !== camera) this.#pictures = new MediaStream([camera]);
    return this.#pictures;
  }

  /** Whether the browser blurs what lies behind the face. */
  get blurred() {
    const settings = /** @type {{backgroundBlur?: boolean} | undefined} */ (
      this.#tracks.camera?.getSettings?.()
    );
    return settings?.backgroundBlur === true;
  }

  /** @param {Kind} kind @param {string | null} id */
  choose(kind, id) {
    this.#chosen[kind] = id;
  }

  /**
   * Opens a device, or the chosen one instead of the one that is open.
   * @param {Kind} kind
   * @returns {Promise<MediaStreamTrack | null>} null where it was closed again before it was open
   * @throws whatever the browser says of it
   */
  async open(kind) {
    this.#asked[kind] += 1;
    const asking = this.#asked[kind];
    if (!this.#media) throw new DOMException("", "SecurityError");
    const wanted = this.#chosen[kind];
    const one = wanted ? { deviceId: { ideal: wanted } } : {};
    const stream = await this.#media.getUserMedia(
      kind === "microphone" ? { audio: { ...VOICE, ...one } } : { video: { ...PICTURE, ...one } },
    );
    const [track] = stream.getTracks();
    if (asking !== this.#asked[kind]) {
      track.stop();
      return null;
    }
    this.#stop(kind);
    this.#tracks[kind] = track;
    track.contentHint = kind === "microphone" ? "speech" : "motion";
    // Ended by itself: `stop` on this side is no such event.
    track.onended = () => {
      if (this.#tracks[kind] !== track) return;
      this.#tracks[kind] = null;
      this.#gone(kind);
    };
    return track;
  }

  /** At once. @param {Kind} kind */
  close(kind) {
    this.#asked[kind] += 1;
    this.#stop(kind);
  }

  /** Silent or dark at once, while the device stays open. @param {Kind} kind @param {boolean} on */
  pass(kind, on) {
    const track = this.#tracks[kind];
    if (track) track.enabled = on;
  }

  /** @param {Kind} kind */
  #stop(kind) {
    const track = this.#tracks[kind];
    if (!track) return;
    this.#tracks[kind] = null;
    track.onended = null;
    track.enabled = false;
    track.stop();
  }
}
