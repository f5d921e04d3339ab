// @ts-check
/**
 * What of this side is on: by what the person chose, and by what takes it away. Stop, a page that is not in front, a
 * device that was pulled out and a line too thin for a picture each turn something off; nothing but a tap of the
 * person's own turns anything on.
 */

import { t } from "../components/language.js";
import { OwnLevel } from "./level.js";
import { Own } from "./own.js";
import { deviceTrouble, troubleWords } from "./trouble.js";

/** @typedef {import("../live/timers.js").Timers} Timers */
/** @typedef {import("./own.js").Kind} Kind */
/** @typedef {import("./call.js").Freeze} Freeze */
/**
 * @typedef {{media?: Pick<MediaDevices, "getUserMedia"> | undefined, timers: Timers, passed: () => void,
 *   shown: () => void}} SideParts `passed`: what goes out is another; `shown`: only what is shown of it
 */

/** The level of the own microphone is told in steps that a meter can show. */
const LEVEL_STEPS = 20;
const THIN = t(
  "The line is thin, so your camera was turned off to keep the voice clear. You can turn it on again.",
);
const QUIET = { silenced: false, hiddenMuted: false, thin: false };

export class Side {
  #parts;
  #own;
  #level;
  #on = { microphone: false, camera: false };
  #is = { ...QUIET, level: 0, speaks: true };
  /** @type {Freeze | null} */
  #frozen = null;
  #hidden = false;
  #usually = true;
  /** Counts the times that a person took part: what was asked for in an earlier one is nothing now. */
  #time = 0;
  /** Why something of this side is not on, or null. @type {string | null} */
  why = null;

  /** @param {SideParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#own = new Own({ ...(parts.media ? { media: parts.media } : {}), gone: (kind) => this.#gone(kind) });
    this.#level = new OwnLevel({ tell: (level) => this.#loud(level), timers: parts.timers });
  }

  /** @returns {Omit<import("./call.js").OwnState, "peer">} */
  get state() {
    return {
      ...this.#is,
      ...this.#on,
      frozen: this.#frozen !== null,
      blurred: this.#own.blurred,
      stream: this.#own.picture,
      devices: this.#own.devices,
    };
  }

  /** @returns {import("./pair.js").Giving} */
  get giving() {
    const { speaks } = this.#is;
    return { microphone: this.#own.track("microphone"), camera: this.#own.track("camera"), speaks };
  }

  /** What of this side goes out at this moment, as the others are told. */
  get going() {
    const may = this.#frozen?.speak !== "held" && !this.#hidden && this.#is.speaks;
    const { microphone, camera } = this.#on;
    return {
      microphone: may && microphone && !this.#is.silenced,
      camera: may && camera,
      hidden: this.#hidden,
    };
  }

  get hears() {
    return this.#frozen?.hear ?? true;
  }

  /** @param {Kind} kind @param {string | null} id */
  choose(kind, id) {
    this.#own.choose(kind, id);
  }

  /** Before anybody says so: a support person listens until the others let them speak. @param {boolean} speaks */
  usually(speaks) {
    if (this.#usually === speaks) return;
    this.#usually = speaks;
    this.#is.speaks = speaks;
  }

  /** A person may speak, or listens only: of a support person the others say so. @param {boolean} speaks */
  may(speaks) {
    if (speaks === this.#is.speaks) return;
    this.#is.speaks = speaks;
    this.#pass();
  }

  /** @param {Kind} kind @param {boolean} on */
  async turn(kind, on) {
    if (!on) {
      // A microphone stays open while it is muted, so that the next word is not lost; a camera's light goes out.
      if (kind === "microphone") this.#on.microphone = false;
      else this.#off("camera");
      return this.#pass();
    }
    if (this.#mayNot) return;
    this.#is.hiddenMuted = false;
    if (kind === "camera") this.#is.thin = false;
    const time = this.#time;
    if (!this.#own.track(kind)) await this.open(kind);
    else this.#on[kind] = true;
    if (time === this.#time) this.#pass();
  }

  /** Another device, at once where its kind is on. @param {Kind} kind @param {string | null} id */
  async use(kind, id) {
    this.choose(kind, id);
    if (this.#own.track(kind)) await this.open(kind);
    else this.#parts.shown();
  }

  /** Opens a device. @param {Kind} kind @returns {Promise<boolean>} whether it is open; `why` says why it is not */
  async open(kind) {
    const time = this.#time;
    const wasOn = this.#own.track(kind) ? this.#on[kind] : true;
    try {
      if (!(await this.#own.open(kind))) return false;
    } catch (error) {
      this.#off(kind);
      const why = await deviceTrouble(error, kind);
      if (time !== this.#time) return false;
      this.why = why;
      this.#pass();
      return false;
    }
    // Hidden or stopped while the browser asked: it stays off until it is asked for again.
    if (this.#mayNot) this.#off(kind);
    else this.#on[kind] = wasOn;
    this.why = null;
    if (kind === "microphone") this.#level.follow(this.#own.track(kind));
    this.#pass();
    return true;
  }

  /** @param {boolean} on */
  silence(on) {
    this.#is.silenced = on;
    this.#pass();
  }

  /** @param {Freeze | null} how */
  freeze(how) {
    this.#frozen = how && { ...how };
    if (how?.speak === false) {
      this.#off("microphone");
      this.#off("camera");
      this.#is.thin = this.#is.hiddenMuted = false;
    }
    this.#pass();
  }

  /** @param {boolean} hidden */
  hide(hidden) {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    if (hidden && (this.#on.microphone || this.#on.camera)) {
      this.#is.hiddenMuted = true;
      this.#on.microphone = false;
      this.#off("camera");
    }
    this.#pass();
  }

  tooThin() {
    if (!this.#on.camera) return;
    this.#is.thin = true;
    this.why = THIN;
    this.#off("camera");
    this.#pass();
  }

  /** Everything of this side is closed. A stop stays one: who joins while it lasts joins into it. */
  close() {
    this.#time += 1;
    this.#off("microphone");
    this.#off("camera");
    this.#is = { ...QUIET, level: 0, speaks: this.#usually };
    this.why = null;
  }

  get #mayNot() {
    return this.#hidden || !this.hears;
  }

  /** Makes it so on the devices at once, before anybody is told. */
  #pass() {
    const { microphone, camera } = this.going;
    this.#own.pass("microphone", microphone);
    this.#own.pass("camera", camera);
    this.#parts.passed();
  }

  /** @param {Kind} kind */
  #off(kind) {
    this.#on[kind] = false;
    this.#own.close(kind);
    if (kind === "microphone") this.#level.stop();
  }

  /** @param {Kind} kind */
  #gone(kind) {
    this.why = troubleWords("gone", kind);
    this.#off(kind);
    this.#pass();
  }

  /** @param {number} level */
  #loud(level) {
    const step = Math.round(level * LEVEL_STEPS) / LEVEL_STEPS;
    if (step === this.#is.level) return;
    this.#is.level = step;
    this.#parts.shown();
  }
}
