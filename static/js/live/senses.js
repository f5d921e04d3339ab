// @ts-check
/** How a room is sensed: water, sound, voice, touch and a screen reader's words, and the settings for them. */

import { Announcer } from "../components/announce.js";
import { mark, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Sound } from "../components/sound.js";
import { Speech } from "../components/speech.js";
import { Vibration } from "../components/vibrate.js";
import { WakeLock } from "../components/wakelock.js";
import { boundaries } from "../pacer/pattern.js";
import { Shore } from "../pacer/shore.js";
import { marked, parted } from "./tongue.js";

/** @typedef {import("../pacer/pattern.js").Pacer} Pacer */
/** @typedef {import("../pacer/shore.js").Mode} Mode */
/** @typedef {import("../pacer/shore.js").Style} Style */
/** @typedef {import("../pacer/shore.js").Words} Words */

const STYLE_STORE = "ebb.style";
const PLAN_AHEAD_MS = 15_000;
const PLAN_EVERY_TICKS = 4;
/** @type {Words} */
const USUAL = { in: t("Breathe in"), out: t("and let go"), paused: t("Paused"), ready: "" };

export class Senses {
  #root;
  #pacer;
  #shore;
  #sound;
  #speech;
  #vibration = new Vibration();
  #announcer;
  #wake;
  #serverNow;
  /** @type {Words} */
  #words = USUAL;
  /** @type {{pacer: Pacer | null, mode: Mode}} */
  #shown = { pacer: null, mode: "ready" };
  #said = "";
  #ticks = 0;
  /** For whom the sound of the breath steps back. @type {Set<string>} */
  #speakers = new Set();
  /** While somebody's open microphone would carry every sound of this device to the others. */
  #hushed = false;
  /** One tab of a device makes the sound; the others are silent until it closes. */
  #leads = !("locks" in navigator);

