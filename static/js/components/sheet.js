// @ts-check
/** A sheet in a room: opened beside Stop, never over it; Escape and its own button close it, and focus goes back. */

export class Sheet {
  #dialog;
  /** @type {Element | null} */
  #from = null;
  #closed;

  /** @param {HTMLDialogElement} dialog @param {{closed?: () => void}} [options] */
  constructor(dialog, { closed = () => {} } = {}) {
    this.#dialog = dialog;
    this.#closed = closed;
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    for (const button of dialog.querySelectorAll("[data-close]"))
      button.addEventListener("click", () => this.close());
  }

  get open() {
    return this.#dialog.open;
  }

  /** Not a modal one: everything around it, and Stop above all, still works. */
  show() {
    if (this.#dialog.open) return;
    this.#from = document.activeElement;
    this.#dialog.show();
    this.#dialog.scrollIntoView({ block: "nearest" });
  }

  close() {
    if (!this.#dialog.open) return;
    const inside = this.#dialog.contains(document.activeElement);
    this.#dialog.close();
    if (inside && this.#from instanceof HTMLElement && this.#from.isConnected) this.#from.focus();
    this.#closed();
  }
}
