// @ts-check
/** How a connection does: live, being mended or given up, by which way it goes, and when to look for another way. */

import { Thin, wayOf } from "./thin.js";

/** @typedef {import("../live/timers.js").Timers} Timers */
/** @typedef {'connecting' | 'live' | 'mending' | 'failed'} PairState */
/**
 * @typedef {{timers: Timers, peer: () => RTCPeerConnection, mayRestart: () => boolean, changed: () => void,
 *   thin: () => void, looked: (times: number) => void}} HealthParts `mayRestart`: both sides can be told of it;
 *   `thin`: the line is too thin for a picture; `looked` comes about once a second
 */

/** A line that is only disturbed mends by itself within a few seconds, most times. */
const DISTURBED_MS = 4_000;
/** Two tries to begin anew are at least so far apart. */
const RESTART_EVERY_MS = 8_000;
/** After so long without sound it is said that there is no connection; the tries go on. */
const GIVEN_UP_MS = 20_000;
const LOOK_EVERY_MS = 1_000;
/**
 * A way on which everything comes so late has a queue in it that would take minutes to empty: a picture's, which TCP
 * keeps to the last byte. A new way starts without it. Not too often, since to look for one is a burden too.
 */
const STUCK_MS = 3_000;
const STUCK_LOOKS = 5;
const UNSTUCK_EVERY_MS = 30_000;

export class Health {
  /** @type {PairState} */
  state = "connecting";
  /** @type {'direct' | 'relay' | null} */
  route = null;
  #parts;
  #timers;
  /** @type {number | null} since when there is no sound */
  #silentSince;
  #wantsRestart = false;
  #restartedAt = -Infinity;
  #thin = new Thin();
  #pictured = false;
  #stuck = 0;
  #looks = 0;
  #closed = false;
  #cancelDisturbed = () => {};
  #cancelLook = () => {};

  /** @param {HealthParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#timers = parts.timers;
    this.#silentSince = this.#timers.now();
    this.#look();
  }

  /** Whether this side sends a picture, which is what a thin line is relieved of. @param {boolean} yes */
  pictured(yes) {
    this.#pictured = yes;
    if (!yes) this.#thin.forget();
  }

  /** The browser says something new of the connection. */
  moved() {
    const { connectionState, iceConnectionState } = this.#parts.peer();
    this.#cancelDisturbed();
    if (connectionState === "connected" && iceConnectionState !== "disconnected") {
      this.#silentSince = null;
      this.#wantsRestart = false;
      this.#become("live");
      void this.#measure();
      return;
    }
    this.#silentSince ??= this.#timers.now();
    if (this.state === "live") this.#become("mending");
    if (this.#lost) this.#restart();
    else if (iceConnectionState === "disconnected")
      this.#cancelDisturbed = this.#timers.after(DISTURBED_MS, () => this.#restart());
  }

  /** There is another connection instead of the one before. */
  renewed() {
    this.#cancelDisturbed();
    this.#silentSince ??= this.#timers.now();
    this.#wantsRestart = false;
    this.#become(this.state === "connecting" ? "connecting" : "mending");
  }

  /** What could not be asked for, because somebody could not be told, is asked for now. */
  again() {
    if (this.#wantsRestart) this.#restart();
  }

  close() {
    this.#closed = true;
    this.#cancelDisturbed();
    this.#cancelLook();
  }

  get #lost() {
    const { connectionState, iceConnectionState } = this.#parts.peer();
    return connectionState === "failed" || iceConnectionState === "failed";
  }

  /** Looks for new ways: by whichever side notices, and once both can be told. */
  #restart() {
    const now = this.#timers.now();
    this.#wantsRestart = true;
    if (!this.#parts.mayRestart() || now - this.#restartedAt < RESTART_EVERY_MS) return;
    this.#restartedAt = now;
    this.#wantsRestart = false;
    this.#parts.peer().restartIce();
  }

  #look() {
    this.#cancelLook = this.#timers.after(LOOK_EVERY_MS, () => {
      this.#look();
      // Also while it is disturbed: a picture may be what disturbs it.
      void this.#measure({ look: true });
      if (this.#silentSince !== null) {
        if (this.#timers.now() - this.#silentSince >= GIVEN_UP_MS) this.#become("failed");
        if (this.#lost || this.#wantsRestart) this.#restart();
      }
      this.#looks += 1;
      this.#parts.looked(this.#looks);
    });
  }

  /** @param {{look?: boolean}} [how] whether this is the look of a second */
  async #measure({ look = false } = {}) {
    /** @type {RTCStatsReport} */
    let reports;
    try {
      reports = await this.#parts.peer().getStats();
    } catch {
      return;
    }
    if (this.#closed) return;
    const { route, ...line } = wayOf(reports.values());
    if (route !== null && route !== this.route) {
      this.route = route;
      this.#parts.changed();
    }
    if (!look) return;
    if (this.#pictured && this.#thin.measure(line)) this.#parts.thin();
    this.#stuck = (line.way_ms ?? 0) > STUCK_MS ? this.#stuck + 1 : 0;
    if (this.#stuck < STUCK_LOOKS || this.#timers.now() - this.#restartedAt < UNSTUCK_EVERY_MS) return;
    this.#stuck = 0;
    this.#restart();
  }

  /** @param {PairState} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#parts.changed();
  }
}
