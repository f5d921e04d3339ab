// @ts-check
/** Keeps the screen on while a breath is being followed, and says in words whether it does. */

import { t } from "./language.js";

/** @typedef {'on' | 'off' | 'refused' | 'unknown'} WakeState */

const WORDS = {
  on: t("The screen stays on."),
  off: t("The screen may go dark while nothing runs."),
  refused: t("Your phone may go dark: set auto-lock to off, or touch the screen now and then."),
  unknown: t("Your phone may go dark: set auto-lock to off, or touch the screen now and then."),
};

export class WakeLock {
  #wanted = false;
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  /** @type {WakeState} */
  #state = "off";
  #said;
  #navigator;
  #document;
  #ending = new AbortController();

  /** @param {{onState?: (state: WakeState, words: string) => void, navigator?: Navigator, document?: Document}} [options] */
  constructor({ onState = () => {}, navigator = globalThis.navigator, document = globalThis.document } = {}) {
    this.#said = onState;
    this.#navigator = navigator;
    this.#document = document;
    // The lock is lost whenever the page is hidden, and nobody gives it back by themselves.
    document.addEventListener("visibilitychange", () => this.#again(), { signal: this.#ending.signal });
  }

  get state() {
    return this.#state;
  }

  get words() {
    return WORDS[this.#state];
  }

  async keep() {
    this.#wanted = true;
    await this.#again();
  }

  async release() {
    this.#wanted = false;
    const lock = this.#lock;
    this.#lock = null;
    await lock?.release().catch(() => {});
    this.#tell("off");
  }

  async close() {
    this.#ending.abort();
    await this.release();
  }

  async #again() {
    if (!this.#wanted || this.#lock || this.#document.visibilityState !== "visible") return;
    if (!("wakeLock" in this.#navigator)) return this.#tell("unknown");
    try {
      const lock = await this.#navigator.wakeLock.request("screen");
      if (!this.#wanted) return void (await lock.release());
      this.#lock = lock;
      lock.addEventListener("release", () => {
        if (this.#lock !== lock) return;
        this.#lock = null;
        if (this.#wanted) this.#tell("refused");
      });
      this.#tell("on");
    } catch {
      // A low battery or a setting may refuse; there is nothing to do but to say so.
      this.#tell("refused");
    }
  }

  /** @param {WakeState} state */
  #tell(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#said(state, WORDS[state]);
  }
}
