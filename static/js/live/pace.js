// @ts-check
/** A little slower, a little faster: the next pattern within what the server accepts, or null at the end. */

import { t } from "../components/language.js";

/** @typedef {import("./messages.js").Breath} Breath */
/** @typedef {import("../pacer/pattern.js").Pacer} Pacer */

const BREATH_MIN_MS = 1_500;
const BREATH_MAX_MS = 12_000;
const PERIOD_MIN_MS = 5_000;
const PERIOD_MAX_MS = 24_000;
/** About a second a breath; more of it on the way out, which is the half that calms. */
const IN_MS = 400;
const OUT_MS = 600;

/** What will be breathed once every change that is dated has come. @param {Pacer} pacer @returns {Breath} */
export function coming(pacer) {
  const { in_ms, hold_in_ms, out_ms, hold_out_ms } = pacer.next ?? pacer;
  return { in_ms, hold_in_ms, out_ms, hold_out_ms };
}

/** @param {Breath} breath */
const length = ({ in_ms, hold_in_ms, out_ms, hold_out_ms }) => in_ms + hold_in_ms + out_ms + hold_out_ms;

/** @param {Breath} a @param {Breath} b */
export function same(a, b) {
  return (
    a.in_ms === b.in_ms &&
    a.hold_in_ms === b.hold_in_ms &&
    a.out_ms === b.out_ms &&
    a.hold_out_ms === b.hold_out_ms
  );
}

/** @param {number} ms */
const within = (ms) => Math.min(BREATH_MAX_MS, Math.max(BREATH_MIN_MS, ms));

/** @param {Breath} breath @param {1 | -1} sign @returns {Breath | null} */
function shifted(breath, sign) {
  const next = {
    ...breath,
    in_ms: within(breath.in_ms + sign * IN_MS),
    out_ms: within(breath.out_ms + sign * OUT_MS),
  };
  const period = length(next);
  if (period === length(breath) || period < PERIOD_MIN_MS || period > PERIOD_MAX_MS) return null;
  return next;
}

/** @param {Breath} breath */
export const slower = (breath) => shifted(breath, 1);

/** @param {Breath} breath */
export const faster = (breath) => shifted(breath, -1);

/** Such as `4 in, 6 out`, with its holds where there are any. @param {Breath} breath */
export function inWords({ in_ms, hold_in_ms, out_ms, hold_out_ms }) {
  const seconds = (/** @type {number} */ ms) => String(Math.round(ms / 100) / 10);
  const parts = [t("{n} in", { n: seconds(in_ms) })];
  if (hold_in_ms) parts.push(t("{n} full", { n: seconds(hold_in_ms) }));
  parts.push(t("{n} out", { n: seconds(out_ms) }));
  if (hold_out_ms) parts.push(t("{n} empty", { n: seconds(hold_out_ms) }));
  return parts.join(", ");
}
