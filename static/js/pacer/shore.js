// @ts-check
/**
 * The pacer on screen: a shore seen from above, whose water comes in and ebbs with the breath. Paths are drawn once
 * for a size. After that the compositor moves whole layers by itself: no script, no layout, no painting. Every animation is started at the moment its breath began on the
 * server's clock, so being in phase is a property of how it was started and not something that is kept up.
 */

import { t } from "../components/language.js";
import { box, drawShore } from "./drawing.js";
import { breathMoves, down, wordMoves } from "./moves.js";
import { nextBreathAt, periodMs, phaseAt } from "./pattern.js";
import * as water from "./water.js";

/** @typedef {import("./pattern.js").Pacer} Pacer */
/** @typedef {import("./pattern.js").Phase} Phase */
/** @typedef {'running' | 'paused' | 'stopped' | 'ready'} Mode */
/** @typedef {'water' | 'light' | 'bar' | 'words'} Style */
/** `language` is that of the words for both halves of a breath, where it is not the page's.
 * @typedef {{in: string, out: string, holdIn?: string, holdOut?: string, paused?: string, ready?: string,
 *   language?: string | null}} Words */
/**
 * A replay has a `rate` other than 1, and 0 while it stands still; `moved` says that its time has jumped.
 * @typedef {{pacer: Pacer | null, mode: Mode, serverNow: () => number, rate?: number, moved?: boolean}} Shown
 */
/** @typedef {import("./drawing.js").Layer} Layer */
/** @typedef {import("./moves.js").Move} Move */

const DRIFT_MS = 96_000;
/** Beyond this the breath on screen is finished first, and joined at the next one: the form never jumps. */
const REJOIN_MS = 400;
const SLEW = 0.03;
const SETTLE_MS = 1_600;
/** A page that opens takes its final form in a few steps, each within so much of the one before. */
const SETTLES_MS = 150;

/** @param {Pacer} pacer @param {number} now_ms */
function patternDue(pacer, now_ms) {
  return pacer.next && now_ms >= pacer.next.anchor_ms ? pacer.next : pacer;
}

/**
 * `<section class="ebb-shore" data-pacer><div class="ebb-shore__stage" aria-hidden="true"></div>…</section>`
 *
 * On each change of phase the root gets a new `data-phase` and a CustomEvent `ebb-phase` whose detail is the Phase.
 */
export class Shore {
  #root;
  #field = box("div", "ebb-shore__field");
  #bar = box("div", "ebb-shore__bar", [box("div", "ebb-shore__fill")]);
  #cue = box("p", "ebb-shore__cue");
  #count = box("span", "ebb-shore__count");
  /** @type {Record<'in' | 'holdIn' | 'out' | 'holdOut' | 'rest', HTMLElement>} */
  #spans;
  /** @type {Layer[]} */
  #layers = [];
  /** @type {Animation[]} */
  #moving = [];
  /** How far each follows behind the edge. @type {WeakMap<Animation, number>} */
  #lags = new WeakMap();
  /** @type {Animation | null} the one that position is read from */
  #pulse = null;
  /** @type {Animation | null} */
  #drift = null;
  #anchor_ms = 0;
  #slewing = false;
  #rejoining = false;
  /** @type {Style | null} */
  #chosen = null;
  /** @type {Words} */
  #words = { in: t("Breathe in"), out: t("and let go"), paused: t("Paused") };
  /** @type {Shown} */
  #shown = { pacer: null, mode: "ready", serverNow: () => 0 };
  #phaseKey = "";
  #timer = 0;
  #joinTimer = 0;
  #fitTimer = 0;
  #drawn_ms = -SETTLES_MS;
  #size = { width: 0, height: 0 };
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  #watch = new ResizeObserver(() => this.#fit());
  #ending = new AbortController();

