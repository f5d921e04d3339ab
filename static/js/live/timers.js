// @ts-check
/** Time as the live modules use it: a monotonic clock, a wall clock and alarms. Tests hand in their own. */

/** @typedef {{now(): number, wall(): number, after(ms: number, act: () => void): () => void}} Timers */

/** @type {Timers} */
export const browserTimers = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
