// @ts-check
/**
 * The device key: what this phone keeps is locked with it, and it never leaves this phone.
 *
 * Without a PIN the key lies in the browser's own storage as one that no script can take out again. With a PIN it
 * lies there wrapped by a key made of the PIN, and is in memory alone while it is used. A key is never carried over
 * from one to the other: storage does not forget at once what was deleted, so another lock means another key.
 */

import { hex, random, text, utf8 } from "./bytes.js";
import { meant } from "./pin.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{salt: Bytes, rounds: number, nonce: Bytes, wrapped: Bytes}} ByPin */
/** @typedef {{id: string, key: CryptoKey | null, pin: ByPin | null}} Lock what is stored: one of the two is set */
/** @typedef {{nonce: Bytes, bytes: Bytes}} Box */

/** OWASP's figure for PBKDF2 with SHA-256 is 600,000. */
export const ROUNDS = 700_000;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const SALT_BYTES = 16;
const AES = { name: "AES-GCM", length: 256 };

/**
 * A new key, and the lock by which it is found again.
 * @param {string | null} pin
 * @param {{rounds?: number}} [options]
 * @returns {Promise<{lock: Lock, key: CryptoKey}>}
 */
export async function newLock(pin, { rounds = ROUNDS } = {}) {
  const id = hex(random(8));
  if (pin === null) {
    const key = /** @type {CryptoKey} */ (
      await crypto.subtle.generateKey(AES, false, ["encrypt", "decrypt"])
    );
    return { lock: { id, key, pin: null }, key };
  }
  const raw = random(KEY_BYTES);
  try {
    const salt = random(SALT_BYTES);
    const nonce = random(NONCE_BYTES);
    const about = { name: "AES-GCM", iv: nonce, additionalData: utf8(id) };
    const wrapped = await crypto.subtle.encrypt(about, await ofPin(pin, salt, rounds), raw);
    const by = { salt, rounds, nonce, wrapped: new Uint8Array(wrapped) };
    return { lock: { id, key: null, pin: by }, key: await imported(raw) };
  } finally {
    raw.fill(0);
  }
}

/**
 * The key, or null where this is not the PIN.
 * @param {Lock} lock @param {string} [pin]
 * @returns {Promise<CryptoKey | null>}
 */
export async function opened(lock, pin = "") {
  if (lock.pin === null) return lock.key;
  const about = { name: "AES-GCM", iv: lock.pin.nonce, additionalData: utf8(lock.id) };
  const by = await ofPin(pin, lock.pin.salt, lock.pin.rounds);
  /** @type {Bytes} */
  let raw;
  try {
    raw = new Uint8Array(await crypto.subtle.decrypt(about, by, lock.pin.wrapped));
  } catch {
    return null;
  }
  try {
    return await imported(raw);
  } finally {
    raw.fill(0);
  }
}

/**
 * @param {CryptoKey} key
 * @param {string} name where it will lie; it opens nowhere else
 * @param {BufferSource} plain
 * @returns {Promise<Box>}
 */
export async function shut(key, name, plain) {
  const nonce = random(NONCE_BYTES);
  const about = { name: "AES-GCM", iv: nonce, additionalData: utf8(name) };
  return { nonce, bytes: new Uint8Array(await crypto.subtle.encrypt(about, key, plain)) };
}

/** @param {CryptoKey} key @param {string} name @param {Box} box @throws where it was changed, or is another's */
export async function open(key, name, box) {
  const about = { name: "AES-GCM", iv: box.nonce, additionalData: utf8(name) };
  return crypto.subtle.decrypt(about, key, box.bytes);
}

/** @param {CryptoKey} key @param {string} name @param {unknown} value */
export const shutJson = (key, name, value) => shut(key, name, utf8(JSON.stringify(value)));

/** @param {CryptoKey} key @param {string} name @param {Box} box @returns {Promise<any>} */
export const openJson = async (key, name, box) => JSON.parse(text(await open(key, name, box)));

/** @param {string} pin @param {Bytes} salt @param {number} rounds */
async function ofPin(pin, salt, rounds) {
  const typed = await crypto.subtle.importKey("raw", utf8(meant(pin)), "PBKDF2", false, ["deriveKey"]);
  const about = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return crypto.subtle.deriveKey(about, typed, AES, false, ["encrypt", "decrypt"]);
}

/** @param {Bytes} raw */
const imported = (raw) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
