// @ts-check
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { quiet } from "./fakes.js";
import { begin, joined, live, patient, server, therapist } from "./two.js";

beforeEach(begin);

describe("nobody in between", () => {
  test("whoever puts fingerprints of their own on both ways makes the words differ, whatever they promise", async () => {
    // Two whole conversations with somebody in the middle, who promises and reveals on each as the other side would.
    const { Comparison } = await import("../../../static/js/call/code.js");
    const [own, middle, their] = ["aa", "bb", "cc"].map((byte) => byte.repeat(32));
    /** @param {string} here @param {string} there */
    const talk = async (here, there) => {
      /** @type {any[]} */
      const sides = [];
      for (const at of [0, 1])
        sides.push(
          new Comparison({
            send: (said) => queueMicrotask(() => void sides[1 - at].hear(said)),
            changed: () => {},
          }),
        );
      await Promise.all([sides[0].between(here, there), sides[1].between(there, here)]);
      await quiet();
      return sides;
    };
    const [a, m1] = await talk(own, middle);
    const [m2, b] = await talk(middle, their);
    assert.deepEqual(a.code, m1.code);
    assert.deepEqual(b.code, m2.code);
    assert.notDeepEqual(a.code, b.code);
    assert.equal(a.suspect || b.suspect, false);
  });

  test("fingerprints changed on the way give unequal words, and what does not fit is said", async () => {
    const other = Array.from({ length: 32 }, () => "EE").join(":");
    server.between = (said, from) =>
      from === "patient" && said.description
        ? {
            description: {
              ...said.description,
              sdp: said.description.sdp.replace(/(sha-256 ).*/, `$1${other}`),
            },
          }
        : said;
    await joined();
    assert.ok(patient.other.code && therapist.other.code);
    assert.notDeepEqual(patient.other.code, therapist.other.code);
    assert.equal(patient.other.codeChanged && therapist.other.codeChanged, true);
  });

  test("a secret that does not fit its promise is said", async () => {
    server.between = (said, from) =>
      from === "patient" && said.code?.reveal ? { code: { reveal: "0".repeat(64) } } : said;
    await joined();
    assert.equal(therapist.other.codeChanged, true);
    assert.notDeepEqual(patient.other.code, therapist.other.code);
  });

  test("a second promise, after the first, is said and binds nobody", async () => {
    await joined();
    const code = therapist.other.code;
    therapist.told({
      type: "call.signal",
      from: patient.state.own.peer,
      person: "patient",
      code: { commit: "1".repeat(64) },
    });
    await quiet();
    assert.equal(therapist.other.codeChanged, true);
    assert.deepEqual(therapist.other.code, code);
  });

  test("a secret before any promise is said", async () => {
    server.between = (said, from) => (from === "patient" && said.code?.commit ? null : said);
    await joined();
    assert.equal(therapist.other.codeChanged, true);
    assert.equal(therapist.other.code, null);
  });

  test("what was lost of it is said again until there are words", async () => {
    let lost = 3;
    server.between = (said) => {
      if (!said.code?.commit || lost === 0) return said;
      lost -= 1;
      return null;
    };
    await live();
    await server.time.pass(9_000);
    await quiet();
    assert.ok(patient.other.code);
    assert.deepEqual(patient.other.code, therapist.other.code);
  });
});
