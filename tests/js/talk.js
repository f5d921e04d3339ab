// @ts-check
/** One side of a conversation with a server's clock, for the tests of the clock. */
import assert from "node:assert/strict";

import { Clock } from "../../static/js/live/clock.js";

export const MINUTE = 60_000;
export const START = 1_750_000_000_000;

/**
 * A person's side of a conversation with a server whose clock is `offset` ahead, on a path that is the
 * same each time unless told otherwise. Time passes only when a test says so.
 */
export class Talk {
  mono = START;
  /** Wall minus monotonic. */
  wallAhead = 0;
  /** Server minus monotonic. */
  offset = 5_000;
  outMs = 20;
  backMs = 20;
  pings = 0;

  /** @param {Clock} clock */
  constructor(clock) {
    this.clock = clock;
  }

  get wall() {
    return this.mono + this.wallAhead;
  }

  get truth() {
    return this.mono + this.offset;
  }

  ping() {
    const sent = this.mono;
    this.pings += 1;
    this.clock.pinged(sent);
    this.mono += this.outMs + this.backMs;
    const received = sent + this.outMs + this.offset;
    return this.clock.sample({ sent, received, replied: received, arrived: this.mono }, this.wall);
  }

  /** Does what the clock asks for. @param {number} ms */
  go(ms) {
    const until = this.mono + ms;
    for (;;) {
      const wait = this.clock.nextPingIn(this.mono);
      if (this.mono + wait > until) break;
      this.mono += wait;
      this.ping();
    }
    this.mono = Math.max(this.mono, until);
  }

  get shownError() {
    const now = this.clock.serverNow(this.mono);
    assert.notEqual(now, null);
    return Math.abs(/** @type {number} */ (now) - this.truth);
  }
}

/** A conversation that has gone on for a minute, and is in sync. */
export function talking() {
  const clock = new Clock({ tickMs: 0.1 });
  clock.reset("first");
  const talk = new Talk(clock);
  talk.go(MINUTE);
  assert.equal(clock.state(talk.mono), "in-sync");
  return talk;
}
