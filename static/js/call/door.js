// @ts-check
/**
 * Where voice begins: a button, and an ear for somebody who is on voice already. Everything else of a call is
 * loaded when it is first wanted, since most of a visit needs none of it.
 */

import { show } from "../components/dom.js";
import { learnMore, t } from "../components/language.js";

/** @typedef {import("../live/room.js").Room} Room */
/** @typedef {import("./panel.js").Panel} Panel */

export class Door {
  #room;
  #open;
  /** @type {Promise<Panel | null> | null} */
  #panel = null;
  /** Told before the rest was loaded. @type {any} */
  #hello = null;
  /** @type {any} */
  #people = null;

  /** @param {Room} room */
  constructor(room) {
    this.#room = room;
    this.#open = /** @type {HTMLElement | null} */ (room.root.querySelector("[data-call-open]"));
    this.#open?.addEventListener("click", async () => (await this.#load())?.open());
    room.companions.add(this);
  }

  /** @param {import("../live/messages.js").Hello} hello */
  greeted(hello) {
    this.#hello = hello;
  }

  /** @param {any} frame */
  call(frame) {
    if (frame.type !== "call.people") return;
    this.#people = frame;
    if (this.#open && frame.people.length > 0) void this.#load();
  }

  /** @param {import("../live/scene.js").Scene} scene @param {import("../live/messages.js").View | null} view */
  drawn({ name }, view) {
    const row = this.#room.root.querySelector("[data-call-row]");
    if (row instanceof HTMLElement && !this.#panel) show(row, view?.phase === "open" && name !== "stopped");
  }

  #load() {
    const words = learnMore("call");
    this.#panel ??= words
      .then(() => import("./panel.js"))
      .then(
        ({ Panel }) => new Panel(this.#room, { hello: this.#hello, people: this.#people }).ready,
        () => {
          this.#panel = null;
          this.#room.notice(t("Voice could not be loaded. The visit goes on without it."));
          return null;
        },
      );
    return this.#panel;
  }
}
