// @ts-check
/** A page with a practice on it: a stopped clock, a phone that keeps what it is given, and the line between them. */
import assert from "node:assert/strict";
import { Mirror } from "../../../static/js/live/mirror.js";
import { LocalLine } from "../../../static/js/practice/line.js";
import { OwnClock } from "../../../static/js/practice/own-clock.js";
import { stoppedTime } from "../live/bench.js";
import { bundle, CALM } from "./bundle.js";

/** @typedef {import("../../../static/js/practice/line.js").Practice} Practice */

/** A phone that keeps what it is given as its database would: as a copy. */
export class FakeStore {
  /** @type {Practice | null} */
  kept = null;
  /** @type {{session: string, n: number, plain: any}[]} */
  sealed = [];
  delivered = 0;
  full = false;

  /** @param {Practice} practice */
  async keep(practice) {
    if (!this.full) this.kept = structuredClone(practice);
    return !this.full;
  }

  /** @param {string} session @param {number} n @param {unknown} plain @param {{keep?: any}} [more] */
  async seal(session, n, plain, { keep } = {}) {
    this.sealed.push({ session, n, plain: structuredClone(plain) });
    if (keep !== undefined) this.kept = structuredClone(keep);
    return true;
  }

  async deliver() {
    this.delivered += 1;
  }

  /** What would reach the server, in its order. */
  get entries() {
    return this.sealed.flatMap(({ plain }) => plain.entries);
  }
}

export const YEAR_MS = 365 * 86_400_000;

/** Everything anew, for one test. */
export function fresh() {
  const time = stoppedTime();
  const store = new FakeStore();
  /** A page: another one is what a killed tab comes back as. */
  function page() {
    const clock = new OwnClock(time.now(), time.wall());
    const mirror = new Mirror();
    /** @type {{first: any, ended: string[], answered: any[]}} */
    const seen = { first: null, ended: [], answered: [] };
    const line = new LocalLine({
      clock,
      store,
      timers: time,
      on: {
        state: () => {},
        first: () => seen.first,
        greeted: (hello) => void mirror.greet(hello),
        changed: (changed) => void mirror.change(changed),
        answered: (answer) => {
          seen.answered.push(answer);
          seen.first = null;
        },
        halted: () => {},
        people: () => {},
        measured: () => {},
        ended: (how) => void seen.ended.push(how),
      },
    });
    const ask = (/** @type {any} */ wish) => line.send(wish).answer;
    const view = () => {
      assert.ok(mirror.view, "it was greeted");
      return mirror.view;
    };
    line.start();
    return { line, mirror, seen, ask, view };
  }

  /** @param {ReturnType<typeof page>} here */
  async function calmly(here) {
    here.line.begin(bundle(), "one");
    await here.ask({ type: "activity.offer", exercise: CALM });
    await here.ask({ type: "activity.start" });
  }

  return { time, store, page, calmly };
}
