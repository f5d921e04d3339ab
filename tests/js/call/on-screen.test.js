// @ts-check
/** What a call says on screen, the shape of a voice, and a sea that steps back for words. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { keepHeadphones, wearsHeadphones } from "../../../static/js/call/headphones.js";
import { strokes } from "../../../static/js/call/level-mark.js";
import { afterStop, brief, said, there } from "../../../static/js/call/words.js";
import { Sound } from "../../../static/js/components/sound.js";

/** @typedef {import("../../../static/js/call/call.js").CallState} CallState */
/** @typedef {import("../../../static/js/call/call.js").Other} Other */

/** @type {CallState["own"]} */
const OPEN = {
  peer: "p0",
  microphone: true,
  camera: false,
  level: 0,
  speaks: true,
  silenced: false,
  frozen: false,
  hiddenMuted: false,
  thin: false,
  blurred: false,
  stream: null,
  devices: { microphone: null, camera: null },
};
/** @type {Other} */
const MAREN = {
  person: "m",
  role: "therapist",
  peer: "p1",
  microphone: true,
  camera: false,
  hidden: false,
  away: false,
  speaks: true,
  allowedBy: [],
  state: "live",
  route: "direct",
  talking: false,
  stream: null,
  code: null,
  codeChanged: false,
};
const SAM = { ...MAREN, person: "s", role: "support", peer: "p2", speaks: false, microphone: false };

/** @param {Other} other */
const nameOf = ({ person }) => (person === "m" ? "Maren" : "Sam");

/** @param {Partial<CallState["own"]>} own @param {Other[]} others @param {Partial<CallState>} [more] */
function told(own, others, more = {}) {
  /** @type {CallState} */
  const state = { phase: "on", why: null, own: { ...OPEN, ...own }, others, ...more };
  return said(state, nameOf, []);
}

test("who hears is said by name, and nothing else where all is well", () => {
  assert.deepEqual(told({}, [MAREN]), { now: "Maren hears you.", more: [] });
  assert.deepEqual(told({}, [MAREN, SAM]), { now: "Maren and Sam hear you.", more: ["Sam listens."] });
  assert.equal(told({ camera: true }, [MAREN]).now, "Maren hears and sees you.");
  assert.equal(told({}, []).now, "Voice is on here. Nobody else has joined yet.");
});

test("nobody is said to hear who does not", () => {
  assert.equal(told({ microphone: false }, [MAREN]).now, "You are muted.");
  assert.equal(told({ silenced: true }, [MAREN]).now, "Silent while you hold.");
  assert.equal(
    told({ microphone: false, hiddenMuted: true }, [MAREN]).now,
    "You are muted: this page was not in front.",
  );
  assert.equal(told({ speaks: false }, [MAREN]).now, "You listen. Nobody hears you.");
  for (const state of /** @type {const} */ (["connecting", "mending", "failed"]))
    assert.equal(told({}, [{ ...MAREN, state }]).now, "Nobody hears you yet.");
  assert.equal(told({}, [{ ...MAREN, away: true }]).now, "Nobody hears you yet.");
  assert.match(there(MAREN, "Maren", { ...OPEN, microphone: false }), /Maren does not hear you\./);
});

test("what is wrong comes first, and while something runs one short sentence of it is enough", () => {
  const why = "The line is thin, so your camera was turned off. You can turn it on again.";
  const words = told({ thin: true }, [{ ...MAREN, microphone: false }], { why });

  assert.deepEqual(words.more, [why, "Maren is muted."]);
  assert.deepEqual(brief(words, { on: true, calm: false }).more, [
    "The line is thin, so your camera was turned off.",
  ]);
  assert.equal(brief(words, { on: true, calm: true }).more.length, 2);
  const alone = told({}, []);
  assert.equal(brief(alone, { on: true, calm: false }).now, alone.now);
  const closed = told({}, [], { phase: "refused", why: "The microphone is closed. To open it, look there." });
  assert.equal(brief(closed, { on: false, calm: true }).now, "The microphone is closed.");
});

test("after a stop each side reads what the patient chose, also when they chose nothing", () => {
  assert.match(afterStop("patient", "voice", { ...OPEN, microphone: false }, "Maren"), /still hear Maren/);
  assert.match(afterStop("patient", "written", OPEN, "Maren"), /^Silent both ways/);
  assert.equal(afterStop("patient", null, OPEN, "Maren"), afterStop("patient", "written", OPEN, "Maren"));
  const chosen = (/** @type {'voice' | 'written' | null} */ one) =>
    afterStop("therapist", one, OPEN, "Robin");
  assert.equal(new Set([chosen("voice"), chosen("written"), chosen(null)]).size, 3);
});

test("an empty room lights no stroke, and a voice does", () => {
  assert.equal(strokes(0.1), 0);
  assert.ok(strokes(0.4) >= 1);
  assert.equal(strokes(1), 3);
});

test("headphones are asked about once for each device, and a store that refuses is no trouble", () => {
  /** @type {Record<string, string>} */
  const kept = {};
  const store = {
    getItem: (/** @type {string} */ name) => kept[name] ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => {
      kept[name] = value;
    },
  };
  const closed = {
    getItem() {
      throw new Error("no");
    },
    setItem() {
      throw new Error("no");
    },
  };

  assert.equal(wearsHeadphones(store), false);
  keepHeadphones(true, store);
  assert.equal(wearsHeadphones(store), true);
  keepHeadphones(true, closed);
  assert.equal(wearsHeadphones(closed), false);
});

test("the sound of the breath steps back for a voice, also when it is turned up meanwhile", async () => {
  const gain = {
    value: 0,
    setTargetAtTime(/** @type {number} */ value) {
      this.value = value;
    },
  };
  const context = {
    state: "suspended",
    currentTime: 0,
    destination: {},
    createGain: () => ({ gain, connect() {} }),
    addEventListener() {},
    async resume() {},
    async close() {},
  };
  const sound = new Sound({ store: null, make: () => /** @type {any} */ (context) });
  await sound.unlock();
  sound.set({ volume: 0.8 });
  assert.equal(gain.value, 0.8);

  sound.duck(true);
  assert.equal(gain.value, 0.2);
  sound.set({ volume: 0.4 });
  assert.equal(gain.value, 0.1);
  sound.duck(false);
  assert.equal(gain.value, 0.4);
});
