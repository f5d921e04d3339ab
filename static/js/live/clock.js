// @ts-check
/**
 * The server's clock, as seen from this device: pure arithmetic on readings that the caller hands in.
 *
 * Offset means server time minus this device's monotonic time. A ping cannot arrive before it was sent,
 * so `received - sent` is an upper limit of the offset and `replied - arrived` a lower one, whatever the
 * path does. Each sample is carried to the present with the drift of the two clocks, and the limits
 * loosen with age by as much as the drift is uncertain. What all of them leave open is the interval
 * that the offset lies in; its middle is the estimate, and its far end the error we admit to.
 * The two directions are thus taken apart: one good way out and another ping's good way back suffice,
 * and a queue, a stall or a slower path only adds limits that do not bind.
 * How well this does, and what it cannot see, stands in docs/explanation/clock.md.
 */

import { fitDrift, intervalAt, LEAST_JITTER_MS, UNKNOWN_DRIFT, WORST_RATE } from "./drift.js";

/** @typedef {import("./drift.js").Limits} Limits */
/** @typedef {import("./drift.js").Drift} Drift */

/**
 * One ping, four readings in milliseconds: `sent` and `arrived` on this device's monotonic clock,
 * `received` and `replied` on the server's.
 * @typedef {{sent: number, received: number, replied: number, arrived: number}} Sample
 */

/** @typedef {'in-sync' | 'stale' | 'lost'} SyncState */

/** A drift learnt from samples that are gone is believed, but not to the last digit. */
const LEAST_INHERITED_DOUBT = 10e-6;

/** Samples older than this no longer bind, so that a step we could not notice heals by itself. */
const MEMORY_MS = 1_200_000;
const MOST_SAMPLES = 200;
/** Replies needed before an estimate is shown, or what there is after so many milliseconds. */
const QUORUM = 4;
const QUORUM_WAIT_MS = 3_000;
/** A hidden tab may be allowed one timer a minute; that alone is no loss. */
const LOST_AFTER_MS = 75_000;
const SLEEP_MS = 1_000;
/** Wall and monotonic clocks that ran side by side differ by less, however the system slews them. */
const SAME_MS = 20;

/** At most 3 % fast or slow, with the drift itself inside it. */
const SLEW = 0.03 - WORST_RATE;
const REJOIN_MS = 400;

/** The server takes a burst of 15 and then one each 2 s; two bursts in a row fit in half of that. */
const BURST = 6;
const BURST_EVERY_MS = 250;
const WARM = 7;
const WARM_EVERY_MS = 2_000;
const EVERY_MS = 10_000;
const SPREAD_MS = 2_000;

/** One estimate of the server's clock; see the head of this file. */
export class Clock {
  /** How coarse this device's clock is: browsers round it, some to 100 ms. */
  #tickMs;
  /** @type {Limits[]} newest last */
  #samples = [];
  /** @type {Drift} */
  #prior = UNKNOWN_DRIFT;
  /** @type {Drift} */
  #drift = UNKNOWN_DRIFT;
  /** @type {{at: number, offset: number, rate: number, ahead: number} | null} what is shown: a line, and how far we were off it */
  #shown = null;

  /** Replies since measuring began, or null once there were enough. @type {number | null} */
  #replies = 0;
  #measuringSince = NaN;
  /** How far the wall clock ran away from the monotonic one; what came before is in doubt. @type {number | null} */
  #doubted = null;
  /** Pings sent before this were on their way while the clocks moved. */
  #validFrom = -Infinity;

  #pings = 0;
  #lastPing = -Infinity;
  #lastReply = -Infinity;
  #parted = true;
  /** @type {string | null} */
  #boot = null;
  /** Wall minus monotonic at the last reading. @type {number | null} */
  #wallOffset = null;

  /** @param {{tickMs?: number}} [options] */
  constructor({ tickMs = 1 } = {}) {
    this.#tickMs = tickMs;
  }

  /** Greeted by a server: to be called at each `hello`. Another boot is another clock. @param {string} boot */
  reset(boot) {
    if (this.#boot !== null && this.#boot !== boot) {
      this.#samples = [];
      this.#doubted = null;
      this.#prior = this.#drift = UNKNOWN_DRIFT;
      this.#measureAnew();
    }
    this.#boot = boot;
    this.#parted = false;
    this.#burst();
  }

  /** The socket closed: breathing goes on by what we know, and says so. */
  parted() {
    this.#parted = true;
  }

