// @ts-check
import assert from "node:assert/strict";
import { createDecipheriv, createECDH, hkdfSync } from "node:crypto";
import { describe, test } from "node:test";

import { base64url, fromBase64url, fromHex, hex, random } from "../../../static/js/practice/bytes.js";
import { chance, seal } from "../../../static/js/practice/seal.js";

const PLACE = { session: "0123456789abcdef0123456789abcdef", n: 3 };
const PLAIN = { format: 1, entries: [{ type: "session.stop", id: "a", after_ms: 12 }], said: "größer, 平静" };

/** The clinic's side, by other means than the phone's. */
function clinic() {
  const pair = createECDH("prime256v1");
  const id = hex(random(16));
  return { pair, key: { id, public: base64url(new Uint8Array(pair.generateKeys())) } };
}

/** @param {ReturnType<typeof clinic>} to @param {string} sealed @param {{session: string, n: number}} place */
function opened(to, sealed, place) {
  const raw = Buffer.from(sealed, "base64url");
  const shared = to.pair.computeSecret(raw.subarray(17, 82));
  const info = Buffer.concat([Buffer.from("ebb outbox 1"), raw.subarray(1, 17)]);
  const one = Buffer.from(hkdfSync("sha256", shared, Buffer.alloc(0), info, 32));
  const cipher = createDecipheriv("aes-256-gcm", one, raw.subarray(82, 94));
  cipher.setAAD(Buffer.from(`${place.session}/${place.n}`));
  cipher.setAuthTag(raw.subarray(-16));
  return JSON.parse(Buffer.concat([cipher.update(raw.subarray(94, -16)), cipher.final()]).toString("utf8"));
}

describe("a sealed part", () => {
  test("is opened by the clinic's key, with every letter in place", async () => {
    const to = clinic();
    const sealed = await seal(PLAIN, to.key, PLACE);

    assert.deepEqual(opened(to, sealed, PLACE), PLAIN);
    assert.match(sealed, /^[\w-]+$/);
    const raw = fromBase64url(sealed);
    assert.equal(raw[0], 1);
    assert.equal(hex(raw.subarray(1, 17)), to.key.id);
  });

  test("is opened by no other key, and in no other place", async () => {
    const to = clinic();
    const sealed = await seal(PLAIN, to.key, PLACE);

    assert.throws(() => opened(clinic(), sealed, PLACE));
    assert.throws(() => opened(to, sealed, { ...PLACE, n: 4 }));
    assert.throws(() => opened(to, sealed, { ...PLACE, session: "f".repeat(32) }));
  });

  test("of the same chance is the same, and of another one has nothing in common but its head", async () => {
    const to = clinic();
    const by = await chance();
    assert.equal(await seal(PLAIN, to.key, PLACE, by), await seal(PLAIN, to.key, PLACE, by));

    const [one, other] = [await seal(PLAIN, to.key, PLACE), await seal(PLAIN, to.key, PLACE)];
    assert.notEqual(one.slice(24), other.slice(24));
  });

  test("may be as large as a long practice", async () => {
    const to = clinic();
    const entries = Array.from({ length: 2_000 }, (_, at) => ({
      type: "pacer.set",
      id: `${at}`,
      after_ms: at,
    }));
    assert.equal(opened(to, await seal({ entries }, to.key, PLACE), PLACE).entries.length, 2_000);
  });

  test("is refused for a key that is none", async () => {
    const { key } = clinic();
    await assert.rejects(seal(PLAIN, { ...key, id: "ab" }, PLACE));
    await assert.rejects(seal(PLAIN, { ...key, public: base64url(random(65)) }, PLACE));
  });
});

describe("bytes as text", () => {
  test("come back as they were", () => {
    for (const length of [0, 1, 2, 3, 16, 20_000]) {
      const bytes = random(length);
      assert.deepEqual(fromBase64url(base64url(bytes)), bytes);
      assert.deepEqual(fromHex(hex(bytes)), bytes);
    }
    assert.throws(() => fromHex("xy"));
    assert.throws(() => fromHex("abc"));
  });
});
