// @ts-check
/** What is heard and seen of the others, and one's own picture in small. A picture is there only while somebody shows it. */

import { make, mark, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { remembered } from "./devices.js";
import { playOn } from "./speaker.js";

/** @typedef {import("./call.js").Other} Other */
/** @typedef {{root: HTMLElement, video: HTMLVideoElement, caption: HTMLElement}} Tile */

const OWN = "own";

export class Pictures {
  root = make("div", { class: "ebb-call__pictures", "data-call-pictures": "" });
  /** @type {Map<string, Tile>} */
  #tiles = new Map();
  #sink = remembered("speaker") ?? "";

  /** @param {Other[]} others @param {MediaStream | null} own one's own picture, never its sound @param {(other: Other) => string} nameOf */
  show(others, own, nameOf) {
    const wanted = new Set(others.map(({ peer }) => peer));
    for (const other of others) {
      const name = nameOf(other);
      this.#tile(other.peer, other.stream, {
        seen:
          other.camera && !other.away && other.stream !== null && other.stream.getVideoTracks().length > 0,
        caption: name,
        label: t("Picture of {name}", { name }),
      });
    }
    if (own) {
      wanted.add(OWN);
      this.#tile(OWN, own, { seen: true, caption: t("You"), label: t("Your own picture") });
    }
    for (const [key, { root, video }] of this.#tiles) {
      if (wanted.has(key)) continue;
      video.srcObject = null;
      root.remove();
      this.#tiles.delete(key);
    }
    this.root.hidden = ![...this.#tiles.values()].some(({ root }) => root.dataset.seen === "yes");
  }

  /** Where it is heard, in browsers that let one choose. @param {string} deviceId */
  async sink(deviceId) {
    this.#sink = deviceId;
    for (const [key, { video }] of this.#tiles) if (key !== OWN) await playOn(video, deviceId);
  }

  /** @param {string} key @param {MediaStream | null} stream @param {{seen: boolean, caption: string, label: string}} words */
  #tile(key, stream, { seen, caption, label }) {
    let tile = this.#tiles.get(key);
    if (!tile) {
      tile = this.#made(key);
      this.#tiles.set(key, tile);
      this.root.append(tile.root);
      if (key !== OWN && this.#sink) void playOn(tile.video, this.#sink);
    }
    // A stream that has nothing in it yet is never begun by some browsers, also once there is something.
    const playable = stream && stream.getTracks().length > 0 ? stream : null;
    if (tile.video.srcObject !== playable) {
      tile.video.srcObject = playable;
      if (playable) this.#play(tile.video);
    }
    tile.root.dataset.seen = seen ? "yes" : "no";
    // Unseen it still is heard; a picture that is hidden altogether falls silent on some phones.
    tile.root.classList.toggle("ebb-hidden", !seen);
    mark(tile.root, "aria-hidden", seen ? null : "true");
    mark(tile.video, "aria-label", label);
    write(tile.caption, caption);
  }

  /** @param {string} key @returns {Tile} */
  #made(key) {
    const video = make("video", { autoplay: "", playsinline: "", disablepictureinpicture: "" });
    video.muted = key === OWN;
    const caption = make("figcaption", {});
    const style = key === OWN ? "ebb-call__picture ebb-call__picture--own" : "ebb-call__picture";
    return { root: make("figure", { class: style }, [video, caption]), video, caption };
  }

  /** @param {HTMLVideoElement} video */
  #play(video) {
    // Without a touch some browsers let nothing be heard; the next one anywhere will do.
    void video.play().catch((error) => {
      if (error.name === "NotAllowedError")
        document.addEventListener("pointerdown", () => this.#play(video), { once: true });
    });
  }
}
