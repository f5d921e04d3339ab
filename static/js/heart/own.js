// @ts-check
/**
 * The patient's own belt in their room: chosen, drawn under the breath, shared or not. All of it is theirs: nothing of
 * anybody else's turns on a belt or shares its line, and both end with one tap.
 */

import { button, make, mark, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Belt, beltWords } from "./belt.js";
import { Count } from "./count.js";
import { breathWords, HeartLine } from "./drawing.js";
import { Beats, LONGEST_MS, minuteOf, SHORTEST_MS } from "./swing.js";

/** @typedef {import("../live/room.js").Room} Room */
/** @typedef {import("./swing.js").Beat} Beat */
/** @typedef {import("./swing.js").Breath} Breath */

const MINUTE_MS = 60_000;
/** Less often than the server allows, so that none is refused. */
const SEND_EVERY_MS = 1_200;
const SEND_MOST = 20;

export class OwnHeart {
  #room;
  #belt;
  #line;
  #beats = new Beats();
  #count;
  /** The breaths since the minute began. @type {(Breath | null)[]} */
  #breaths = [];
  #minute_ms = Number.NaN;
  #runs = false;
  /** @type {[number, number][]} */
  #out = [];
  #sent_ms = Number.NEGATIVE_INFINITY;
  #status = make("p", { class: "ebb-soft", role: "status", "data-heart-status": "" });
  #choose = make("button", {
    class: "ebb-button ebb-button--wide",
    type: "button",
    text: t("Choose a belt"),
  });
  #away = make("button", {
    class: "ebb-button ebb-button--wide",
    type: "button",
    text: t("Put the belt away"),
  });
  #share = make("input", { type: "checkbox", "data-heart-share": "" });
  #shareRow;
  #stop = make("button", { class: "ebb-link", type: "button", text: t("Stop sharing") });
  #mine = make("span", {}, [
    make("span", { text: t("Your heart") }),
    make("small", { text: t("Only you see it") }),
  ]);
  #shown;
  #shown_once = false;

  /** @param {Room} room @param {string} therapist @param {HTMLElement} body where its controls go */
  constructor(room, therapist, body) {
    this.#room = room;
    const bluetooth = /** @type {any} */ (navigator).bluetooth;
    this.#belt = new Belt({
      bluetooth,
      changed: () => this.#draw(),
      measured: ({ intervals_ms, contact }) => this.#measured(contact === false ? [] : intervals_ms),
    });
    this.#line = new HeartLine({
      now: () => room.now(),
      name: t("Your heart, under the breath"),
      words: breathWords,
    });
    this.#count = new Count({
      told: (breath, from, until) => this.#breathed(breath, from, until),
      changed: () => this.#anew(),
    });
    this.#shown = make("span", { text: t("{therapist} sees it", { therapist }) });
    const words = make("span", {}, [
      t("Let {therapist} see the line", { therapist }),
      make("small", {
        class: "ebb-soft",
        text: t(
          "While it is on, one number a minute is kept with this visit. You can stop it at any moment.",
        ),
      }),
    ]);
    this.#shareRow = make("label", { class: "ebb-tick" }, [this.#share, words]);
    body.replaceChildren(
      make("p", {
        text: t(
          "A heart-rate belt can draw a soft line under the breath: a heart goes a little faster as you breathe in, and slower as you let go. You need none of it, and nothing depends on it.",
        ),
      }),
      make("p", {
        class: "ebb-soft",
        text: t(
          "There is no good or bad line, and it is no heart monitor: nobody is alerted by it. If watching it makes you uneasy, put it away.",
        ),
      }),
      this.#choose,
      this.#status,
      this.#shareRow,
      this.#away,
    );
    this.#choose.addEventListener("click", () => {
      if (this.#belt.state.phase !== "choosing") void this.#belt.choose();
    });
    this.#away.addEventListener("click", () => this.#putAway());
    this.#share.addEventListener("change", () => this.#shares(this.#share.checked));
    this.#stop.addEventListener("click", () => this.#shares(false));
    part(room.root, ".ebb-dock").prepend(this.#line.element);
    room.companions.add({
      drawn: (scene, view) => this.#drawn(scene, view),
      // A stop ends every yes, and this was one.
      stopped: () => (this.#share.checked ? this.#shares(false) : this.#rest()),
      // What was taken back while the line was gone is taken back again, for whoever kept showing it.
      greeted: () => !this.#share.checked && this.#takeBack(),
    });
    this.#drawn(room.scene, room.view);
    this.#draw();
  }

  get #sharing() {
    return this.#share.checked && this.#belt.on;
  }

  /** What the room is doing: the line goes with the pacer, and rests where it rests. @param {import("../live/scene.js").Scene} scene @param {import("../live/messages.js").View | null} view */
  #drawn({ mode, name, comfort }, view) {
    this.#runs = mode === "running" && comfort !== "dizzy" && view?.pacer != null;
    if (!this.#runs) this.#rest();
    const there = name === "running" || name === "paused";
    this.#line.show(this.#belt.on && there && comfort !== "dizzy");
  }

  #rest() {
    this.#runs = false;
    this.#out = [];
    this.#anew();
    this.#count.rest();
    this.#line.rest();
  }

  /** A new minute begins with the next breath. */
  #anew() {
    this.#breaths = [];
    this.#minute_ms = Number.NaN;
  }

  /** @param {readonly number[]} intervals_ms */
  #measured(intervals_ms) {
    const now = this.#room.now();
    const beats = this.#beats.take(intervals_ms, now);
    this.#count.take(beats, this.#runs ? (this.#room.view?.pacer ?? null) : null, now);
    if (!this.#runs) return;
    this.#line.add(beats);
    this.#send(beats);
  }

  /** @param {readonly Beat[]} beats */
  #send(beats) {
    if (!this.#sharing) return;
    for (const { at, rr } of beats) {
      const whole = Math.round(rr);
      // What is no interval of a heart is not passed on as one: at the other end there is a gap as well.
      if (whole >= SHORTEST_MS && whole <= LONGEST_MS) this.#out.push([Math.round(at), whole]);
    }
    const now = performance.now();
    if (this.#out.length === 0 || now - this.#sent_ms < SEND_EVERY_MS) return;
    this.#room.sendFrame({ type: "heart.beats", beats: this.#out.slice(-SEND_MOST) });
    this.#out = [];
    this.#sent_ms = now;
  }

  /** @param {Breath | null} breath @param {number} from_ms @param {number} until_ms */
  #breathed(breath, from_ms, until_ms) {
    this.#line.tell(breath);
    if (Number.isNaN(this.#minute_ms)) this.#minute_ms = from_ms;
    this.#breaths.push(breath);
    if (until_ms - this.#minute_ms >= MINUTE_MS) this.#keep();
  }

  /** A minute is over: its number is kept where it is shared, and where there is one. */
  #keep() {
    const minute = minuteOf(this.#breaths);
    this.#anew();
    if (minute && this.#sharing) void this.#room.quietly({ type: "heart.record", ...minute });
  }

  /** @param {boolean} on */
  #shares(on) {
    this.#share.checked = on;
    this.#out = [];
    // What was before stays the patient's: the first number is of breaths that were shared from their beginning.
    this.#anew();
    this.#count.rest();
    if (on) this.#shown_once = true;
    else this.#takeBack();
    this.#draw();
  }

  #takeBack() {
    if (this.#shown_once) this.#room.sendFrame({ type: "heart.beats", beats: [] });
  }

  #putAway() {
    if (this.#share.checked) this.#shares(false);
    this.#belt.release();
  }

  #draw() {
    const { state } = this.#belt;
    const chosen = this.#belt.on;
    const held = document.activeElement;
    const left = chosen ? held === this.#choose : held === this.#away;
    if (state.phase !== "live") {
      this.#beats.forget();
      this.#line.rest();
    }
    if (!chosen) {
      // A belt that is gone shares nothing; the next one asks again.
      if (this.#share.checked) this.#shares(false);
      this.#count.forget();
      this.#line.clear();
    }
    write(this.#status, beltWords(state));
    show(this.#choose, !chosen);
    // Not disabled while the browser asks: that would throw the focus away.
    mark(this.#choose, "aria-busy", state.phase === "choosing" ? "true" : null);
    show(this.#away, chosen);
    show(this.#shareRow, chosen);
    mark(this.#line.element, "data-shared", this.#sharing ? "" : null);
    if (this.#sharing) this.#line.caption(this.#shown, this.#stop);
    else this.#line.caption(this.#mine);
    // What was pressed is gone: the focus goes on to what took its place, and that is brought into view.
    if (left && chosen) this.#away.focus();
    else if (left) this.#choose.focus();
    else if (held === this.#stop && !this.#sharing)
      button(this.#room.root, "[data-more-open]").focus({ preventScroll: true });
    this.#drawn(this.#room.scene, this.#room.view);
  }
}
