// @ts-check
/**
 * Seals one part of a practice to the patient's public key: whoever finds it, on this phone or on the way, cannot
 * read it; this phone cannot either, once it is sealed.
 *
 * base64url of `0x01 | key id, 16 bytes | ephemeral P-256 public key, 65 bytes | nonce, 12 | AES-256-GCM`. The key of
 * the last is HKDF-SHA256 of what ECDH gives, without salt, for "ebb outbox 1" and the key id; the part's own place,
 * `session/n`, is bound to it, so that no part can be passed off as another.
 */

import { base64url, fromBase64url, fromHex, joined, random, utf8 } from "./bytes.js";

/** @typedef {import("./bytes.js").Bytes} Bytes */
/** @typedef {{id: string, public: string}} PublicKey `id`: 32 hex digits; `public`: the raw point, base64url */
/** @typedef {{session: string, n: number}} Place */
/** @typedef {{ephemeral: CryptoKeyPair, nonce: Bytes}} Chance */

const FORMAT = 1;
const KEY_ID_BYTES = 16;
const NONCE_BYTES = 12;
const INFO = "ebb outbox 1";
const CURVE = { name: "ECDH", namedCurve: "P-256" };

/** What must never be used twice. @returns {Promise<Chance>} */
export async function chance() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  return { ephemeral: /** @type {CryptoKeyPair} */ (pair), nonce: random(NONCE_BYTES) };
}

/**
 * @param {unknown} plain is sealed as JSON
 * @param {PublicKey} key @param {Place} place
 * @param {Chance} [by] the same chance gives the same bytes
 * @returns {Promise<string>}
 */
export async function seal(plain, key, place, by) {
  const { ephemeral, nonce } = by ?? (await chance());
  const keyId = fromHex(key.id);
  if (keyId.length !== KEY_ID_BYTES) throw new TypeError("a key's id has 16 bytes");
  const theirs = await crypto.subtle.importKey("raw", fromBase64url(key.public), CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ephemeral.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const about = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: joined(utf8(INFO), keyId) };
  const one = await crypto.subtle.deriveKey(about, secret, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
  ]);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: utf8(`${place.session}/${place.n}`) },
    one,
    utf8(JSON.stringify(plain)),
  );
  const point = await crypto.subtle.exportKey("raw", ephemeral.publicKey);
  return base64url(
    joined(Uint8Array.of(FORMAT), keyId, new Uint8Array(point), nonce, new Uint8Array(sealed)),
  );
}
