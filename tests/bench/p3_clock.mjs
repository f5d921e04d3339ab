// @ts-check
/**
 * Figure P3: how far apart two pacers are, over made-up networks, in virtual time.
 *
 *     node tests/bench/p3_clock.mjs [seed ...]
 *
 * The therapist sits on fibre, the patient on the network named; their clocks drift 50 ppm in opposite
 * directions. Both estimate the same server, and the skew is the difference of what they display.
 * Everything is drawn from seeds, so the same figures come out everywhere. Prints one line of JSON.
 */

import { pathToFileURL } from "node:url";

import { Clock } from "../../static/js/live/clock.js";
import { barMs, HARDER, MINUTE, NETWORKS, Spells, seeded } from "./p3_networks.mjs";

/** @typedef {import("../../static/js/live/clock.js").Sample} Sample */
/** @typedef {import("./p3_networks.mjs").Network} Network */
/** @typedef {import("./p3_networks.mjs").Random} Random */

export { barMs, HARDER, NETWORKS, seeded };

const EPOCH = 1_750_000_000_000;
const SHOCK_AT = 10 * MINUTE;
const SLEPT = 7 * MINUTE;
const BOOT_STEP = 850;
const STEP = 50;
const BREATH = 10_000;

/**
 * What a device runs to know the time.
 * @typedef {object} Estimator
 * @property {(mono: number) => number} nextPingIn
 * @property {(mono: number) => void} pinged
 * @property {(readings: Sample, wall: number) => void} sample
 * @property {(mono: number) => number | null} serverNow
 * @property {(mono: number, wall: number, boot: string) => void} [look]
 * @property {Clock} [clock]
 */

/** Ours, with a caller that does what a page does. @returns {Estimator} */
export function ebb() {
  const clock = new Clock({ tickMs: 0.1 });
  let boot = "";
  let rejoinAt = Infinity;
  return {
    clock,
    nextPingIn: (mono) => clock.nextPingIn(mono),
    pinged: (mono) => clock.pinged(mono),
    sample: (sample, wall) => void clock.sample(sample, wall),
    serverNow: (mono) => clock.serverNow(mono),
    look(mono, wall, bootNow) {
      if (boot !== bootNow) clock.reset(bootNow);
      boot = bootNow;
      clock.readWall(mono, wall);
      const now = clock.serverNow(mono);
      if (now === null || clock.correction(mono).mode === "slew") rejoinAt = Infinity;
      else if (rejoinAt === Infinity) rejoinAt = (Math.floor(now / BREATH) + 1) * BREATH;
      else if (now >= rejoinAt) clock.rejoin(mono);
    },
  };
}

/** @param {{every: (pings: number) => number, keep: number, choose: (kept: {offset: number, rtt: number}[]) => number}} how @returns {Estimator} */
function peer({ every, keep, choose }) {
  /** @type {{offset: number, rtt: number}[]} */
  const kept = [];
  let pings = 0;
  let last = -Infinity;
  /** @type {number | null} */
  let offset = null;
  return {
    nextPingIn: (mono) => last + every(pings) - mono,
    pinged(mono) {
      pings += 1;
      last = mono;
    },
    sample({ sent, received, replied, arrived }) {
      kept.push({
        offset: (received - sent + (replied - arrived)) / 2,
        rtt: arrived - sent - (replied - received),
      });
      if (kept.length > keep) kept.shift();
      offset = choose(kept);
    },
    serverNow: (mono) => (offset === null ? null : mono + offset),
  };
}

/** @type {Record<string, () => Estimator>} how others do it, on the same paths */
export const PEERS = {
  "least-delay-of-8": () =>
    peer({
      every: (pings) => (pings < 3 ? 1_000 : MINUTE),
      keep: 8,
      choose: (kept) => kept.reduce((best, one) => (one.rtt < best.rtt ? one : best)).offset,
    }),
  "median-of-200": () =>
    peer({
      every: (pings) => (pings < 50 ? 20 : 1_000),
      keep: 200,
      choose: (kept) => kept.map((one) => one.offset).sort((a, b) => a - b)[kept.length >> 1],
    }),
  "one-ping": () =>
    peer({ every: (pings) => (pings < 1 ? 0 : Infinity), keep: 1, choose: (kept) => kept[0].offset }),
};