  /** @param {HTMLElement} root */
  constructor(root) {
    const stage = root.querySelector(".ebb-shore__stage");
    if (!(stage instanceof HTMLElement)) throw new TypeError("a shore needs its stage");
    this.#root = root;
    const span = () => box("span", "ebb-shore__word");
    this.#spans = { in: span(), holdIn: span(), out: span(), holdOut: span(), rest: span() };
    this.#cue.append(...Object.values(this.#spans), this.#count);
    stage.replaceChildren(this.#field, this.#bar, this.#cue);
    const { signal } = this.#ending;
    this.#still.addEventListener("change", () => this.#restart(), { signal });
    document.addEventListener("visibilitychange", () => this.#wake(), { signal });
    this.#watch.observe(root);
    this.words(this.#words);
    this.#fit();
  }

  /** What the room is doing now. Called when anything changes; the same again costs nothing. @param {Shown} shown */
  show(shown) {
    const before = this.#shown;
    this.#shown = shown;
    const same =
      before.mode === shown.mode &&
      (before.rate ?? 1) === (shown.rate ?? 1) &&
      JSON.stringify(before.pacer) === JSON.stringify(shown.pacer);
    if (shown.moved && same && this.#place()) return;
    if (same && !shown.moved) return;
    // Only a next pattern was added or replaced: this breath goes on untouched, the timer takes care of the turn.
    const going =
      !shown.moved && before.mode === "running" && shown.mode === "running" && before.rate === shown.rate;
    const { pacer } = shown;
    if (going && pacer && patternDue(pacer, shown.serverNow()).anchor_ms === this.#anchor_ms)
      return this.#wake();
    this.#restart();
  }

  /** About once a second: brings the breath on screen back to the server's, too gently to be seen. */
  correct() {
    const { mode, serverNow, rate = 1 } = this.#shown;
    if (mode !== "running" || rate === 0 || !this.#pulse || this.#rejoining || !this.#pulse.effect) return;
    const period = Number(this.#pulse.effect.getTiming().duration);
    const behind = serverNow() - this.#anchor_ms - this.#position();
    // A whole breath more or less is the same picture.
    const error = behind - period * Math.round(behind / period);
    if (Math.abs(error) > REJOIN_MS * Math.max(1, rate)) return this.#finishBreath(period);
    if (Math.abs(error) < (this.#slewing ? 3 : 10)) {
      if (this.#slewing) this.#pace(rate);
      this.#slewing = false;
      return;
    }
    this.#slewing = true;
    this.#pace(rate * (1 + Math.max(-SLEW, Math.min(SLEW, error / (2_000 * rate)))));
  }

  /** The cue words; without words for the holds, the breath's own word stays. @param {Words} words */
  words(words) {
    this.#words = words;
    this.#spans.in.textContent = words.in;
    this.#spans.out.textContent = words.out;
    this.#spans.holdIn.textContent = words.holdIn ?? "";
    this.#spans.holdOut.textContent = words.holdOut ?? "";
    for (const span of [this.#spans.in, this.#spans.out]) {
      if (words.language) span.lang = words.language;
      else span.removeAttribute("lang");
    }
    const { language: _, ...shown } = words;
    const longest = Math.max(...Object.values(shown).map((word) => word?.length ?? 0));
    this.#cue.classList.toggle("ebb-shore__cue--long", longest > 15);
    this.#restart();
  }

  /** How the breath is shown; null follows the device's wish for reduced motion. @param {Style | null} style */
  style(style) {
    this.#chosen = style;
    this.#restart();
  }

  /** Lets go of everything that would outlive the element. */
  close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#fitTimer);
    this.#ending.abort();
    this.#watch.disconnect();
    this.#clear();
    this.#drift?.cancel();
  }

  get #style() {
    return this.#chosen ?? (this.#still.matches ? "light" : "water");
  }

  /** Where the breath on screen is, in milliseconds since its anchor. The timeline's own time is that of the last frame. */
  #position() {
    const frame = Number(document.timeline.currentTime);
    return Number(this.#pulse?.currentTime) + (performance.now() - frame) * (this.#pulse?.playbackRate ?? 1);
  }

  #wake() {
    if (document.visibilityState === "visible") this.correct();
    this.#turn();
  }

  /** A new size: at once, but sizes that follow each other while a page settles are drawn once. */
  #fit() {
    clearTimeout(this.#fitTimer);
    const soon = performance.now() - this.#drawn_ms < SETTLES_MS;
    if (soon) this.#fitTimer = setTimeout(() => this.#fitNow(), SETTLES_MS);
    else this.#fitNow();
  }

  /** Draw for the size as it is, then go on in the same phase. */
  #fitNow() {
    const { width, height } = this.#root.getBoundingClientRect();
    if (width === 0 || (width === this.#size.width && height === this.#size.height)) return;
    this.#drawn_ms = performance.now();
    this.#size = { width, height };
    this.#draw();
    this.#restart();
  }

  #draw() {
    const { tile, layers } = drawShore(this.#size);
    this.#layers = layers;
    this.#field.replaceChildren(...layers.map(({ element }) => element));

    const along = Number(this.#drift?.currentTime ?? 0);
    this.#drift?.cancel();
    const sideways = [{ transform: "none" }, { transform: `translateX(${-tile}px)` }];
    this.#drift = this.#field.animate(sideways, { duration: DRIFT_MS, iterations: Infinity });
    this.#drift.currentTime = along;
    this.#root.toggleAttribute("data-small", this.#size.height < 208);
  }

  #restart() {
    const { pacer, mode } = this.#shown;
    const style = this.#style;
    const runs = mode === "running" && pacer !== null && this.#size.width > 0;
    const from = runs ? null : this.#heights();
    this.#clear();
    this.#root.dataset.style = style;
    this.#root.dataset.mode = mode;
    this.#spans.rest.textContent =
      (mode === "paused" ? this.#words.paused : mode === "ready" ? this.#words.ready : "") ?? "";
    this.#rest();
    if (runs && pacer) this.#play(pacer);
    else if (from && mode !== "stopped" && style === "water") this.#settle(from);
    if (runs && style === "water") this.#drift?.play();
    else this.#drift?.pause();
    this.#turn();
  }

  #clear() {
    clearTimeout(this.#joinTimer);
    this.#rejoining = false;
    this.#slewing = false;
    for (const animation of this.#moving) animation.cancel();
    this.#moving = [];
    this.#pulse = null;
  }

  /** Puts every layer where it lies when nothing moves it. */
  #rest() {
    const { height } = this.#size;
    const style = this.#style;
    const far =
      this.#shown.mode === "stopped"
        ? Number(getComputedStyle(this.#root).getPropertyValue("--ebb-rest")) || 30
        : 0;
    for (const { element, kind, k } of this.#layers) {
      const high = style === "light" || kind === "wet" ? 1 : 0;
      const share = far > 0 ? (far - 0.055 * far * k) / 100 : water.heightAt(k, high);
      element.style.transform = down(share * height);
    }
    const cue = style === "water" && this.#shown.mode !== "stopped" ? 0.04 : style === "light" ? 0.14 : 0.09;
    this.#cue.style.transform = down(cue * height);
  }

  /** @param {Move} move */
  #run({ element, keyframes, lag_ms }) {
    const { pacer, serverNow, rate = 1 } = this.#shown;
    if (!pacer) return null;
    const pattern = patternDue(pacer, serverNow());
    const animation = element.animate(keyframes, {
      duration: periodMs(pattern),
      iterations: Infinity,
      fill: "both",
    });
    this.#lags.set(animation, lag_ms);
    const along_ms = serverNow() - this.#anchor_ms - lag_ms;
    if (rate === 0) {
      animation.pause();
      animation.currentTime = along_ms;
    } else {
      animation.playbackRate = rate;
      animation.startTime = performance.now() - along_ms / rate;
    }
    this.#moving.push(animation);
    return animation;
  }

  /** @param {Pacer} pacer */
  #play(pacer) {
    const pattern = patternDue(pacer, this.#shown.serverNow());
    this.#anchor_ms = pattern.anchor_ms;
    const parts = {
      layers: this.#layers,
      height: this.#size.height,
      cue: this.#cue,
      bar: this.#bar,
      spans: this.#spans,
    };
    for (const move of breathMoves(this.#style, pattern, parts)) this.#run(move);
    const [first, ...others] = wordMoves(pattern, this.#words, parts);
    this.#pulse = this.#run(first);
    for (const move of others) this.#run(move);
  }

  /** Within the pattern that is on screen a jump only moves what is there. Returns false where it is another one. */
  #place() {
    const { pacer, mode, serverNow } = this.#shown;
    if (mode !== "running" || !pacer || !this.#pulse || this.#rejoining) return false;
    const now_ms = serverNow();
    if (patternDue(pacer, now_ms).anchor_ms !== this.#anchor_ms) return false;
    for (const animation of this.#moving)
      animation.currentTime = now_ms - this.#anchor_ms - (this.#lags.get(animation) ?? 0);
    this.#turn();
    return true;
  }

  /** Where the layers are on screen this moment, or null when they are not under way. */
  #heights() {
    if (!this.#pulse) return null;
    return this.#layers.map(({ element }) => getComputedStyle(element).transform);
  }

  /** The water goes back to where the breath ends, and stays. @param {string[]} from */
  #settle(from) {
    this.#layers.forEach(({ element, kind }, i) => {
      if (kind === "wet") return;
      const back = element.animate([{ transform: from[i] }, {}], {
        duration: SETTLE_MS,
        easing: "cubic-bezier(.3, 0, .2, 1)",
      });
      this.#moving.push(back);
    });
  }

  /** @param {number} rate */
  #pace(rate) {
    for (const animation of this.#moving) animation.updatePlaybackRate(rate);
  }

  /** Too far off to slew: let this breath end as it is, wait at low water, join at the next in-breath. @param {number} period */
  #finishBreath(period) {
    const { pacer, serverNow, rate = 1 } = this.#shown;
    if (!pacer) return;
    this.#rejoining = true;
    this.#pace(rate);
    const breaths = Math.floor(this.#position() / period) + 1;
    for (const animation of this.#moving)
      animation.effect?.updateTiming({ iterations: Math.max(1, breaths) });
    const left_ms = Math.max(0, breaths * period - this.#position());
    const joins_ms = nextBreathAt(pacer, serverNow() + left_ms - 1);
    this.#joinTimer = setTimeout(() => this.#restart(), (joins_ms - serverNow()) / rate);
  }

  /** Tells a change of phase, and wakes again at the next one. Computed from the clock each time, never counted. */
  #turn() {
    clearTimeout(this.#timer);
    const { pacer, mode, serverNow, rate = 1 } = this.#shown;
    const running = mode === "running" && pacer !== null;
    const now_ms = serverNow();
    const flags = { paused: mode === "paused" || mode === "ready", stopped: mode === "stopped" };
    const phase = pacer ? phaseAt(pacer, now_ms, flags) : null;
    const name = mode === "stopped" ? "stopped" : running && phase ? phase.name : "ready";
    this.#root.dataset.phase = name;
    const key = running && phase ? `${name} ${phase.endsAtMs}` : name;
    if (key !== this.#phaseKey) {
      this.#phaseKey = key;
      this.#root.dispatchEvent(new CustomEvent("ebb-phase", { detail: running && phase ? phase : { name } }));
    }
    if (!running || !phase || !pacer) {
      this.#count.textContent = "";
      return;
    }
    // A pattern that has become due takes over here: both breaths meet at low water, so a late timer does not show.
    if (this.#pulse && !this.#rejoining && patternDue(pacer, now_ms).anchor_ms !== this.#anchor_ms)
      return this.#restart();
    const counts = this.#style !== "water" && name !== "ready";
    const second = Math.floor(phase.elapsedMs / 1_000) + 1;
    this.#count.textContent = counts ? String(second) : "";
    const next_ms = counts
      ? Math.min(phase.endsAtMs, now_ms - phase.elapsedMs + second * 1_000)
      : phase.endsAtMs;
    if (rate > 0) this.#timer = setTimeout(() => this.#turn(), Math.max(4, (next_ms - now_ms) / rate + 1));
  }
}
