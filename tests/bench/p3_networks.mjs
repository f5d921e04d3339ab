// @ts-check
/** The made-up networks of figure P3: delays, jitter, loss and spells of trouble, all drawn from seeds. */

/** @typedef {() => number} Random uniform in [0, 1) */

/**
 * A network: least delay each way, and what comes on top. `lost` says that nothing gets through then.
 * @typedef {object} Network
 * @property {number} outMs
 * @property {number} backMs
 * @property {(random: Random) => number} jitterMs drawn for each message
 * @property {(atMs: number, spells: Spells) => number} [outExtraMs]
 * @property {(atMs: number, spells: Spells) => number} [backExtraMs]
 * @property {number} [loss] share of segments lost; over TCP each costs a retransmission
 * @property {(atMs: number) => boolean} [lost]
 * @property {number} slackMs what P3 allows beyond half the asymmetry
 * @property {number} [unevenMs] the asymmetry of its most uneven stretch, if not that of outMs and backMs
 * @property {boolean} [shock] whether something befalls the device or the server at SHOCK_AT
 */

/** Seeded 32-bit generator (mulberry32). @param {number} seed @returns {Random} */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {Random} random @param {number} mean */
const exponential = (random, mean) => -mean * Math.log(1 - random());

/** @param {Random} random @param {number} median @param {number} sigma */
const lognormal = (random, median, sigma) => {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(sigma * normal);
};

/** Spells of trouble, fixed beforehand for a run: when they begin and end, and how bad each is. */
export class Spells {
  /** @type {{from: number, to: number, size: number}[]} */
  #all = [];

  /** @param {Random} random @param {{calmMs: number, lastsMs: number, untilMs: number}} shape */
  constructor(random, { calmMs, lastsMs, untilMs }) {
    let at = 15_000 + exponential(random, calmMs);
    while (at < untilMs) {
      const lasts = lastsMs * (0.5 + random());
      this.#all.push({ from: at, to: at + lasts, size: 0.3 + 0.7 * random() });
      at += lasts + exponential(random, calmMs);
    }
  }

  /** 0 when calm, else the size of the spell, which swells and sinks at its ends. @param {number} atMs */
  at(atMs) {
    for (const { from, to, size } of this.#all) {
      if (atMs >= from && atMs < to) return size * Math.min(1, (atMs - from) / 3_000, (to - atMs) / 3_000);
    }
    return 0;
  }
}

export const MINUTE = 60_000;

/** @type {Record<string, Network>} the five of P3 */
export const NETWORKS = {
  fibre: {
    outMs: 4,
    backMs: 3,
    jitterMs: (random) => exponential(random, 0.4) + (random() < 0.01 ? exponential(random, 20) : 0),
    slackMs: 5,
  },
  "4g": {
    outMs: 32,
    backMs: 24,
    jitterMs: (random) =>
      8 * random() + exponential(random, 6) + (random() < 0.02 ? exponential(random, 120) : 0),
    loss: 0.002,
    slackMs: 5,
  },
  "3g-jittery": {
    outMs: 80,
    backMs: 60,
    jitterMs: (random) => lognormal(random, 30, 1) + (random() < 0.03 ? exponential(random, 600) : 0),
    outExtraMs: (atMs, spells) => 90 * spells.at(atMs),
    backExtraMs: (atMs, spells) => 60 * spells.at(atMs + 5_000),
    loss: 0.01,
    slackMs: 8,
  },
  bufferbloat: {
    outMs: 14,
    backMs: 10,
    jitterMs: (random) => exponential(random, 2),
    outExtraMs: (atMs, spells) => 500 * spells.at(atMs) * (0.75 + 0.25 * Math.sin(atMs / 700)),
    slackMs: 5,
  },
  satellite: {
    outMs: 306,
    backMs: 294,
    jitterMs: (random) => exponential(random, 9) + (random() < 0.02 ? exponential(random, 200) : 0),
    loss: 0.005,
    slackMs: 5,
  },
};

/** @type {Record<string, Network>} what else happens to people */
export const HARDER = {
  "wifi-handover": {
    ...NETWORKS["4g"],
    outMs: 5,
    backMs: 4,
    unevenMs: 8,
    outExtraMs: (atMs) => (atMs > 8 * MINUTE && atMs < 22 * MINUTE ? 35 : 0),
    backExtraMs: (atMs) => (atMs > 8 * MINUTE && atMs < 22 * MINUTE ? 28 : 0),
  },
  "uplink-full-12-min": {
    ...NETWORKS.bufferbloat,
    outExtraMs: (atMs) => (atMs > 9 * MINUTE && atMs < 21 * MINUTE ? 150 + 40 * Math.sin(atMs / 900) : 0),
  },
  "loss-2-percent": { ...NETWORKS["4g"], loss: 0.02, lost: (atMs) => atMs % (7 * MINUTE) > 6 * MINUTE },
  "clock-set-by-an-hour": { ...NETWORKS["4g"], shock: true },
  "sleep-7-min": { ...NETWORKS["4g"], shock: true },
  "server-restart": { ...NETWORKS["4g"], shock: true },
  "joined-in-bloat": {
    ...NETWORKS.bufferbloat,
    outExtraMs: (atMs) => (atMs < 40_000 ? 300 + 60 * Math.sin(atMs / 700) : 0),
  },
};

/** What P3 allows: half the asymmetry of both paths, and the slack. @param {string} name */
export function barMs(name) {
  const network = NETWORKS[name] ?? HARDER[name];
  const { fibre } = NETWORKS;
  const uneven = (network.unevenMs ?? network.outMs - network.backMs) - (fibre.outMs - fibre.backMs);
  return Math.abs(uneven) / 2 + network.slackMs;
}
