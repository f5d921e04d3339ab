// @ts-check
/** Trying the network: measures only, in milliseconds and bytes. What they mean is in network-words.js. */

/**
 * @typedef {{bytes: number, ms: number}} Carried
 * @typedef {'none' | 'reached' | 'missed' | 'unable'} RelayState
 * @typedef {{
 *   reached: boolean, line: boolean, trips: number[], asked: number,
 *   down: Carried | null, up: Carried | null, relay: RelayState, relayOnly: boolean, relay_ms: number | null,
 * }} Measured `trips`: there and back over an open line, or by requests where none opens
 */

const SUBPROTOCOL = "ebb.check.v1";
export const TRIPS = 12;
const BETWEEN_MS = 120;
const LINE_PATIENCE_MS = 6_000;
const ANSWER_PATIENCE_MS = 3_000;
/** A try that takes longer has told enough: what came until then is what is shown. */
const CARRY_MS = 6_000;
const UP_BYTES = 16 * 1024;
const UP_TIMES = 4;
const RELAY_PATIENCE_MS = 8_000;

/** @param {(what: 'line' | 'bytes' | 'relay') => void} [on] what is tried now @returns {Promise<Measured>} */
export async function measure(on = () => {}) {
  /** @type {Measured} */
  const found = {
    reached: false,
    line: false,
    trips: [],
    asked: TRIPS,
    down: null,
    up: null,
    relay: "none",
    relayOnly: false,
    relay_ms: null,
  };
  on("line");
  const trips = await overLine();
  found.line = trips !== null;
  found.trips = trips ?? (await byRequests());
  found.reached = found.trips.length > 0;
  if (!found.reached) return found;
  on("bytes");
  found.down = await down().catch(() => null);
  found.up = await up().catch(() => null);
  on("relay");
  return { ...found, ...(await relay()) };
}

/** Trips over a line that stays open; null where it does not open, or closes before the first came back. */
async function overLine() {
  const socket = new WebSocket(address(), [SUBPROTOCOL]);
  /** @type {number[]} */
  const trips = [];
  try {
    await once(socket, "open", LINE_PATIENCE_MS);
    for (let number = 0; number < TRIPS; number += 1) {
      const began = performance.now();
      socket.send(String(number));
      await once(socket, "message", ANSWER_PATIENCE_MS);
      trips.push(performance.now() - began);
      await pause(BETWEEN_MS);
    }
  } catch {
    // What came back until then counts; the others are missing from the row.
  } finally {
    socket.close();
  }
  return trips.length ? trips : null;
}

function address() {
  const url = new URL("/check/line", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

/** @param {WebSocket} socket @param {'open' | 'message'} name @param {number} patience_ms @returns {Promise<void>} */
function once(socket, name, patience_ms) {
  const over = new AbortController();
  const { signal } = over;
  const done = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too late")), patience_ms);
    signal.addEventListener("abort", () => clearTimeout(timer));
    socket.addEventListener(name, () => resolve(undefined), { signal });
    for (const end of ["close", "error"])
      socket.addEventListener(end, () => reject(new Error(end)), { signal });
  });
  return done.finally(() => over.abort());
}

/** Where no line opens: whether the server is there at all. */
async function byRequests() {
  /** @type {number[]} */
  const trips = [];
  try {
    for (let number = 0; number < 5; number += 1) {
      const began = performance.now();
      const answer = await fetch("/healthz", {
        cache: "no-store",
        signal: AbortSignal.timeout(ANSWER_PATIENCE_MS),
      });
      if (!answer.ok) break;
      trips.push(performance.now() - began);
    }
  } catch {
    // As above.
  }
  return trips;
}

/** @returns {Promise<Carried | null>} */
async function down() {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), CARRY_MS);
  const began = performance.now();
  let bytes = 0;
  try {
    const answer = await fetch("/check/bytes", { cache: "no-store", signal: over.signal });
    const reader = answer.ok ? answer.body?.getReader() : undefined;
    if (!reader) return null;
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
  } catch {
    // Cut off by ourselves: so much had come.
  } finally {
    clearTimeout(timer);
  }
  return bytes ? { bytes, ms: performance.now() - began } : null;
}

/** @returns {Promise<Carried | null>} */
async function up() {
  const body = crypto.getRandomValues(new Uint8Array(UP_BYTES));
  const began = performance.now();
  let bytes = 0;
  let ms = 0;
  for (let sent = 0; sent < UP_TIMES && ms < CARRY_MS; sent += 1) {
    const answer = await fetch("/check/bytes", {
      method: "POST",
      body,
      headers: { "Content-Type": "application/octet-stream" },
      signal: AbortSignal.timeout(CARRY_MS * 2),
    }).catch(() => null);
    if (!answer?.ok) break;
    bytes += body.length;
    ms = performance.now() - began;
  }
  return bytes ? { bytes, ms } : null;
}

/** @returns {Promise<{relay: RelayState, relayOnly: boolean, relay_ms: number | null}>} */
async function relay() {
  const nothing = { relay_ms: null, relayOnly: false };
  try {
    const answer = await fetch("/check/relay.json", { cache: "no-store" });
    if (!answer.ok) return { relay: "unable", ...nothing };
    const { servers, relay_only: relayOnly } = await answer.json();
    if (!servers.length) return { relay: "none", ...nothing };
    if (!globalThis.RTCPeerConnection) return { relay: "unable", ...nothing, relayOnly };
    const relay_ms = await gather(servers);
    return { relay: relay_ms === null ? "missed" : "reached", relayOnly, relay_ms };
  } catch {
    return { relay: "unable", ...nothing };
  }
}

/**
 * After how long the relay gave an address of its own; null where it gave none. Nothing is sent through it.
 * @param {RTCIceServer[]} iceServers @returns {Promise<number | null>}
 */
async function gather(iceServers) {
  const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
  const began = performance.now();
  try {
    const reached = new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), RELAY_PATIENCE_MS);
      peer.addEventListener("icecandidate", ({ candidate }) => {
        // With relay alone, whatever is found is one; null says that the search is over.
        if (candidate?.candidate === "") return;
        clearTimeout(timer);
        resolve(candidate !== null);
      });
    });
    peer.createDataChannel("");
    await peer.setLocalDescription(await peer.createOffer());
    return (await reached) ? performance.now() - began : null;
  } finally {
    peer.close();
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
