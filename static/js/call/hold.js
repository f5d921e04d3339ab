// @ts-check
/** Silent for as long as something is held: a button under a finger, the space bar on it, or one key. */

/** A press that lasts longer than this is meant to be held. */
const LONG_MS = 400;

/**
 * A button that may be tapped, and that also silences for as long as it is held down: where a small screen has no
 * room for a button of its own.
 * @param {HTMLElement} button @param {{tap: () => void, may: () => boolean, silence: (on: boolean) => void}} acts
 */
export function tapOrHold(button, { tap, may, silence }) {
  let timer = 0;
  let held = false;
  const end = () => {
    clearTimeout(timer);
    if (held) silence(false);
  };
  button.addEventListener("pointerdown", (event) => {
    held = false;
    button.setPointerCapture(event.pointerId);
    clearTimeout(timer);
    timer = setTimeout(() => {
      held = may();
      if (held) silence(true);
    }, LONG_MS);
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
    button.addEventListener(name, end);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    if (!held) tap();
    held = false;
  });
}

export class Hold {
  #button;
  #silence;
  #held = false;
  #ending = new AbortController();

  /**
   * @param {HTMLElement} button
   * @param {(on: boolean) => void} silence
   * @param {{key?: string, heeds?: () => boolean}} [options] `key`: a letter of the page, while `heeds` is true
   */
  constructor(button, silence, { key = "", heeds = () => false } = {}) {
    this.#button = button;
    this.#silence = silence;
    const { signal } = this.#ending;
    const on = (
      /** @type {EventTarget} */ at,
      /** @type {string} */ name,
      /** @type {(event: any) => void} */ act,
    ) => at.addEventListener(name, act, { signal });
    on(button, "pointerdown", (/** @type {PointerEvent} */ event) => {
      // A finger that slides off still holds.
      button.setPointerCapture?.(event.pointerId);
      this.#hold(true);
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
      on(button, name, () => this.#hold(false));
    // A long touch asks most phones for a menu.
    on(button, "contextmenu", (event) => event.preventDefault());
    on(
      button,
      "keydown",
      (event) => (event.key === " " || event.key === "Enter") && this.#keyed(event, true),
    );
    on(button, "keyup", (event) => (event.key === " " || event.key === "Enter") && this.#keyed(event, false));
    on(globalThis, "blur", () => this.#hold(false));
    if (!key) return;
    on(document, "keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== key || !heeds())
        return;
      const { target } = event;
      if (target instanceof Element && target.closest("input, textarea, select, dialog, [contenteditable]"))
        return;
      this.#keyed(event, true);
    });
    on(document, "keyup", (event) => event.key.toLowerCase() === key && this.#hold(false));
  }

  close() {
    this.#hold(false);
    this.#ending.abort();
  }

  /** @param {KeyboardEvent} event @param {boolean} on */
  #keyed(event, on) {
    event.preventDefault();
    this.#hold(on);
  }

  /** @param {boolean} on */
  #hold(on) {
    if (on === this.#held) return;
    this.#held = on;
    this.#button.setAttribute("aria-pressed", String(on));
    this.#silence(on);
  }
}
