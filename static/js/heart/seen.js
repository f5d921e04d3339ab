// @ts-check
/** The line of somebody else's belt, for as long as they show it: on the therapist's side, or in an own other tab. */

import { make } from "../components/dom.js";
import { t } from "../components/language.js";
import { Count } from "./count.js";
import { breathWords, HeartLine, theirBreathWords } from "./drawing.js";

/** @typedef {import("../live/room.js").Room} Room */

/** Nothing for so long: the line rests; for so long: it is taken away. */
const RESTS_MS = 6_000;
const GONE_MS = 15_000;

export class SeenHeart {
  #room;
  #line;
  #count = new Count({ told: (breath) => this.#line.tell(breath) });
  #place;
  #minute = make("small", {});
  #resting = 0;
  #going = 0;

  /** @param {Room} room @param {import("./door.js").Seen} parts */
  constructor(room, { name, theirs, caption, place }) {
    this.#room = room;
    const words = theirs ? theirBreathWords : breathWords;
    this.#line = new HeartLine({ now: () => room.now(), name, words });
    this.#line.caption(make("span", { text: caption }), this.#minute);
    this.#place = place;
    room.companions.add({
      heart: (frame) => this.heart(frame),
      stopped: () => this.#line.rest(),
      happened: ({ event }) => event.type === "heart.recorded" && this.#recorded(event),
    });
  }

  /** @param {import("../live/messages.js").HeartBeats | import("../live/messages.js").Refused} frame */
  heart(frame) {
    if (frame.type !== "heart.beats") return;
    if (frame.beats.length === 0) return this.#gone();
    if (!this.#line.element.isConnected) this.#place(this.#line.element);
    this.#later();
    // The times are the sender's own: they were worked out there. What comes twice is left out by the line.
    const beats = frame.beats.map(([at, rr]) => ({ at, rr, kept: true }));
    this.#line.add(beats);
    this.#count.take(beats, this.#room.view?.pacer ?? null, this.#room.now());
  }

  /** @param {any} minute */
  #recorded({ swing_tenths, rate }) {
    this.#minute.textContent = t("Last minute: swing {swing}, rate {rate}", {
      swing: swing_tenths / 10,
      rate,
    });
  }

  #later() {
    clearTimeout(this.#resting);
    clearTimeout(this.#going);
    this.#resting = setTimeout(() => this.#line.rest(), RESTS_MS);
    this.#going = setTimeout(() => this.#gone(), GONE_MS);
  }

  #gone() {
    clearTimeout(this.#resting);
    clearTimeout(this.#going);
    this.#line.clear();
    this.#count.forget();
    this.#minute.textContent = "";
    this.#line.element.remove();
  }
}
