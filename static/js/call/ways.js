// @ts-check
/** The ways by which two pages could reach each other, as each side finds them: told, kept and said again. */

import { fragmentsOf, isFor } from "./sdp.js";

/** @typedef {import("../live/messages.js").Candidate} Candidate */

/** More than this comes early never, but from somebody who means no good. */
const EARLY_MOST = 60;

export class Ways {
  #send;
  /** @type {Candidate[]} what this side found since its last start */
  #found = [];
  /** @type {Candidate[]} what came before the description that it belongs to */
  #early = [];

  /** @param {(candidate: Candidate) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /** This side found one, or, with null or an empty one, has no more. @param {RTCIceCandidate | null} found */
  found(found) {
    if (!found?.candidate) return;
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = found;
    // A new start has new names: what was found for the one before leads nowhere any more.
    if (this.#found[0]?.usernameFragment !== usernameFragment) this.#found = [];
    const way = { candidate, sdpMid, sdpMLineIndex, usernameFragment };
    this.#found.push(way);
    this.#send(way);
  }

  again() {
    for (const way of this.#found) this.#send(way);
  }

  /** The other side told one. @param {Candidate | null} way @param {RTCPeerConnection} peer */
  async told(way, peer) {
    if (!way) return;
    const { remoteDescription } = peer;
    if (remoteDescription && isFor(way, fragmentsOf(remoteDescription.sdp))) await take(way, peer);
    else if (this.#early.length < EARLY_MOST) this.#early.push(way);
  }

  /** The other side's description is known: what came before it and belongs to it counts now. @param {RTCPeerConnection} peer */
  async settled(peer) {
    const names = fragmentsOf(peer.remoteDescription?.sdp);
    const early = this.#early;
    this.#early = early.filter((way) => !isFor(way, names));
    for (const way of early) if (isFor(way, names)) await take(way, peer);
  }

  forget() {
    this.#found = [];
    this.#early = [];
  }
}

/** @param {Candidate} way @param {RTCPeerConnection} peer */
async function take(way, peer) {
  try {
    await peer.addIceCandidate(way);
  } catch {
    // One way that leads nowhere, such as to an offer that was not taken: the others are tried.
  }
}
