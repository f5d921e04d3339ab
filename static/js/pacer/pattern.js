// @ts-check
/**
 * The pacer as arithmetic: which part of which breath it is at a given server time, and how high the
 * water stands. No clock, no screen: everybody who knows the pacer and the time computes the same.
 */

/**
 * One breath in whole milliseconds, counted from `anchor_ms` on the server's clock.
 * @typedef {{in_ms: number, hold_in_ms: number, out_ms: number, hold_out_ms: number,
 *   anchor_ms: number, revision: number}} Pattern
 */

/** `next` takes over at its own `anchor_ms`. @typedef {Pattern & {next?: Pattern | null}} Pacer */

/** @typedef {'in' | 'hold-in' | 'out' | 'hold-out'} BreathPhase */

/**
 * `u` runs from 0 to 1 within the phase; `breath` counts from 0 at the anchor; `endsAtMs` is the server
 * time at which another phase begins, Infinity if none is in sight.
 * @typedef {{name: 'ready' | BreathPhase | 'stopped', elapsedMs: number, lengthMs: number, u: number,
 *   breath: number, endsAtMs: number, revision: number | null}} Phase
 */

/** @typedef {{atMs: number, name: BreathPhase, lengthMs: number, breath: number, revision: number}} Boundary */

/** @typedef {{paused?: boolean, stopped?: boolean}} Halted */

/** The water rises for `in` and so on: each phase with the field that holds its length. */
const PHASES = /** @type {const} */ ([
  ["in", "in_ms"],
  ["hold-in", "hold_in_ms"],
  ["out", "out_ms"],
  ["hold-out", "hold_out_ms"],
]);

/** @param {Pattern} pattern */
export function periodMs(pattern) {
  return pattern.in_ms + pattern.hold_in_ms + pattern.out_ms + pattern.hold_out_ms;
}

/**
 * @param {'ready' | 'stopped'} name
 * @param {number} endsAtMs
 * @param {number | null} revision
 * @returns {Phase}
 */
function still(name, endsAtMs, revision) {
  return { name, elapsedMs: 0, lengthMs: 0, u: 0, breath: 0, endsAtMs, revision };
}

/**
 * Stopped outranks paused, paused outranks the time. A boundary belongs to the phase that it begins.
 * @param {Pacer | null} pacer
 * @param {number} serverMs
 * @param {Halted} [halted]
 * @returns {Phase}
 */
export function phaseAt(pacer, serverMs, { paused = false, stopped = false } = {}) {
  const revision = pacer === null ? null : pacer.revision;
  if (stopped) return still("stopped", Infinity, revision);
  if (paused || pacer === null) return still("ready", Infinity, revision);
  if (serverMs < pacer.anchor_ms) return still("ready", pacer.anchor_ms, revision);

  const next = pacer.next ?? null;
  const due = next !== null && serverMs >= next.anchor_ms;
  const pattern = due ? next : pacer;
  const until = due || next === null ? Infinity : next.anchor_ms;

  // Whole breaths are taken off first, so that boundaries are sums of integers, not of fractions.
  const period = periodMs(pattern);
  const breath = Math.floor((serverMs - pattern.anchor_ms) / period);
  let begins = pattern.anchor_ms + breath * period;
  for (const [name, field] of PHASES) {
    const lengthMs = pattern[field];
    const ends = begins + lengthMs;
    if (serverMs < ends) {
      const elapsedMs = serverMs - begins;
      const endsAtMs = Math.min(ends, until);
      return {
        name,
        elapsedMs,
        lengthMs,
        u: elapsedMs / lengthMs,
        breath,
        endsAtMs,
        revision: pattern.revision,
      };
    }
    begins = ends;
  }
  throw new RangeError(`A breath of ${period} ms has no phase at ${serverMs}.`);
}

/**
 * How high the water stands, 0 to 1. Its speed is 0 at both ends of a phase, and the ebb starts sooner
 * than it settles. While nothing moves the water rests where a breath ends.
 * @param {Pick<Phase, 'name' | 'u'>} phase
 * @returns {number}
 */
export function tideAt({ name, u }) {
  switch (name) {
    case "in":
      return (1 - Math.cos(Math.PI * u)) / 2;
    case "hold-in":
      return 1;
    case "out":
      return (1 + Math.cos(Math.PI * u ** 0.8)) / 2;
    default:
      return 0;
  }
}

/**
 * The phases that begin at or after `fromMs` and before `toMs`, in order, for cues that are scheduled
 * ahead. Windows laid end to end give each boundary exactly once.
 * @param {Pacer | null} pacer
 * @param {number} fromMs
 * @param {number} toMs
 * @param {Halted} [halted]
 * @returns {Boundary[]}
 */
export function boundaries(pacer, fromMs, toMs, { paused = false, stopped = false } = {}) {
  if (pacer === null || paused || stopped) return [];
  const next = pacer.next ?? null;
  if (next === null) return boundariesOf(pacer, fromMs, toMs);
  return [
    ...boundariesOf(pacer, fromMs, Math.min(toMs, next.anchor_ms)),
    // Before its own anchor a pacer is silent, even if a change is dated earlier than that.
    ...boundariesOf(next, Math.max(fromMs, pacer.anchor_ms), toMs),
  ];
}

/**
 * @param {Pattern} pattern
 * @param {number} fromMs
 * @param {number} toMs
 * @returns {Boundary[]}
 */
function boundariesOf(pattern, fromMs, toMs) {
  const { anchor_ms, revision } = pattern;
  const period = periodMs(pattern);
  /** @type {Boundary[]} */
  const found = [];
  let breath = Math.max(0, Math.floor((fromMs - anchor_ms) / period));
  for (let begins = anchor_ms + breath * period; begins < toMs; breath += 1) {
    for (const [name, field] of PHASES) {
      const lengthMs = pattern[field];
      if (lengthMs > 0 && begins >= fromMs && begins < toMs) {
        found.push({ atMs: begins, name, lengthMs, breath, revision });
      }
      begins += lengthMs;
    }
  }
  return found;
}

/**
 * When the next in-breath begins, strictly after `serverMs`: where a screen that was off joins again.
 * @param {Pacer} pacer
 * @param {number} serverMs
 * @returns {number}
 */
export function nextBreathAt(pacer, serverMs) {
  if (serverMs < pacer.anchor_ms) return pacer.anchor_ms;
  const next = pacer.next ?? null;
  const pattern = next !== null && serverMs >= next.anchor_ms ? next : pacer;
  const period = periodMs(pattern);
  const at = pattern.anchor_ms + (Math.floor((serverMs - pattern.anchor_ms) / period) + 1) * period;
  return pattern === next || next === null ? at : Math.min(at, next.anchor_ms);
}
