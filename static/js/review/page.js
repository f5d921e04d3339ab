// @ts-check
/**
 * A session read again: moment by moment, by keyboard or pointer, with the stage as each side saw it.
 *
 * Without this script the page is whole: the lanes and the list say everything, and links lead into them.
 */

import "../pages/page.js";
import { button, find, mark, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { called, stopwatch } from "../live/words.js";
import { Lanes } from "./lanes.js";
import { MOVES, Moments } from "./list.js";
import { Player } from "./player.js";
import { Stage } from "./stage.js";
import { Told } from "./told.js";
import { Zoom } from "./zoom.js";

/** Those that scroll up and down while the drawing has the focus. */
const OF_THE_LIST = new Set(["ArrowUp", "ArrowDown"]);
/** How often the words follow while it plays; the line and the water follow each frame. */
const WORDS_EVERY_MS = 125;

export class Review {
  #root;
  #zero;
  #whole;
  #lanes;
  #moments;
  #player;
  #zoom;
  #stage;
  /** @type {Told | null} */
  #told = null;
  /** The line that stands for this instant, where several came at once. @type {number | null} */
  #seq = null;
  #moved = false;
  #turning = false;
  #drawn = -Infinity;
  #scrub;
  #now;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    const review = part(root, "[data-review]");
    const { zero, patient, therapist, clinic, kind } = review.dataset;
    this.#zero = Number(zero);
    this.#now = part(review, "[data-now]");
    this.#scrub = find(review, "[data-scrub]", HTMLInputElement);
    this.#lanes = new Lanes(part(review, "[data-lanes]"), {
      scrub: (at) => this.#go(at, {}),
      press: (at, near) => this.#press(at, near),
      choose: (stretch) => void this.#zoom.to(stretch),
    });
    this.#whole = this.#wholeOf(review);
    this.#moments = new Moments(part(root, "[data-events]"), this.#zero, (index) => this.#choose(index));
    this.#player = new Player(this.#whole, () => this.#follow());
    this.#zoom = new Zoom(root, { zero: this.#zero, whole: this.#whole }, () => this.#zoomed());
    this.#stage = new Stage(part(review, "[data-stage]"), {
      patient: patient ?? "",
      therapist: called(therapist ?? "") || t("Your therapist"),
      clinic: clinic ?? "",
      home: kind === "practice",
    });
    show(part(review, "[data-transport]"), true);
    show(part(review, "[data-keys-words]"), true);
    show(this.#now, true);
    this.#scale();
    this.#wire(review);
    const opening = this.#moments.named(location.hash) ?? this.#asked() ?? this.#opening();
    this.#choose(opening);
    void this.#fetch(review.dataset.replay ?? "");
  }

  /** What the page was given is what can be replayed, however near it is looked at. @param {HTMLElement} review */
  #wholeOf(review) {
    return { from: Number(review.dataset.from), until: Number(review.dataset.until) };
  }

  /** @param {string} address */
  async #fetch(address) {
    try {
      this.#told = await Told.from(address);
    } catch {
      const place = part(this.#root, "[data-stage-words]");
      write(place, t("The replay could not be fetched. The lanes and the list are whole."));
      return;
    }
    this.#moved = true;
    this.#draw(true);
  }

  /** The moment of `?at=`, for whoever comes by a link without its anchor. */
  #asked() {
    const seq = Number(new URL(location.href).searchParams.get("at"));
    const index = this.#moments.all.findIndex((moment) => moment.seq === seq);
    return index < 0 ? null : index;
  }

  /** Where the clock begins: what was before it was only getting ready. */
  #opening() {
    return this.#moments.reached(this.#whole.from);
  }

  /** @param {HTMLElement} review */
  #wire(review) {
    part(review, "[data-lanes]").addEventListener("keydown", (event) => this.#key(event));
    button(review, "[data-play]").addEventListener("click", () => this.#player.toggle());
    review.addEventListener("change", ({ target }) => {
      if (!(target instanceof HTMLInputElement)) return;
      if (target.name === "speed") this.#player.speed = Number(target.value);
      if (target.name === "side") this.#draw(true);
    });
    this.#scrub.addEventListener("input", () => this.#go(this.#whole.from + this.#scrub.valueAsNumber, {}));
    this.#root.addEventListener("click", (event) => this.#link(event));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#player.pause();
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const by = MOVES.get(event.key);
    const { stretch } = this.#lanes;
    const at = this.#player.now();
    if (by !== undefined && !OF_THE_LIST.has(event.key))
      this.#choose(this.#moments.beside(by), { read: true });
    else if (event.key === " ") this.#player.toggle();
    else if (event.key === "+" || event.key === "=") void this.#zoom.by(stretch, 0.5, at);
    else if (event.key === "-") void this.#zoom.by(stretch, 2, at);
    else if (event.key === "0") void this.#zoom.to(this.#whole);
    else return;
    event.preventDefault();
  }

  /** Links to moments move the line, links to stretches zoom; the browser does the scrolling. @param {Event} event */
  #link(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.pathname !== location.pathname || link.origin !== location.origin) return;
    if (link.matches("[data-zoom] a:not([data-tables]), [data-of-stretch] a, .ebb-done a")) {
      event.preventDefault();
      const { stretch } = this.#lanes;
      const at = this.#player.now();
      if (link.matches("[data-closer]")) void this.#zoom.by(stretch, 0.5, at);
      else if (link.matches("[data-wider]")) void this.#zoom.by(stretch, 2, at);
      else void this.#zoom.open(new URL(link.href));
      return;
    }
    const index = link.closest("[data-moment], [data-now]") ? null : this.#moments.named(link.hash);
    if (index !== null) this.#choose(index);
  }

  /** @param {number} at_ms @param {number} near_ms */
  #press(at_ms, near_ms) {
    const near = this.#moments.near(at_ms, near_ms);
    if (near === null) this.#go(at_ms, { read: true });
    else this.#choose(near, { read: true });
  }

  /** @param {number} index @param {{read?: boolean}} [options] `read` says it aloud: in the list the focus does that already */
  #choose(index, { read = false } = {}) {
    const moment = this.#moments.all[index];
    if (!moment) return;
    this.#go(moment.at, { index, read });
  }

  /** @param {number} at_ms @param {{index?: number, read?: boolean}} options */
  #go(at_ms, { index, read = false }) {
    this.#player.seek(at_ms);
    this.#moved = true;
    this.#seq = index === undefined ? null : (this.#moments.all[index]?.seq ?? null);
    this.#moments.mark(index ?? this.#moments.reached(at_ms));
    mark(this.#now, "aria-live", read ? "polite" : "off");
    this.#draw(true);
  }

  /** Each frame while it plays, and when it begins or ends. */
  #follow() {
    const { playing } = this.#player;
    write(part(this.#root, "[data-play-word]"), playing ? t("Pause") : t("Play"));
    if (playing) {
      this.#seq = null;
      mark(this.#now, "aria-live", "off");
      this.#moments.mark(this.#moments.reached(this.#player.now()));
      this.#turn();
    }
    this.#draw(!playing);
  }

  /** Looked at closely, the next stretch follows where one is at its end. */
  #turn() {
    const { from, until } = this.#lanes.stretch;
    const at = this.#player.now();
    if (at < until || until >= this.#whole.until - 1_000 || this.#turning) return;
    this.#turning = true;
    void this.#zoom.to({ from: at, until: at + until - from }).then(() => {
      this.#turning = false;
    });
  }

  /** @param {boolean} all also the words, which need not follow each frame */
  #draw(all) {
    const at = this.#player.now();
    const words = all || performance.now() - this.#drawn >= WORDS_EVERY_MS;
    this.#lanes.show(at, { follow: words });
    if (!words) return;
    this.#drawn = performance.now();
    this.#panel();
    const clock = stopwatch(Math.max(at - this.#zero, 0));
    write(part(this.#root, "[data-clock]"), clock);
    if (document.activeElement !== this.#scrub || !this.#moved)
      this.#scrub.value = String(Math.round(at - this.#whole.from));
    mark(this.#scrub, "aria-valuetext", `${clock}, ${part(this.#root, "[data-now-words]").textContent}`);
    if (!this.#told) return;
    this.#stage.show(this.#told, {
      at,
      seq: this.#seq,
      rate: this.#player.rate,
      moved: this.#moved,
      now: () => this.#player.now(),
    });
    this.#moved = false;
  }

  /** The words of the chosen line, its link, and where a comment on it goes. */
  #panel() {
    const moment = this.#moments.current;
    if (!moment || this.#now.dataset.seq === String(moment.seq)) return;
    this.#now.dataset.seq = String(moment.seq);
    const { element } = moment;
    write(part(this.#now, "[data-now-time]"), element.querySelector("time")?.textContent ?? "");
    write(part(this.#now, "[data-now-words]"), element.querySelector(":scope > span")?.textContent ?? "");
    write(part(this.#now, "[data-now-more]"), element.querySelector("small")?.textContent ?? "");
    mark(part(this.#now, "[data-now-link]"), "href", element.querySelector("a")?.getAttribute("href") ?? "");
    find(this.#now, "[data-now-at]", HTMLInputElement).value = String(moment.seq);
  }

  #scale() {
    this.#scrub.max = String(this.#whole.until - this.#whole.from);
  }

  #zoomed() {
    const seq = this.#moments.current?.seq ?? null;
    this.#lanes.read();
    this.#moments.read();
    const index = this.#moments.all.findIndex((moment) => moment.seq === seq);
    if (this.#moments.all.length > 0)
      this.#moments.mark(index < 0 ? this.#moments.reached(this.#player.now()) : index);
    this.#draw(true);
  }
}

const page = document.body;
if (page.querySelector("[data-review]")) new Review(page);