  /** The page was resumed or the device slept: nothing is trusted until it is measured again. */
  woke() {
    this.#doubted ??= 0;
    this.#measureAnew();
    this.#burst();
  }

  /**
   * A reading of the wall clock beside the monotonic one, as often as convenient. Whether the device
   * slept with its monotonic clock stopped, or somebody set the wall clock, is not known at this
   * point: the next reply decides it.
   * @param {number} mono
   * @param {number} wall `Date.now()`
   * @returns {boolean} whether the two came apart since the last reading
   */
  readWall(mono, wall) {
    const before = this.#wallOffset;
    this.#wallOffset = wall - mono;
    const apart = before === null ? 0 : this.#wallOffset - before;
    if (Math.abs(apart) <= SLEEP_MS) return false;
    this.woke();
    this.#doubted = (this.#doubted ?? 0) + apart;
    return true;
  }

  /** A ping leaves now. @param {number} mono */
  pinged(mono) {
    if (this.#replies !== null && Number.isNaN(this.#measuringSince)) this.#measuringSince = mono;
    this.#pings += 1;
    this.#lastPing = mono;
  }

  /**
   * Milliseconds until the next ping: a burst to begin with, then one each 2 s for 14 s, then one each
   * 10 to 12 s, spread evenly so that no rhythm of the network hides behind ours.
   * @param {number} mono
   */
  nextPingIn(mono) {
    const settled = this.#pings >= BURST + WARM && this.#replies === null;
    let every = EVERY_MS + SPREAD_MS * ((this.#pings * 0.618034) % 1);
    if (this.#pings < BURST) every = BURST_EVERY_MS;
    else if (!settled) every = WARM_EVERY_MS;
    return Math.max(0, this.#lastPing + every - mono);
  }

  /**
   * A reply has come.
   * @param {Sample} readings
   * @param {number} [wall] `Date.now()` at `arrived`
   * @returns {boolean} whether it was believed
   */
  sample({ sent, received, replied, arrived }, wall) {
    if (wall !== undefined) this.readWall(arrived, wall);
    const rtt = arrived - sent - (replied - received);
    if (!Number.isFinite(rtt) || arrived < sent || replied < received || rtt < -this.#tickMs) return false;
    if (sent <= this.#validFrom) return false;

    /** @type {Limits} */
    const fresh = { sent, arrived, most: received - sent, least: replied - arrived, rtt };
    if (this.#doubted !== null) this.#resolveDoubt(fresh, this.#doubted);
    this.#samples.push(fresh);
    this.#forget(arrived);
    this.#lastReply = arrived;
    this.#parted = false;

    if (this.#replies !== null) {
      this.#replies += 1;
      const waited = arrived - this.#measuringSince > QUORUM_WAIT_MS;
      if (this.#replies < QUORUM && !waited) return true;
      this.#replies = null;
      this.#measuringSince = NaN;
    }
    this.#drift = fitDrift(this.#samples, this.#prior, this.#drift.rate);
    this.#show(arrived);
    return true;
  }

  /**
   * The offset to display: follows the estimate by at most 3 %, never jumps. Null before the first
   * measurement, which takes about a second.
   * @param {number} mono
   * @returns {number | null}
   */
  offsetAt(mono) {
    const shown = this.#shown;
    if (shown === null) return null;
    return shown.offset + shown.rate * (mono - shown.at) + this.#aheadAt(mono);
  }

  /** Server time to display, or null before the first measurement. @param {number} mono @returns {number | null} */
  serverNow(mono) {
    const offset = this.offsetAt(mono);
    return offset === null ? null : mono + offset;
  }

  /**
   * How the display catches up with the estimate. `slew`: by itself. `rejoin`: too far for that; the
   * offset stands still so that the breath can be finished, and the caller calls `rejoin` at the next
   * in-breath (or at once if nobody is breathing by it).
   * @param {number} mono
   * @returns {{mode: 'slew' | 'rejoin', errorMs: number}} errorMs: estimate minus display
   */
  correction(mono) {
    const ahead = this.#aheadAt(mono);
    return { mode: Math.abs(ahead) > REJOIN_MS ? "rejoin" : "slew", errorMs: 0 - ahead };
  }

  /** Take the estimate as it is: the one jump there is, between two breaths. @param {number} mono */
  rejoin(mono) {
    const shown = this.#shown;
    if (shown === null) return;
    this.#shown = { ...shown, at: mono, offset: shown.offset + shown.rate * (mono - shown.at), ahead: 0 };
  }

  /**
   * The displayed time is within so many milliseconds of the server's, however uneven the path;
   * Infinity while that is not known.
   * @param {number} mono
   * @returns {number}
   */
  boundMs(mono) {
    const offset = this.offsetAt(mono);
    if (offset === null || this.#samples.length === 0 || this.#replies !== null) return Infinity;
    const { least, most } = intervalAt(this.#samples, this.#drift, mono);
    return Math.max(most - offset, offset - least, 0) + this.#tickMs;
  }

  /** @param {number} mono @returns {SyncState} */
  state(mono) {
    if (this.#parted || mono - this.#lastReply > LOST_AFTER_MS) {
      // Just greeted, or just woken: still looking, unless the answers stay away too long.
      const looking = !this.#parted && (this.#shown === null || this.#replies !== null);
      return looking && !(mono - this.#measuringSince > LOST_AFTER_MS) ? "stale" : "lost";
    }
    if (this.#replies !== null || this.correction(mono).mode === "rejoin") return "stale";
    return "in-sync";
  }

  /** Parts per million by which the server's clock is taken to run faster than ours. */
  get driftPpm() {
    return this.#drift.rate * 1e6;
  }

  #measureAnew() {
    this.#validFrom = Math.max(this.#validFrom, this.#lastPing);
    this.#replies = 0;
  }

  #burst() {
    this.#pings = 0;
    this.#lastPing = -Infinity;
    this.#measuringSince = NaN;
  }

  /** @param {number} mono */
  #aheadAt(mono) {
    const shown = this.#shown;
    if (shown === null) return 0;
    const size = Math.abs(shown.ahead);
    if (size > REJOIN_MS) return shown.ahead;
    return Math.sign(shown.ahead) * Math.max(0, size - SLEW * Math.max(0, mono - shown.at));
  }

  /** @param {number} mono */
  #show(mono) {
    const { least, most } = intervalAt(this.#samples, this.#drift, mono);
    const offset = (least + most) / 2;
    const before = this.offsetAt(mono);
    this.#shown = { at: mono, offset, rate: this.#drift.rate, ahead: before === null ? 0 : before - offset };
  }

  /**
   * The first reply after a doubt. If it agrees with the old samples, and would not if our clock had
   * stood still as long as the wall clock claims, then the wall clock was set and nothing is lost.
   * @param {Limits} fresh
   * @param {number} apart
   */
  #resolveDoubt(fresh, apart) {
    this.#doubted = null;
    if (this.#samples.length === 0) return;
    const old = intervalAt(this.#samples, this.#drift, fresh.arrived);
    /** @param {number} shift */
    const agrees = (shift) =>
      fresh.most >= old.least + shift - this.#tickMs && fresh.least <= old.most + shift + this.#tickMs;
    if (agrees(0) && (Math.abs(apart) < SAME_MS || !agrees(apart))) return;
    this.#startOver();
  }

  /** The offset has moved, the crystals have not. */
  #startOver() {
    this.#samples = [];
    this.#prior = { ...this.#drift, doubt: Math.max(this.#drift.doubt, LEAST_INHERITED_DOUBT) };
    this.#drift = this.#prior;
  }

  /**
   * Drops what is too old, and everything from the newest contradiction backwards: the offset cannot
   * be above its upper and below its lower limit, so one of the clocks was moved in between.
   * @param {number} mono
   */
  #forget(mono) {
    let least = -Infinity;
    let most = Infinity;
    let from = this.#samples.length;
    while (from > 0 && this.#samples.length - from < MOST_SAMPLES) {
      const sample = this.#samples[from - 1];
      if (mono - sample.arrived > MEMORY_MS) break;
      const one = intervalAt([sample], this.#drift, mono);
      least = Math.max(least, one.least);
      most = Math.min(most, one.most);
      if (least - most > this.#tickMs + LEAST_JITTER_MS) {
        this.#contradicted(this.#samples.length - from);
        break;
      }
      from -= 1;
    }
    this.#samples.splice(0, from);
  }

  /** @param {number} kept */
  #contradicted(kept) {
    this.#prior = this.#drift = UNKNOWN_DRIFT;
    if (kept >= QUORUM || this.#replies !== null) return;
    this.#replies = 0;
    this.#burst();
    this.#measuringSince = this.#samples[this.#samples.length - 1].sent;
  }
}
