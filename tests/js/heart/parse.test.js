// @ts-check
/** A packet of a heart-rate belt: what the specification says of its bytes, and any other bytes at all. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "../../../static/js/heart/parse.js";

/** @param {number[]} bytes */
const packet = (...bytes) => new DataView(Uint8Array.from(bytes).buffer);
/** @param {number[]} bytes */
function read(...bytes) {
  const parsed = parse(packet(...bytes));
  assert.ok(parsed.ok);
  return parsed.measurement;
}

/** Numbers that are the same in every run. @param {number} seed */
function chance(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("a packet", () => {
  test("of two bytes is a rate and nothing else", () => {
    assert.deepEqual(read(0, 72), { rate: 72, contact: null, energy_kj: null, intervals_ms: [] });
  });

  test("with a wide rate has its low byte first", () => {
    assert.equal(read(1, 0x2c, 0x01).rate, 300);
  });

  test("says whether skin is felt only where the belt can tell", () => {
    assert.deepEqual(
      [0b000, 0b010, 0b100, 0b110].map((bits) => read(bits, 60).contact),
      [null, null, false, true],
    );
  });

  test("holds its intervals in 1/1024 s, in order, behind the energy", () => {
    const measurement = read(0b11000, 60, 0x10, 0x27, 0x00, 0x04, 0x00, 0x02);

    assert.deepEqual(measurement, { rate: 60, contact: null, energy_kj: 10_000, intervals_ms: [1_000, 500] });
  });

  test("with everything in it is read to its last byte", () => {
    const measurement = read(0b11111, 60, 0, 1, 0, 0x00, 0x04, 0x80, 0x03);

    assert.deepEqual(measurement, { rate: 60, contact: true, energy_kj: 1, intervals_ms: [1_000, 875] });
  });

  test("that announces intervals may bring none in a second without a beat", () => {
    assert.deepEqual(read(0b10000, 60).intervals_ms, []);
  });

  test("leaves alone what reserved bits may bring one day", () => {
    assert.equal(read(0b100000, 60, 1, 2, 3).rate, 60);
  });

  for (const [why, bytes] of /** @type {[string, number[]][]} */ ([
    ["empty", []],
    ["short", [0]],
    ["short", [1, 60]],
    ["short", [0b01000, 60, 1]],
    ["odd", [0b10000, 60, 1]],
    ["odd", [0b11000, 60, 0, 0, 1, 2, 3]],
    ["long", [0, 60, 1, 2]],
  ]))
    test(`of ${bytes.length} bytes that is ${why} is no measurement`, () => {
      assert.deepEqual(parse(packet(...bytes)), { ok: false, why });
    });

  test("that is no packet is none", () => {
    for (const data of [null, undefined, 7, "text", [], {}, new Uint8Array([0, 60])])
      assert.deepEqual(parse(data), { ok: false, why: "empty" });
  });

  test("of any bytes never throws, and what it reads is in bounds", () => {
    const next = chance(5);
    let read = 0;
    for (let turn = 0; turn < 60_000; turn += 1) {
      const bytes = Array.from({ length: Math.floor(next() * 24) }, () => Math.floor(next() * 256));
      // Half of them with flags that mean something, so that more than the first line is tried.
      if (turn % 2 && bytes.length > 0) bytes[0] &= 31;
      const parsed = parse(packet(...bytes));
      if (!parsed.ok) {
        assert.ok(["empty", "short", "odd", "long"].includes(parsed.why));
        continue;
      }
      read += 1;
      const { rate, energy_kj, intervals_ms } = parsed.measurement;
      assert.ok(rate >= 0 && rate <= 65_535);
      assert.ok(energy_kj === null || (energy_kj >= 0 && energy_kj <= 65_535));
      assert.ok(intervals_ms.length <= 11 && intervals_ms.every((rr) => rr >= 0 && rr < 64_000));
    }
    assert.ok(read > 10_000);
  });

  test("that lies inside a longer buffer is read from its own place", () => {
    const buffer = Uint8Array.from([9, 9, 0, 61, 9]).buffer;

    const parsed = parse(new DataView(buffer, 2, 2));

    assert.ok(parsed.ok && parsed.measurement.rate === 61);
  });
});
