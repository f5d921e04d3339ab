// @ts-check
/** A heart whose rate swings with a breath of known length: what a belt would tell of it. */

/**
 * Beats from 0 on, each with its interval. @param {{mean: number, swing: number, period_ms: number, for_ms: number}} of
 * @returns {{at: number, rr: number}[]} rates in beats a minute
 */
export function wave({ mean, swing, period_ms, for_ms }) {
  const beats = [];
  let at = 0;
  while (at < for_ms) {
    const rate = mean + (swing / 2) * Math.sin((2 * Math.PI * at) / period_ms);
    const rr = 60_000 / rate;
    at += rr;
    beats.push({ at, rr });
  }
  return beats;
}

/**
 * The same as packets, one a second, each with what beat since the one before.
 * @param {{at: number, rr: number}[]} beats
 * @returns {{at: number, intervals_ms: number[]}[]}
 */
export function packets(beats) {
  const found = [];
  const last = beats.at(-1)?.at ?? 0;
  for (let at = 1_000; at < last + 1_000; at += 1_000) {
    const intervals_ms = beats.filter((beat) => beat.at > at - 1_000 && beat.at <= at).map(({ rr }) => rr);
    found.push({ at, intervals_ms });
  }
  return found;
}
