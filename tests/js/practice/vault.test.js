// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { utf8 } from "../../../static/js/practice/bytes.js";
import {
  left_ms,
  meant,
  pause_ms,
  problem,
  wait_words,
  wrong_words,
} from "../../../static/js/practice/pin.js";
import * as vault from "../../../static/js/practice/vault.js";

/** What it takes in earnest is tried once; the rest would take a minute. */
const quick = { rounds: 1_000 };
const PRACTICE = { entries: [{ type: "activity.start" }] };

describe("without a PIN", () => {
  test("the key opens what it shut, and no script can take it out", async () => {
    const { lock, key } = await vault.newLock(null);
    const box = await vault.shutJson(key, "bundle", PRACTICE);

    const again = await vault.opened(lock);
    assert.ok(again);
    assert.deepEqual(await vault.openJson(again, "bundle", box), PRACTICE);
    await assert.rejects(crypto.subtle.exportKey("raw", again));
  });
});

describe("with a PIN", () => {
  test("nothing that is stored opens anything without it", async () => {
    const { lock, key } = await vault.newLock("four calm words here", quick);
    const box = await vault.shutJson(key, "bundle", PRACTICE);

    assert.equal(lock.key, null);
    for (const other of ["", "four calm words", "Four calm words here"]) {
      assert.equal(await vault.opened(lock, other), null);
    }
    const again = await vault.opened(lock, "  four calm  words here ");
    assert.ok(again);
    assert.deepEqual(await vault.openJson(again, "bundle", box), PRACTICE);
    await assert.rejects(crypto.subtle.exportKey("raw", again));
  });

  test("guessing costs at least 600,000 rounds each", async () => {
    const { lock } = await vault.newLock("2468");
    assert.ok((lock.pin?.rounds ?? 0) >= 600_000);
    assert.ok(await vault.opened(lock, "2468"));
    // The rounds are part of the lock: fewer open nothing.
    assert.ok(lock.pin);
    assert.equal(await vault.opened({ ...lock, pin: { ...lock.pin, rounds: 1 } }, "2468"), null);
  });

  test("two locks of one PIN have nothing in common", async () => {
    const [one, other] = [await vault.newLock("2468", quick), await vault.newLock("2468", quick)];
    assert.notDeepEqual(one.lock.pin?.salt, other.lock.pin?.salt);
    const box = await vault.shutJson(one.key, "bundle", PRACTICE);
    await assert.rejects(vault.openJson(other.key, "bundle", box));
  });
});

describe("a box", () => {
  test("says nothing of what is in it", async () => {
    const { key } = await vault.newLock(null);
    const box = await vault.shut(key, "practice", utf8("activity.start activity.start"));
    assert.ok(!Buffer.from(box.bytes).includes("activity"));
  });

  test("opens in its own place alone, and only unchanged", async () => {
    const { key } = await vault.newLock(null);
    const box = await vault.shutJson(key, "practice", PRACTICE);
    await assert.rejects(vault.openJson(key, "bundle", box));
    const changed = box.bytes.slice();
    changed[0] ^= 1;
    await assert.rejects(vault.openJson(key, "practice", { ...box, bytes: changed }));
  });
});

describe("a PIN", () => {
  test("is 4 to 12 digits, or words", () => {
    for (const good of ["1357", "135724681357", "a word", "vier", "ひらがな", "١٢٣٥"]) {
      assert.equal(problem(good, good), null, good);
    }
    for (const bad of ["", "   ", "135", "1357246813572", "7777", "abc", "x".repeat(201)]) {
      assert.equal(typeof problem(bad, bad), "string", bad);
    }
    assert.equal(typeof problem("1357", "1358"), "string");
  });

  test("is the same however a keyboard writes it", () => {
    assert.equal(meant(" blå\u00a0 hav "), meant("bla\u030a hav"));
  });

  test("may slip three times; then each wrong one makes the next wait longer, up to a quarter of an hour", () => {
    assert.deepEqual([1, 2, 3].map(pause_ms), [0, 0, 0]);
    const pauses = Array.from({ length: 60 }, (_, at) => pause_ms(at + 4));
    assert.equal(pauses[0], 5_000);
    assert.ok(pauses.every((pause, at) => at === 0 || pause >= pauses[at - 1]));
    assert.equal(pauses.at(-1), 15 * 60_000);
  });

  test("waits no longer than that for a clock that was set back or on", () => {
    const wrong = { count: 4, at_wall_ms: 1_000_000 };
    assert.equal(left_ms(wrong, 1_002_000), 3_000);
    assert.equal(left_ms(wrong, 0), 5_000);
    assert.equal(left_ms(wrong, 2_000_000), 0);
    assert.equal(left_ms(null, 0), 0);
  });

  test("that is wrong is told in words, with how long to wait, and that nothing is deleted", () => {
    assert.equal(wrong_words(1, 0), "That is not the PIN.");
    assert.match(wrong_words(4, 5_000), /5 seconds.*Nothing is deleted/);
    assert.match(wait_words(15 * 60_000), /15 minutes/);
    assert.match(wait_words(1), /1 second /);
  });
});
