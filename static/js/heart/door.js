// @ts-check
/** The heart-rate belt, as far as a room loads it: nothing, until somebody wants it or somebody shows theirs. */

import { find, part, show } from "../components/dom.js";
import { learnMore, t } from "../components/language.js";

/** @typedef {import("../live/room.js").Room} Room */
/** `theirs`: it is somebody else's heart. @typedef {{name: string, caption: string, theirs: boolean,
 *   place: (line: HTMLElement) => void}} Seen */

/** Its own sheet, here before what it is for. @returns {Promise<void>} */
function dressed() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("../../css/heart.css", import.meta.url).href;
  return new Promise((resolve) => {
    // Unstyled is better than not at all.
    link.onload = link.onerror = () => resolve();
    document.head.append(link);
  });
}

/** @type {Promise<unknown> | null} */
let ready = null;
/** Its sheet and its words. */
const prepare = () => (ready ??= Promise.all([dressed(), learnMore("heart")]));

/** The patient's own belt, where the browser could have one. @param {Room} room @param {string} therapist */
export function ownBelt(room, therapist) {
  const more = find(room.root, "[data-heart]", HTMLDetailsElement);
  show(more, "bluetooth" in navigator);
  const open = async () => {
    await prepare();
    const { OwnHeart } = await import("./own.js");
    new OwnHeart(room, therapist, part(more, "[data-heart-body]"));
  };
  more.addEventListener("toggle", () => void open(), { once: true });
  const place = (/** @type {HTMLElement} */ line) => part(room.root, ".ebb-dock").prepend(line);
  const [name, caption] = [t("Your heart, under the breath"), t("From your other screen")];
  seen(room, { name, caption, theirs: false, place });
}

/** What the patient lets their therapist see. @param {Room} room @param {string} patient */
export function shownBelt(room, patient) {
  const place = (/** @type {HTMLElement} */ line) => part(room.root, ".ebb-mini").append(line);
  const caption = t("Heart, shown by {patient}", { patient });
  seen(room, { name: caption, caption, theirs: true, place });
}

/** @param {Room} room @param {Seen} parts */
function seen(room, parts) {
  let asked = false;
  room.companions.add({
    heart: async (frame) => {
      if (asked || frame.type !== "heart.beats" || frame.beats.length === 0) return;
      asked = true;
      await prepare();
      const { SeenHeart } = await import("./seen.js");
      new SeenHeart(room, parts).heart(frame);
    },
  });
}
