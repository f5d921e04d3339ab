// @ts-check
/** What samples of two clocks leave open: the interval of their offset, and how fast they drift apart. */

/**
 * What a sample says: the offset is at most `most` at `sent`, and at least `least` at `arrived`.
 * @typedef {{sent: number, arrived: number, most: number, least: number, rtt: number}} Limits
 */

/**
 * `rate`: milliseconds gained by the server per millisecond here; `doubt`: how far that may be off.
 * @typedef {{rate: number, doubt: number}} Drift
 */

/** Two crystals are some 30 ppm apart as a rule, 100 at worst; a server that is being set may run 500 off. */
export const UNKNOWN_DRIFT = Object.freeze({ rate: 0, doubt: 100e-6 });
const USUAL_RATE = 30e-6;
export const WORST_RATE = 500e-6;
/** Crystals follow the warmth of the hand by a few ppm; no fit makes us surer than this. */
export const LEAST_DOUBT = 2e-6;
/** Below this a delay above the floor is the reading of clocks, not the network. */
export const LEAST_JITTER_MS = 0.5;

/**
 * The interval that the offset lies in at `mono`, by every sample at once.
 * @param {readonly Limits[]} samples
 * @param {Drift} drift
 * @param {number} mono
 */
export function intervalAt(samples, drift, mono) {
  let least = -Infinity;
  let most = Infinity;
  for (const sample of samples) {
    const sinceSent = mono - sample.sent;
    const sinceArrived = mono - sample.arrived;
    most = Math.min(most, sample.most + drift.rate * sinceSent + drift.doubt * Math.abs(sinceSent));
    least = Math.max(least, sample.least + drift.rate * sinceArrived - drift.doubt * Math.abs(sinceArrived));
  }
  return { least, most };
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/**
 * The drift that lets a straight line lie closest below the delays of both directions.
 *
 * Each direction has a floor that no delay undercuts; above it, delays thin out roughly exponentially.
 * The rate sought makes the delays above both floors likeliest, given what was believed before. Both
 * directions share it but not their floors, so a path that becomes slower both ways tilts them in
 * opposite senses, which cancels, and a queue in one direction is outvoted by the other.
 * Round trips need no drift to be compared, so they tell beforehand which samples deserve weight: those
 * near the least one, as measured by how much one trip differs from the next. A slower path or a full
 * queue that lasts moves that hardly, and so counts for nothing while something better is remembered.
 * @param {readonly Limits[]} samples
 * @param {Drift} prior
 * @param {number} rateNow where the scale of the jitter is taken
 * @returns {Drift}
 */
export function fitDrift(samples, prior, rateNow) {
  const n = samples.length;
  const origin = samples[n - 1].arrived;
  const trips = samples.map((sample) => sample.rtt);
  const least = Math.min(...trips);
  const scale = Math.max(LEAST_JITTER_MS, median(trips.slice(1).map((trip, i) => Math.abs(trip - trips[i]))));
  const weights = trips.map((trip) => (1 + ((trip - least) / scale) ** 2) ** -2);
  const weight = weights.reduce((a, b) => a + b, 0);

  /** @param {number} rate */
  const aboveFloors = (rate) => {
    let sumOut = 0;
    let sumBack = 0;
    let floorOut = Infinity;
    let floorBack = Infinity;
    for (let i = 0; i < n; i += 1) {
      const sample = samples[i];
      const out = sample.most - rate * (sample.sent - origin);
      const back = rate * (sample.arrived - origin) - sample.least;
      sumOut += weights[i] * out;
      sumBack += weights[i] * back;
      floorOut = Math.min(floorOut, out);
      floorBack = Math.min(floorBack, back);
    }
    return { out: sumOut / weight - floorOut, back: sumBack / weight - floorBack };
  };

  const here = aboveFloors(rateNow);
  const jitterOut = Math.max(LEAST_JITTER_MS, here.out);
  const jitterBack = Math.max(LEAST_JITTER_MS, here.back);
  const deviation = Math.min(USUAL_RATE, prior.doubt / 2);
  // Delays come in spells and have long tails, so that n of them tell less than n independent ones
  // would. A quarter gave the least worst skew over 50 seeds of the bench; an eighth did as well.
  const evidence = weight / 4;
  /** @param {number} rate */
  const unlikeliness = (rate) => {
    const { out, back } = aboveFloors(rate);
    const surprise = (rate - prior.rate) / deviation;
    return evidence * (out / jitterOut + back / jitterBack) + (surprise * surprise) / 2;
  };

  // Convex in the rate: a sum of means minus least values, and a parabola.
  let low = Math.max(-WORST_RATE, prior.rate - 2 * prior.doubt);
  let high = Math.min(WORST_RATE, prior.rate + 2 * prior.doubt);
  const [lowest, highest] = [low, high];
  while (high - low > 0.1e-6) {
    const a = low + (high - low) * 0.382;
    const b = high - (high - low) * 0.382;
    if (unlikeliness(a) < unlikeliness(b)) high = b;
    else low = a;
  }
  const rate = (low + high) / 2;

  // As far as a rate is e² times less likely, on the wider side.
  const limit = unlikeliness(rate) + 2;
  /** @param {number} end */
  const reach = (end) => {
    let near = rate;
    let far = end;
    while (Math.abs(far - near) > 0.2e-6) {
      const middle = (near + far) / 2;
      if (unlikeliness(middle) < limit) near = middle;
      else far = middle;
    }
    return Math.abs(far - rate);
  };
  return { rate, doubt: Math.max(LEAST_DOUBT, reach(lowest), reach(highest)) };
}
