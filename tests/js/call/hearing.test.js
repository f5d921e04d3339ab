// @ts-check
/** What a microphone's loudness is told as: calmly, and never more than is known. */

import assert from "node:assert/strict";
import test from "node:test";

import { echoIn, echoWords, Hearing, heardWords, loudness } from "../../../static/js/call/hearing.js";

/** @param {number} height */
const tone = (height) => Float32Array.from({ length: 480 }, (_, at) => height * Math.sin(at / 4));

/** What was said last after these stretches of sound. @param {Hearing} hearing @param {[number, number][]} stretches level and milliseconds */
function after(hearing, stretches, began = 0) {
  let now = began;
  /** @type {import("../../../static/js/call/hearing.js").Heard[]} */
  const said = [];
  for (const [level, ms] of stretches)
    for (const end = now + ms; now < end; now += 60) said.push(hearing.hear(level, now));
  return { said, last: said.at(-1), now };
}

test("silence is nothing, and louder is never lower", () => {
  const heights = [0, 0.001, 0.01, 0.1, 0.5, 1].map((height) => loudness(tone(height)));

  assert.equal(heights[0], 0);
  assert.deepEqual(
    heights,
    [...heights].sort((a, b) => a - b),
  );
  assert.equal(heights.at(-1), 1);
  assert.equal(loudness(new Float32Array(0)), 0);
});

test("whoever says something is heard, and a pause between two sentences changes nothing", () => {
  const { said, last } = after(new Hearing(), [
    [0.05, 600],
    [0.6, 900],
    [0.05, 2_500],
  ]);

  assert.equal(said[0], "listening");
  assert.equal(last, "heard");
  assert.deepEqual([...new Set(said)], ["listening", "heard"]);
});

test("nobody is hurried: silence is told after 5 seconds, and a knock is no voice", () => {
  const hearing = new Hearing();

  assert.equal(after(hearing, [[0, 4_900]]).last, "listening");
  assert.equal(after(hearing, [[0, 600]], 4_900).last, "nothing");
  assert.equal(after(hearing, [[0.9, 120]], 5_500).last, "nothing");
  assert.equal(after(hearing, [[0.6, 400]], 5_700).last, "heard");
});

test("a faint voice is told apart from none, and silence after a voice is only silence", () => {
  assert.equal(after(new Hearing(), [[0.3, 6_000]]).last, "faint");
  assert.equal(
    after(new Hearing(), [
      [0.6, 1_000],
      [0.02, 9_000],
    ]).last,
    "quiet",
  );
});

test("a page that slept has not listened meanwhile", () => {
  const hearing = new Hearing();
  hearing.hear(0, 0);

  assert.equal(hearing.hear(0.9, 60_000), "nothing");
});

test("each state has a sentence of its own", () => {
  const words = /** @type {const} */ (["listening", "heard", "faint", "nothing", "quiet"]).map(heardWords);

  assert.equal(new Set(words).size, 5);
  assert.equal(heardWords("heard"), "We hear you.");
  assert.match(heardWords("nothing"), /^Nothing comes in/);
});

const loud = Array.from({ length: 20 }, () => 0.7);
const still = Array.from({ length: 20 }, () => 0.05);
/** @param {number[]} played @param {number[]} heard */
const moments = (played, heard) => played.map((level, at) => ({ played: level, heard: heard[at] }));

test("an echo is what is heard while it is played, and only then", () => {
  const half = [...loud, ...still];

  assert.equal(
    echoIn(
      moments(
        half,
        half.map((level) => level * 0.6),
      ),
    ),
    "echo",
  );
  assert.equal(
    echoIn(
      moments(
        half,
        half.map(() => 0.1),
      ),
    ),
    "none",
  );
  // A fan that runs all the time is no echo.
  assert.equal(
    echoIn(
      moments(
        half,
        half.map(() => 0.6),
      ),
    ),
    "none",
  );
});

test("where nothing was said, or no moment was silent, nothing is claimed", () => {
  assert.equal(echoIn([]), "unsure");
  assert.equal(echoIn(moments(still, still)), "unsure");
  assert.equal(echoIn(moments(loud, loud)), "unsure");
  assert.match(echoWords("unsure"), /^Too little/);
  for (const echo of /** @type {const} */ (["echo", "none", "unsure"]))
    assert.match(echoWords(echo), /eadphones/);
});
