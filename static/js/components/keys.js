// @ts-check
/** Single keys for somebody who looks at a person and not at a mouse. They can be turned off, and never act while one writes. */

const STORE = "ebb.keys";

export class Keys {
  #root;
  #actions;
  #within;
  #on;

  /**
   * @param {HTMLElement} root
   * @param {Record<string, () => void>} actions by `KeyboardEvent.key`, letters in lower case
   * @param {HTMLElement | null} within only while the focus is in here
   */
  constructor(root, actions, within = null) {
    this.#root = root;
    this.#actions = actions;
    this.#within = within;
    try {
      this.#on = localStorage.getItem(STORE) !== "off";
    } catch {
      this.#on = true;
    }
    root.dataset.keys = this.#on ? "on" : "off";
    document.addEventListener("keydown", (event) => this.#press(event));
  }

  get on() {
    return this.#on;
  }

  /** @param {boolean} on */
  set(on) {
    this.#on = on;
    this.#root.dataset.keys = on ? "on" : "off";
    try {
      localStorage.setItem(STORE, on ? "on" : "off");
    } catch {
      // Private windows may refuse to remember.
    }
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#on || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
      return;
    const { target } = event;
    if (this.#within && !(target instanceof Node && this.#within.contains(target))) return;
    if (target instanceof Element && target.closest("input, textarea, select, dialog, [contenteditable]"))
      return;
    const act = this.#actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}
