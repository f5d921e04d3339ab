// @ts-check
/** When the picture is given up for the voice: a line that has been too thin for both for a while. */

const TOO_THIN_BITS = 150_000;
const FOR_MS = 5_000;

export class Thin {
  /** @type {number | null} since when there has been less than both need */
  #since = null;

  /**
   * @param {number | null} bits_per_s what the browser believes it can send, null where it does not say
   * @param {number} now_ms
   * @returns {boolean} whether it has been too little for long enough
   */
  measure(bits_per_s, now_ms) {
    if (bits_per_s === null || bits_per_s >= TOO_THIN_BITS) this.#since = null;
    else this.#since ??= now_ms;
    return this.#since !== null && now_ms - this.#since >= FOR_MS;
  }

  /** The picture is off, or begins anew: what was measured before says nothing about it. */
  forget() {
    this.#since = null;
  }
}

/**
 * What the way in use says: by which way it goes, and how much it carries.
 * @param {Iterable<any>} reports as `RTCPeerConnection.getStats` gives them
 * @returns {{route: 'direct' | 'relay' | null, bits_per_s: number | null}}
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
  if (!way) return { route: null, bits_per_s: null };
  const ends = [way.localCandidateId, way.remoteCandidateId].map((id) => byId.get(id)?.candidateType);
  return {
    route: ends.includes("relay") ? "relay" : "direct",
    bits_per_s: typeof way.availableOutgoingBitrate === "number" ? way.availableOutgoingBitrate : null,
  };
}
