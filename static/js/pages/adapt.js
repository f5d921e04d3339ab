// @ts-check
/**
 * Own words as they are typed: the same page is asked for again, and of it what speaks against a field, how each step
 * is met, and how it stands as a whole. Nothing is kept by it. Without it, "Look at it" asks for the page.
 */

import { typedBefore } from "../components/typed.js";

const WAIT_MS = 400;

class Adapt {
  #form;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;
  /** Only the newest answer counts: an older one may come later. */
  #asked = 0;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    form.addEventListener("input", () => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => void this.#look(), WAIT_MS);
    });
    form.querySelector("[data-look]")?.setAttribute("hidden", "");
    if (typedBefore(form)) void this.#look();
  }

  async #look() {
    const asked = ++this.#asked;
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(this.#form))
      if (typeof value === "string") fields.append(name, value);
    fields.set("do", "look");
    try {
      const answer = await fetch(this.#form.action, { method: "POST", body: fields });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (asked === this.#asked) this.#take(page);
    } catch {
      // Without a network the words stay as they are; what is kept is looked at again by the server.
    }
  }

  /** @param {Document} page */
  #take(page) {
    for (const name of ["data-finds", "data-preview", "data-tally"]) {
      for (const part of this.#form.querySelectorAll(`[${name}]`)) {
        const fresh = page.querySelector(`[${name}="${part.getAttribute(name)}"]`);
        // What is said already is not said again by a screen reader.
        if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
        if (name === "data-finds") this.#mark(part);
      }
    }
  }

  /** @param {Element} finds */
  #mark(finds) {
    const field = this.#form.querySelector(`#f-${finds.getAttribute("data-finds")}`);
    if (!finds.querySelector(".ebb-form__error")) field?.removeAttribute("aria-invalid");
    else field?.setAttribute("aria-invalid", "true");
  }
}

for (const form of document.querySelectorAll('form[data-module="adapt"]')) {
  if (form instanceof HTMLFormElement) new Adapt(form);
}