/** One person's device: a drifting clock, a path to the server, an estimator. */
class Device {
  /** @param {{estimator: Estimator, network: Network, ppm: number, random: Random, minutes: number}} parts */
  constructor({ estimator, network, ppm, random, minutes }) {
    this.estimator = estimator;
    this.network = network;
    this.rate = 1 + ppm * 1e-6;
    this.random = random;
    this.spells = new Spells(random, { calmMs: 60_000, lastsMs: 35_000, untilMs: minutes * MINUTE });
    this.stoodStill = 0;
    this.wallAhead = 0;
    /** @type {number[]} */
    this.pingsAt = [];
    /** @type {{at: number, sample: Sample}[]} */
    this.underway = [];
    this.lastReceived = 0;
    this.lastArrived = 0;
  }

  /** @param {number} at */
  mono(at) {
    return EPOCH - 123_456_789 + (at - this.stoodStill) * this.rate;
  }

  /** @param {number} at */
  wall(at) {
    return EPOCH + at * this.rate + this.wallAhead;
  }

  /** One way, behind everything sent before it, as TCP has it. @param {number} at @param {'out' | 'back'} way */
  #arrival(at, way) {
    const { network, random, spells } = this;
    const floor = way === "out" ? network.outMs : network.backMs;
    const extra = (way === "out" ? network.outExtraMs : network.backExtraMs)?.(at, spells) ?? 0;
    let delay = floor + extra + network.jitterMs(random);
    if (random() < (network.loss ?? 0)) delay += 200 + network.outMs + network.backMs;
    return at + delay;
  }

  /** @param {number} at @param {(at: number) => number} server */
  step(at, server) {
    while (this.underway.length > 0 && this.underway[0].at <= at) {
      const { at: arrivedAt, sample } = /** @type {{at: number, sample: Sample}} */ (this.underway.shift());
      this.estimator.sample({ ...sample, arrived: this.mono(arrivedAt) }, this.wall(arrivedAt));
    }
    if (this.estimator.nextPingIn(this.mono(at)) > 0) return;
    const sentAt = at + this.random();
    this.pingsAt.push(sentAt);
    this.estimator.pinged(this.mono(sentAt));
    if (this.network.lost?.(sentAt)) return;
    this.lastReceived = Math.max(this.lastReceived, this.#arrival(sentAt, "out"));
    const repliedAt = this.lastReceived + 0.2;
    this.lastArrived = Math.max(this.lastArrived, this.#arrival(repliedAt, "back"));
    const sample = {
      sent: this.mono(sentAt),
      received: server(this.lastReceived),
      replied: server(repliedAt),
      arrived: 0,
    };
    this.underway.push({ at: this.lastArrived, sample });
  }
}

/**
 * @typedef {{p95: number, worst: number, pings: number, boundBroken: number, boundMs: number,
 *   unknownMs: number, fastest: number}} Result
 */

/**
 * Two devices for so many minutes.
 * @param {{name: string, seed: number, minutes?: number, estimator?: () => Estimator}} run
 * @returns {Result} p95 and worst skew in ms after the first 10 s (after a sleep or a restart again 10 s, and
 *   the breath that is finished first); pings a minute once settled; how often the truth lay outside the
 *   bound that was shown, and its median; how long there was no estimate; how fast the offset moved
 */
export function simulate({ name, seed, minutes = 30, estimator = ebb }) {
  const network = NETWORKS[name] ?? HARDER[name];
  const sleeps = name === "sleep-7-min";
  const [at1, at2] = [seeded(seed * 2 + 1), seeded(seed * 2 + 2)];
  const therapist = new Device({
    estimator: estimator(),
    network: NETWORKS.fibre,
    ppm: 50,
    random: at1,
    minutes,
  });
  const patient = new Device({ estimator: estimator(), network, ppm: -50, random: at2, minutes });
  let bootStep = 0;
  let boot = "first";
  /** @param {number} at */
  const server = (at) => EPOCH + at + bootStep;

  /** @type {number[]} */
  const skews = [];
  let boundBroken = 0;
  /** @type {number[]} */
  const bounds = [];
  let unknownMs = 0;
  let fastest = 0;
  let quietUntil = 10_000;
  let shocked = !network.shock;
  /** @type {number | null} */
  let before = null;

  for (let at = 0; at < minutes * MINUTE; at += STEP) {
    if (!shocked && at >= SHOCK_AT) {
      shocked = true;
      if (name === "clock-set-by-an-hour") patient.wallAhead += 60 * MINUTE;
      if (name === "server-restart") [boot, bootStep] = ["second", BOOT_STEP];
      if (sleeps) {
        patient.stoodStill += SLEPT;
        at += SLEPT;
      }
      if (name !== "clock-set-by-an-hour") quietUntil = at + 10_000 + BREATH;
    }
    for (const device of [therapist, patient]) {
      device.step(at, server);
      device.estimator.look?.(device.mono(at), device.wall(at), boot);
    }
    const shown = [therapist, patient].map((device) => device.estimator.serverNow(device.mono(at)));
    if (shown[0] === null || shown[1] === null) {
      unknownMs += STEP;
      continue;
    }
    const offset = shown[1] - patient.mono(at);
    if (before !== null && at < SHOCK_AT) fastest = Math.max(fastest, Math.abs(offset - before) / STEP);
    before = offset;
    for (const [i, device] of [therapist, patient].entries()) {
      const bound = device.estimator.clock?.boundMs(device.mono(at)) ?? Infinity;
      if (Math.abs(/** @type {number} */ (shown[i]) - server(at)) > bound) boundBroken += 1;
      if (i === 1 && Number.isFinite(bound)) bounds.push(bound);
    }
    if (at >= quietUntil || (at >= 10_000 && at < SHOCK_AT)) skews.push(Math.abs(shown[0] - shown[1]));
  }
  skews.sort((a, b) => a - b);
  bounds.sort((a, b) => a - b);
  const settled = patient.pingsAt.filter((at) => at > MINUTE && (!network.shock || at < SHOCK_AT));
  const settledMinutes = (network.shock ? SHOCK_AT / MINUTE : minutes) - 1;
  return {
    p95: skews[Math.floor(skews.length * 0.95)],
    worst: skews[skews.length - 1],
    pings: settled.length / settledMinutes,
    boundBroken,
    boundMs: bounds[bounds.length >> 1] ?? Infinity,
    unknownMs,
    fastest,
  };
}

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;

/**
 * The worst of all seeds, figure by figure.
 * @param {string} name
 * @param {number[]} seeds
 * @param {() => Estimator} estimator
 */
function worstOf(name, seeds, estimator) {
  const runs = seeds.map((seed) => simulate({ name, seed, estimator }));
  /** @param {keyof Result} figure */
  return (figure) => round(Math.max(...runs.map((run) => run[figure])));
}

/** @param {number[]} seeds */
export function bench(seeds) {
  /** @type {Record<string, object>} */
  const networks = {};
  for (const name of [...Object.keys(NETWORKS), ...Object.keys(HARDER)]) {
    const ours = worstOf(name, seeds, ebb);
    const peers = Object.entries(PEERS).map(([peerName, estimator]) => {
      const theirs = worstOf(name, seeds, estimator);
      return [peerName, { p95_ms: theirs("p95"), worst_ms: theirs("worst"), pings_per_min: theirs("pings") }];
    });
    networks[name] = {
      p95_ms: ours("p95"),
      bar_ms: round(barMs(name)),
      worst_ms: ours("worst"),
      pings_per_min: ours("pings"),
      ready_ms: ours("unknownMs"),
      shown_bound_ms: ours("boundMs"),
      bound_broken: ours("boundBroken"),
      peers: Object.fromEntries(peers),
    };
  }
  return { figure: "P3", minutes: 30, seeds, networks };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const seeds = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(bench(seeds.length > 0 ? seeds : [1, 2, 3])));
}
