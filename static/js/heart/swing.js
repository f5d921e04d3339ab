// @ts-check
/**
 * From intervals to the heart's swing with slow breathing. Pure: time is an argument.
 *
 * The swing of a breath is its highest minus its lowest rate, in beats a minute; that of a minute is the mean over its
 * breaths. That is the peak-to-valley method: P. Grossman, J. van Beek, C. Wientjes, "A comparison of three
 * quantification methods for estimation of respiratory sinus arrhythmia", Psychophysiology 27 (1990), 702 to 714,
 * told as a rate and not in milliseconds. Its limits here: the pacer is known and the breath itself is not; the belt's
 * lag shifts both by up to a second; depth of breath, age, posture, medicines and the rate itself change it as much as
 * calm does, so that numbers of two people, or of two breathing paces, say nothing beside each other (P. Grossman,
 * E. Taylor, Biological Psychology 74 (2007), 263 to 285). Where beats are missing there is no number.
 */

/**
 * `at` is when it beat, on the server's clock; `rr` the milliseconds since the beat before it. `kept` is false where
 * the interval is no heart's, or none that fits in with those around it: an extra beat, a slipped belt.
 * @typedef {{at: number, rr: number, kept: boolean}} Beat
 * @typedef {{swing: number, rate: number}} Breath
 */

export const SHORTEST_MS = 300;
export const LONGEST_MS = 2_000;
/** An interval further than this share from the running median is an artefact. */
const OFF = 0.2;
/** Few enough that the median follows the swing itself: a large one is not taken for an artefact. */
const MEDIAN_OF = 5;
/** What may lie between two beats that follow each other, and before the first and after the last of a breath. */
const GAP_MS = 250;
/** A belt tells of its beats about once a second; later than this it has lost some, or held them back. */
const LATE_MS = 2_000;
const EARLY_MS = 1_500;
const LEAST_BEATS = 3;
const LEAST_BREATHS = 3;
const MOST_BREATHS = 15;

/** Puts intervals on the clock as they come. */
export class Beats {
  /** @type {number | null} */
  #last = null;

  /**
   * @param {readonly number[]} intervals_ms in order, as they came in one packet
   * @param {number} arrived_ms when the packet came, on the server's clock
   * @returns {Beat[]} not sifted yet
   */
  take(intervals_ms, arrived_ms) {
    const sound = intervals_ms.filter((rr) => Number.isFinite(rr) && rr > 0);
    const whole = sound.reduce((sum, rr) => sum + rr, 0);
    // The last of them was just now. Where they fit behind those before, they follow them without a seam.
    let at = arrived_ms - whole;
    const late = this.#last === null ? Number.POSITIVE_INFINITY : arrived_ms - (this.#last + whole);
    if (this.#last !== null && late <= LATE_MS) at = Math.min(this.#last, at + GAP_MS);
    return sound.map((rr) => {
      at += rr;
      this.#last = at;
      // Beats that were held back and come in a heap have a time that nobody knows.
      return { at, rr, kept: late >= -EARLY_MS };
    });
  }

  /** The belt was away: what comes next follows nothing. */
  forget() {
    this.#last = null;
  }
}

/**
 * The same beats, each kept only where its interval can be a heart's and fits in with the five around it.
 * @param {readonly Beat[]} beats in order @returns {Beat[]}
 */
export function sift(beats) {
  const likely = beats.filter(({ rr }) => rr >= SHORTEST_MS && rr <= LONGEST_MS);
  /** @type {Set<Beat>} */
  const fitting = new Set();
  likely.forEach((beat, i) => {
    // In the middle of its five, so that a heart that speeds up steadily is its own median; shifted at both ends.
    const from = Math.max(0, Math.min(i - (MEDIAN_OF >> 1), likely.length - MEDIAN_OF));
    const usual = median(likely.slice(from, from + MEDIAN_OF).map(({ rr }) => rr));
    if (Math.abs(beat.rr - usual) <= usual * OFF) fitting.add(beat);
  });
  return beats.map((beat) => ({ ...beat, kept: beat.kept && fitting.has(beat) }));
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Whether this beat follows that one with none missing between. @param {Beat} before @param {Beat} beat */
export const follows = (before, beat) => beat.at - beat.rr - before.at <= GAP_MS;

/**
 * One breath of the pacer, or null where its beats are not all there.
 * @param {readonly Beat[]} beats in order, sifted @param {number} from_ms @param {number} until_ms
 * @returns {Breath | null}
 */
export function breathOf(beats, from_ms, until_ms) {
  let open_ms = until_ms - from_ms;
  for (const { at, rr, kept } of beats)
    if (kept) open_ms -= Math.max(0, Math.min(at, until_ms) - Math.max(at - rr, from_ms));
  const inside = beats.filter(({ at, kept }) => kept && at > from_ms && at <= until_ms);
  if (open_ms > GAP_MS || inside.length < LEAST_BEATS) return null;
  const intervals = inside.map(({ rr }) => rr);
  const rate = (60_000 * inside.length) / intervals.reduce((sum, rr) => sum + rr, 0);
  return { swing: 60_000 / Math.min(...intervals) - 60_000 / Math.max(...intervals), rate };
}

/**
 * What of a minute goes into the record, or null where fewer than three of its breaths, or less than half, are known.
 * @param {readonly (Breath | null)[]} breaths
 * @returns {{swing_tenths: number, rate: number, breaths: number} | null}
 */
export function minuteOf(breaths) {
  const known = breaths.filter((breath) => breath !== null);
  if (known.length < LEAST_BREATHS || known.length * 2 < breaths.length) return null;
  const mean = (/** @type {(breath: Breath) => number} */ of) =>
    known.reduce((sum, breath) => sum + of(breath), 0) / known.length;
  const swing_tenths = Math.round(mean(({ swing }) => swing) * 10);
  const rate = Math.round(mean((breath) => breath.rate));
  // Beyond this it is a belt that slipped, whatever fitted together.
  if (swing_tenths > 600 || rate < 30 || rate > 200) return null;
  return { swing_tenths, rate, breaths: Math.min(MOST_BREATHS, known.length) };
}
