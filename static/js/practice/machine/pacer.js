// @ts-check
/**
 * The pacer as the machine changes it: a change never lands inside a breath, it is dated to a boundary ahead.
 *
 * How a breath is drawn at an instant is in `pacer/pattern.js`. Whole milliseconds, and time is an argument.
 */

/** @typedef {import("../../live/messages.js").Breath} Breath */
/**
 * `next` is the dated change, `wish` a newer one that came too late to replace it and waits for it.
 * @typedef {{pattern: Breath, anchor_ms: number, revision: number,
 *   next: {pattern: Breath, anchor_ms: number, revision: number} | null, wish: Breath | null}} Pacer
 */

/** Breathed where a script names no pattern. @type {Breath} */
export const SOFT = { in_ms: 4_000, hold_in_ms: 0, out_ms: 6_000, hold_out_ms: 0 };

/** Sooner than this nothing is dated: what an eye and an ear need to follow. */
export const LEAD_MS = 500;

/** @param {Breath} pattern */
export function periodMs({ in_ms, hold_in_ms, out_ms, hold_out_ms }) {
  return in_ms + hold_in_ms + out_ms + hold_out_ms;
}

/** Only the four lengths, always in one order. @param {Breath} pattern @returns {Breath} */
export function breathOf({ in_ms, hold_in_ms, out_ms, hold_out_ms }) {
  return { in_ms, hold_in_ms, out_ms, hold_out_ms };
}

/** What is wrong with a pattern, in a sentence, or null. @param {Breath} pattern */
export function wrongWith(pattern) {
  /** @type {[string, number, number, number][]} */
  const parts = [
    ["Breathing in", pattern.in_ms, 1_500, 12_000],
    ["The rest after breathing in", pattern.hold_in_ms, 0, 4_000],
    ["Breathing out", pattern.out_ms, 1_500, 12_000],
    ["The rest after breathing out", pattern.hold_out_ms, 0, 4_000],
    ["One whole breath", periodMs(pattern), 5_000, 24_000],
  ];
  for (const [what, length, least, most] of parts) {
    if (length < least || length > most)
      return `${what} takes ${least / 1000} to ${most / 1000} seconds, and this is ${length / 1000}.`;
  }
  return null;
}

/** @param {Breath} one @param {Breath} other */
export function isSameBreath(one, other) {
  return (
    one.in_ms === other.in_ms &&
    one.hold_in_ms === other.hold_in_ms &&
    one.out_ms === other.out_ms &&
    one.hold_out_ms === other.hold_out_ms
  );
}

/** @param {Pacer} one @param {Pacer} other */
export function isSamePacer(one, other) {
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
}

/** @param {Pacer} pacer @returns {Pacer} */
function inOrder({ pattern, anchor_ms, revision, next, wish }) {
  const turn = next && {
    pattern: breathOf(next.pattern),
    anchor_ms: next.anchor_ms,
    revision: next.revision,
  };
  return { pattern: breathOf(pattern), anchor_ms, revision, next: turn, wish: wish && breathOf(wish) };
}

/** @param {Breath} pattern @param {number} anchor_ms @param {number} revision @returns {Pacer} */
export function begun(pattern, anchor_ms, revision) {
  return { pattern: breathOf(pattern), anchor_ms, revision, next: null, wish: null };
}

/** The same pacer with a `next` that is due made the present. @param {Pacer} pacer @param {number} nowMs @returns {Pacer} */
export function settled(pacer, nowMs) {
  const turn = pacer.next;
  if (turn === null || nowMs < turn.anchor_ms) return pacer;
  return { ...turn, next: null, wish: pacer.wish };
}

/** The first instant from `fromMs` on at which a breath in begins. @param {Pacer} pacer @param {number} fromMs */
export function firstBoundary(pacer, fromMs) {
  const turn = pacer.next;
  const { anchor_ms, pattern } = turn !== null && fromMs > turn.anchor_ms ? turn : pacer;
  const period = periodMs(pattern);
  return anchor_ms + Math.max(0, Math.ceil((fromMs - anchor_ms) / period)) * period;
}

/**
 * The pacer with a wish for another pattern: dated to the first boundary at least `leadMs` ahead. While a change is
 * pending a newer one takes its place if there is still time, else it waits for that boundary: the last one wins.
 * @param {Pacer} pacer @param {Breath} pattern @param {number} nowMs @param {number} leadMs @returns {Pacer}
 */
export function turned(pacer, pattern, nowMs, leadMs) {
  const current = promoted(pacer, nowMs, leadMs);
  const turn = current.next;
  if (turn !== null && turn.anchor_ms < nowMs + leadMs)
    return { ...current, wish: isSameBreath(pattern, turn.pattern) ? null : breathOf(pattern) };
  if (isSameBreath(pattern, wished(current))) return current;
  return dated(current, pattern, nowMs + leadMs);
}

/** The pacer settled, its wish dated if the change that it waited for has come. @param {Pacer} pacer @param {number} nowMs @param {number} leadMs @returns {Pacer} */
export function promoted(pacer, nowMs, leadMs) {
  const current = settled(pacer, nowMs);
  if (current.wish === null || current.next !== null) return current;
  return dated(current, current.wish, nowMs + leadMs);
}

/** @param {Pacer} pacer @param {Breath} pattern @param {number} fromMs @returns {Pacer} */
function dated(pacer, pattern, fromMs) {
  const anchor_ms = firstBoundary(pacer, fromMs);
  return {
    ...pacer,
    next: { pattern: breathOf(pattern), anchor_ms, revision: latest(pacer) + 1 },
    wish: null,
  };
}

/** When `promoted` has something to do, or null while no wish waits. @param {Pacer} pacer */
export function dueMs(pacer) {
  if (pacer.wish === null) return null;
  return pacer.next === null ? pacer.anchor_ms : pacer.next.anchor_ms;
}

/** A new first breath in, `leadMs` from now, in the pattern that was wished for last. @param {Pacer} pacer @param {number} nowMs @param {number} leadMs */
export function restarted(pacer, nowMs, leadMs) {
  return begun(wished(pacer), nowMs + leadMs, latest(pacer) + 1);
}

/** The pattern that was asked for last, whether it runs already, is dated or still waits. @param {Pacer} pacer */
export function wished(pacer) {
  return pacer.wish ?? (pacer.next ?? pacer).pattern;
}

/** @param {Pacer} pacer */
export function latest(pacer) {
  return (pacer.next ?? pacer).revision;
}
