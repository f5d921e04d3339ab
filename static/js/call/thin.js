// @ts-check
/**
 * When the picture is given up for the voice: a line that has been too thin for both for a while.
 *
 * A browser's own measure of a line swings, most of all over a relay by TCP, where nothing is lost and all is late. So
 * the time from here to there and back counts as well: on a thin line a picture fills what stands before it, and the
 * voice comes seconds late although all of it arrives.
 */

/**
 * Null where the browser does not say. `way_ms` is the way's own time there and back, `round_trip_ms` the longest that
 * is known, of the packets too.
 * @typedef {{bits_per_s: number | null, round_trip_ms: number | null, way_ms: number | null}} Line
 */

const TOO_THIN_BITS = 150_000;
/** Over a satellite it is some 600 ms. */
const LATE_MS = 800;
/** Nobody can talk like this: it counts twice. */
const TOO_LATE_MS = 1_500;
/** So many bad looks, of which there is one a second; a good one takes back a bad one. */
const ENOUGH = 5;

export class Thin {
  #bad = 0;

  /** @param {Pick<Line, 'bits_per_s' | 'round_trip_ms'>} line as it is now, once a second @returns {boolean} whether it has been too thin for long enough */
  measure({ bits_per_s, round_trip_ms }) {
    const late = round_trip_ms ?? 0;
    const bad = (bits_per_s ?? TOO_THIN_BITS) < TOO_THIN_BITS || late > LATE_MS;
    this.#bad = Math.max(0, this.#bad + (late > TOO_LATE_MS ? 2 : bad ? 1 : -1));
    return this.#bad >= ENOUGH;
  }

  /** The picture is off, or begins anew: what was measured before says nothing about it. */
  forget() {
    this.#bad = 0;
  }
}

/**
 * What the way in use says: by which way it goes, how much it carries and how long that takes.
 * @param {Iterable<any>} reports as `RTCPeerConnection.getStats` gives them
 * @returns {{route: 'direct' | 'relay' | null} & Line}
 */
export function wayOf(reports) {
  const all = [...reports];
  const byId = new Map(all.map((report) => [report.id, report]));
  const transport = all.find(
    ({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId,
  );
  const way =
    byId.get(transport?.selectedCandidatePairId) ??
    // Firefox has no transport in its reports, and marks the pair itself.
    all.find(
      ({ type, selected, nominated, state }) =>
        type === "candidate-pair" && (selected || (nominated && state === "succeeded")),
    );
  if (!way) return { route: null, bits_per_s: null, round_trip_ms: null, way_ms: null };
  const ends = [way.localCandidateId, way.remoteCandidateId].map((id) => byId.get(id)?.candidateType);
  const trips = all
    .filter(({ type }) => type === "remote-inbound-rtp")
    .map(({ roundTripTime }) => roundTripTime);
  const known = [way.currentRoundTripTime, ...trips].filter((trip_s) => typeof trip_s === "number");
  return {
    route: ends.includes("relay") ? "relay" : "direct",
    bits_per_s: typeof way.availableOutgoingBitrate === "number" ? way.availableOutgoingBitrate : null,
    way_ms: typeof way.currentRoundTripTime === "number" ? way.currentRoundTripTime * 1_000 : null,
    round_trip_ms: known.length > 0 ? Math.max(...known) * 1_000 : null,
  };
}
