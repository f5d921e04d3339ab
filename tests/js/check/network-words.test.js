// @ts-check
/** A network in words: the worst of it decides, and what was not measured is not claimed. */

import assert from "node:assert/strict";
import test from "node:test";

import { findings, kbit, numbers, summary, verdict } from "../../../static/js/check/network-words.js";

/** @typedef {import("../../../static/js/check/network.js").Measured} Measured */

/** @param {Partial<Measured>} [changed] @returns {Measured} */
function network(changed = {}) {
  return {
    reached: true,
    line: true,
    trips: Array(12).fill(40),
    asked: 12,
    down: { bytes: 65_536, ms: 300 },
    up: { bytes: 65_536, ms: 400 },
    relay: "reached",
    relayOnly: false,
    relay_ms: 300,
    ...changed,
  };
}

/** @param {number} kbits */
const carried = (kbits) => ({ bytes: kbits * 125, ms: 1_000 });

test("one trip that took long does not make a steady way unsteady", () => {
  const trips = [...Array(11).fill(40), 900];

  assert.equal(summary(trips).middle_ms, 40);
  assert.equal(summary(trips).most_ms, 900);
  assert.equal(summary([...Array(8).fill(40), 300, 300, 300, 300]).spread_ms, 260);
  assert.equal(summary([30]).spread_ms, 0);
});

test("bytes and seconds make kilobits", () => {
  assert.equal(kbit(carried(60)), 60);
  assert.equal(kbit(null), 0);
});

/** @type {[string, Partial<Measured>, RegExp][]} */
const VERDICTS = [
  ["all is well", {}, /good for a visit and for voice/],
  ["nothing is reached", { reached: false, line: false, trips: [] }, /^No connection/],
  ["pages get through and lines do not", { line: false }, /does not get through/],
  ["it is slow", { trips: Array(12).fill(400) }, /slow, and good enough for a visit and for voice/],
  ["it is very slow", { trips: Array(12).fill(1_500) }, /very slow/],
  ["it is narrow", { up: carried(40) }, /it is narrow/],
  ["it could not be measured how much it carries", { down: null }, /could not be measured/],
  ["it is unsteady", { trips: [...Array(8).fill(40), 300, 300, 300, 300] }, /a little unsteady/],
];

for (const [what, changed, words] of VERDICTS) {
  test(`first comes one sentence: ${what}`, () => assert.match(verdict(network(changed)), words));
}

test("the narrower of both directions decides what is carried", () => {
  const words = (/** @type {number} */ kbits) => findings(network({ up: carried(kbits) }))[1];

  assert.match(words(2_000), /and a picture/);
  assert.match(words(300), /may stand still/);
  assert.match(words(80), /just about/);
  assert.match(words(30), /hardly for voice/);
});

test("a line that broke off is told, and a missing relay is no fault of this network", () => {
  assert.match(findings(network({ trips: [40, 40] }))[0], /broke off/);
  assert.match(findings(network({ relay: "none", relay_ms: null }))[2], /has no relay/);
  assert.match(findings(network({ relay: "missed", relay_ms: null }))[2], /may find a straight way/);
  assert.match(findings(network({ relay: "missed", relayOnly: true, relay_ms: null }))[2], /no other way/);
  assert.match(findings(network({ relay: "unable", relay_ms: null }))[2], /could not be tried/);
});

test("where nothing was reached nothing is listed, and a line that did not open is not described", () => {
  const nothing = network({
    reached: false,
    line: false,
    trips: [],
    down: null,
    up: null,
    relay: "none",
    relay_ms: null,
  });

  assert.deepEqual(findings(nothing), []);
  assert.deepEqual(numbers(nothing), []);
  assert.equal(findings(network({ line: false })).length, 2);
});

test("numbers stand apart from words, which hold none", () => {
  const rows = Object.fromEntries(numbers(network()));

  assert.equal(rows["There and back, on an open line"], "40 ms in the middle, 40 to 40 ms");
  assert.equal(rows["Came back"], "12 of 12");
  assert.equal(rows.Down, "65,536 bytes in 0.3 s: 1,748 kbit a second or more");
  assert.equal(rows.Relay, "after 300 ms");
  for (const sentence of [verdict(network()), ...findings(network())]) assert.doesNotMatch(sentence, /\d/);
});
