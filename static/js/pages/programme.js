// @ts-check
/** The picture beside the form of a home programme, which follows what is typed. Nothing is stored by it. */

import { typedBefore } from "../components/typed.js";

const WAIT_MS = 400;

class Programme {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;
  /** Only the newest answer counts: an older one may come later. */
  #asked = 0;

  /** @param {HTMLFormElement} form @param {HTMLElement} seen */
  constructor(form, seen) {
    this.form = form;
    this.seen = seen;
    form.addEventListener("input", () => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.#look(), WAIT_MS);
    });
    // The picture is always the newest one: nobody needs to ask for it.
    form.querySelector("[data-look]")?.setAttribute("hidden", "");
    if (typedBefore(form)) void this.#look();
  }

  async #look() {
    const asked = ++this.#asked;
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(this.form))
      if (typeof value === "string") fields.append(name, value);
    fields.set("do", "look");
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: fields });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const seen = page.querySelector("[data-seen]");
      if (seen && asked === this.#asked) this.seen.replaceChildren(...seen.childNodes);
    } catch {
      // Without a network the picture stays as it was; the form does not need it.
    }
  }
}

const form = document.querySelector('[data-module="programme"]');
const seen = document.querySelector("[data-seen]");
if (form instanceof HTMLFormElement && seen instanceof HTMLElement) new Programme(form, seen);