  /** @param {HTMLElement} root the room @param {() => number} serverNow @param {typeof Speech} [Voice] */
  constructor(root, serverNow, Voice = Speech) {
    this.#root = root;
    this.#serverNow = serverNow;
    this.#pacer = part(root, "[data-pacer]");
    this.#shore = new Shore(this.#pacer);
    this.#announcer = new Announcer(part(root, "[data-announce]"));
    // Some browsers know their voices at once, while the rest of this is not made yet.
    const onState = () => queueMicrotask(() => this.#settings());
    this.#sound = new Sound({ onState });
    this.#speech = new Voice({ onState });
    this.#wake = new WakeLock({ onState });
    this.#pacer.addEventListener("ebb-phase", (event) =>
      this.#turned(/** @type {CustomEvent} */ (event).detail),
    );
    if (!this.#leads) void navigator.locks.request("ebb.sound", () => this.#lead());
    this.#style(remembered());
    if (root.querySelector("[data-sound-line]")) this.#wire();
  }

  /** The pacer's element carries what a browser test may hold on to. */
  get element() {
    return this.#pacer;
  }

  /** @param {Pacer | null} pacer @param {Mode} mode */
  breathe(pacer, mode) {
    const before = this.#shown;
    this.#shown = { pacer, mode };
    this.#shore.show({ pacer, mode, serverNow: this.#serverNow });
    if (mode !== "running" && before.mode === "running") this.silence();
    if (mode === "running") this.#plan();
  }

  /** @param {Partial<Words>} words */
  cue(words) {
    const next = { ...USUAL, ...words };
    if (JSON.stringify(next) === JSON.stringify(this.#words)) return;
    this.#words = next;
    this.#shore.words(next);
  }

  /**
   * What a person is told now: on a screen reader, and aloud if they chose so. The same again is not repeated.
   * @param {string} text @param {import("./library.js").Exercise | null} [exercise] whose words may be in it
   */
  tell(text, exercise = null) {
    if (text === this.#said) return;
    this.#said = text;
    if (!text) return;
    const parts = parted(text, exercise);
    this.#announcer.say(text, marked(parts));
    if (!this.#leads || this.#hushed || !this.#speech.on) return;
    this.duck("speech", true);
    void this.#speech.say(text, parts).then(() => this.duck("speech", false));
  }

  /** The sound of the breath steps back for as long as anybody speaks, and never falls silent for it. @param {string} who @param {boolean} on */
  duck(who, on) {
    if (on === this.#speakers.has(who)) return;
    if (on) this.#speakers.add(who);
    else this.#speakers.delete(who);
    this.#sound.duck(this.#speakers.size > 0);
  }

  /** Makes no sound and says nothing aloud, so that none of it goes into an open microphone. @param {boolean} on */
  hush(on) {
    if (on === this.#hushed) return;
    this.#hushed = on;
    if (on) {
      this.#sound.silence();
      this.#speech.cancel();
    } else {
      this.#plan();
    }
  }

  /** Told on a screen reader alone, such as an answer to a press. @param {string} text */
  mention(text) {
    this.#announcer.say(text);
  }

  /** At once: for Stop, pause and leaving. */
  silence() {
    this.#sound.silence();
    this.#speech.cancel();
    this.#vibration.still();
  }

  /** @param {boolean} on */
  awake(on) {
    void (on ? this.#wake.keep() : this.#wake.release());
  }

  /** About once a second. @param {boolean} moved whether the clock has been corrected */
  tick(moved = false) {
    this.#shore.correct();
    this.#sound.watch();
    this.#ticks += 1;
    if (moved || this.#ticks % PLAN_EVERY_TICKS === 0) this.#plan();
  }

  #plan() {
    const { pacer, mode } = this.#shown;
    if (!this.#leads || this.#hushed || mode !== "running" || pacer === null) return;
    const now = this.#serverNow();
    this.#sound.plan(boundaries(pacer, now - 50, now + PLAN_AHEAD_MS), this.#sound.clock(this.#serverNow));
  }

  /** @param {import("../pacer/pattern.js").Phase} phase */
  #turned(phase) {
    if (this.#shown.mode !== "running") return;
    this.#announcer.phase(phase, this.#words);
    if (this.#leads) this.#vibration.phase(phase);
  }

  #lead() {
    this.#leads = true;
    this.#plan();
    // Held for as long as this page lives.
    return new Promise(() => {});
  }

  #wire() {
    const root = this.#root;
    part(root, "[data-sound-toggle]").addEventListener("click", () => {
      void (this.#sound.state === "on" ? this.#sound.off() : this.#sound.unlock()).then(() => {
        this.#settings();
        this.#plan();
      });
    });
    part(root, "[data-sound-test]").addEventListener("click", () => {
      if (this.#sound.state === "on") this.#sound.test();
      else void this.#sound.unlock().then(() => this.#settings());
    });
    root.addEventListener("input", ({ target }) => this.#set(target));
    root.addEventListener("change", ({ target }) => this.#set(target));
    // What was on last time waits for a touch: any touch but the two that ask for silence.
    root.addEventListener("click", ({ target }) => {
      if (this.#sound.state !== "blocked" || !(target instanceof Element)) return;
      if (!target.closest("[data-stop], [data-leave], [data-sound-toggle], [data-sound-test]"))
        void this.#sound.unlock();
    });
    this.#settings();
  }

  /** @param {EventTarget | null} target */
  #set(target) {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.matches("[data-sound-trim]")) this.#sound.set({ trim_ms: target.valueAsNumber });
    else if (target.name === "timbre") this.#sound.set({ timbre: target.value === "sea" ? "sea" : "tone" });
    else if (target.matches("[data-speech]")) this.#speech.set(target.checked);
    else if (target.matches("[data-vibrate]")) this.#vibration.set(target.checked);
    else if (target.matches("[data-announce-on]")) this.#announcer.set(target.checked);
    else if (target.name === "pacer-style") this.#style(/** @type {Style} */ (target.value), true);
    else return;
    this.#plan();
    this.#settings();
  }

  /** @param {Style | null} style @param {boolean} [keep] */
  #style(style, keep = false) {
    this.#shore.style(style);
    if (!keep || !style) return;
    try {
      localStorage.setItem(STYLE_STORE, style);
    } catch {
      // Private windows may refuse to remember.
    }
  }

  /** The settings as they are, in words. */
  #settings() {
    const root = this.#root;
    if (!root.querySelector("[data-sound-line]")) return;
    const sound = this.#sound.words;
    const line =
      this.#wake.state === "on"
        ? t("{sound}, screen stays on", { sound })
        : t("{sound}, screen may go dark", { sound });
    write(part(root, "[data-sound-line]"), line);
    const on = this.#sound.state === "on";
    mark(part(root, "[data-sound-toggle]"), "aria-pressed", String(on));
    const troubled = this.#sound.state === "blocked" || this.#sound.state === "interrupted";
    write(part(root, "[data-sound-words]"), troubled ? this.#sound.words : "");
    show(part(root, "[data-sound-words]"), troubled);
    const { trim_ms, timbre } = this.#sound.settings;
    check(root, `[name="timbre"][value="${timbre}"]`, true);
    const trim = root.querySelector("[data-sound-trim]");
    if (trim instanceof HTMLInputElement && trim.valueAsNumber !== trim_ms) trim.value = String(trim_ms);
    write(part(root, "output[for='trim']"), t("{n} ms", { n: trim_ms }));
    check(root, "[data-speech]", this.#speech.on);
    write(part(root, "[data-speech-words]"), this.#speech.words);
    show(part(root, "[data-speech-words]"), this.#speech.state === "none");
    check(root, "[data-vibrate]", this.#vibration.on);
    show(part(root, "[data-vibrate-row]"), this.#vibration.possible);
    check(root, "[data-announce-on]", this.#announcer.breath);
    check(root, `[name="pacer-style"][value="${this.#pacer.dataset.style ?? "water"}"]`, true);
    write(part(root, "[data-wake-words]"), this.#wake.words);
  }
}

/** @param {ParentNode} root @param {string} selector @param {boolean} on */
function check(root, selector, on) {
  const input = root.querySelector(selector);
  if (input instanceof HTMLInputElement) input.checked = on;
}

/** @returns {Style | null} */
function remembered() {
  try {
    const kept = localStorage.getItem(STYLE_STORE);
    return kept === "water" || kept === "light" || kept === "bar" || kept === "words" ? kept : null;
  } catch {
    return null;
  }
}
