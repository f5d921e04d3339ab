// @ts-check
/** Bytes as text and back: the few forms in which the phone and the server hand them to each other. */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** @typedef {Uint8Array<ArrayBuffer>} Bytes bytes of their own, as WebCrypto and IndexedDB take them */

/** @param {string} text @returns {Bytes} */
export const utf8 = (text) => encoder.encode(text);

/** @param {BufferSource} bytes */
export const text = (bytes) => decoder.decode(bytes);

/** @param {Bytes} bytes base64url without padding */
export function base64url(bytes) {
  let binary = "";
  // One call for all of them would overflow the stack at about 100,000.
  for (let at = 0; at < bytes.length; at += 8_192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} coded @returns {Bytes} @throws where it is no base64url */
export function fromBase64url(coded) {
  const binary = atob(coded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** @param {Bytes} bytes */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string} coded @returns {Bytes} */
export function fromHex(coded) {
  if (coded.length % 2 || /[^0-9a-f]/i.test(coded)) throw new TypeError("this is no hex");
  return Uint8Array.from({ length: coded.length / 2 }, (_, at) =>
    Number.parseInt(coded.slice(2 * at, 2 * at + 2), 16),
  );
}

/** @param {...Bytes} parts @returns {Bytes} */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {number} length @returns {Bytes} */
export const random = (length) => crypto.getRandomValues(new Uint8Array(length));
