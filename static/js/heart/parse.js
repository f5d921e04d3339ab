// @ts-check
/**
 * One Heart Rate Measurement (characteristic 0x2A37 of the Heart Rate Service, 0x180D) as it comes from a belt.
 * Source: Bluetooth SIG, Heart Rate Service 1.0, and GATT Specification Supplement, "Heart Rate Measurement".
 *
 * Bit 0 of the first byte: the rate has two bytes and not one. Bits 1 and 2: skin is felt; the belt can tell. Bit 3:
 * energy in kilojoules follows, two bytes. Bit 4: the intervals between beats fill the rest, two bytes each, in 1/1024
 * of a second. Bits 5 to 7 are reserved, and what they may bring is left unread. All numbers are little-endian.
 */

/**
 * `contact` is null where the belt cannot tell. `intervals_ms` are in the order in which the heart beat.
 * @typedef {{rate: number, contact: boolean | null, energy_kj: number | null, intervals_ms: number[]}} Measurement
 * @typedef {{ok: true, measurement: Measurement} | {ok: false, why: 'empty' | 'short' | 'odd' | 'long'}} Parsed
 */

/** In 1/1024 s. */
const TICKS_A_SECOND = 1_024;

/**
 * Never throws, whatever the bytes are: a packet that says too little or too much is no measurement.
 * @param {unknown} data a DataView, as Web Bluetooth hands it out
 * @returns {Parsed}
 */
export function parse(data) {
  if (!(data instanceof DataView) || data.byteLength === 0) return { ok: false, why: "empty" };
  const flags = data.getUint8(0);
  const wide = (flags & 1) !== 0;
  const [hasEnergy, hasIntervals] = [(flags & 8) !== 0, (flags & 16) !== 0];
  let at = 1 + (wide ? 2 : 1);
  const needed = at + (hasEnergy ? 2 : 0);
  if (data.byteLength < needed) return { ok: false, why: "short" };
  const rate = wide ? data.getUint16(1, true) : data.getUint8(1);
  const energy_kj = hasEnergy ? data.getUint16(at, true) : null;
  at = needed;
  const rest = data.byteLength - at;
  /** @type {number[]} */
  const intervals_ms = [];
  if (hasIntervals) {
    if (rest % 2 !== 0) return { ok: false, why: "odd" };
    for (; at < data.byteLength; at += 2)
      intervals_ms.push((data.getUint16(at, true) * 1_000) / TICKS_A_SECOND);
  } else if (rest > 0 && flags < 32) return { ok: false, why: "long" };
  const contact = (flags & 4) === 0 ? null : (flags & 2) !== 0;
  return { ok: true, measurement: { rate, contact, energy_kj, intervals_ms } };
}
