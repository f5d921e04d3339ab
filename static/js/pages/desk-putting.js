// @ts-check
/** Putting a reason aside that one has looked at, and taking that back: by its button, or by S and U while in the list. */

import { t } from "../components/language.js";

export class Putting {
  #needs;
  #look;
  #undo;
  #words;
  /** @type {URLSearchParams | null} */
  #last = null;

  /** @param {HTMLElement} needs @param {() => Promise<void>} look shows the desk anew */
  constructor(needs, look) {
    this.#needs = needs;
    this.#look = look;
    this.#undo = /** @type {HTMLElement} */ (needs.querySelector("[data-undo]"));
    this.#words = /** @type {HTMLElement} */ (needs.querySelector("[data-undo-words]"));
    needs.addEventListener("submit", (event) => void this.#sent(event));
    needs.querySelector("[data-undo-now]")?.addEventListener("click", () => void this.takeBack());
  }

  /** The line that has the focus. */
  lookedAt() {
    const form = document.activeElement?.closest("li")?.querySelector("form[data-see]");
    if (form instanceof HTMLFormElement) form.requestSubmit();
  }

  async takeBack() {
    const last = this.#last;
    if (!last) return;
    this.#last = null;
    if (!(await this.#send("/desk/unseen", last))) return;
    this.#undo.hidden = true;
    this.#words.textContent = "";
    await this.#look();
    this.#focus(0);
  }

  /** @param {SubmitEvent} event */
  async #sent(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    const lines = [...this.#needs.querySelectorAll(".ebb-reasons > li")];
    const at = lines.findIndex((line) => line.contains(form));
    const name = form.dataset.name ?? "";
    if (!(await this.#send(form.action, body))) return;
    const seen = form.hasAttribute("data-see");
    this.#last = seen ? body : null;
    this.#undo.hidden = !seen;
    this.#words.textContent = seen ? t("{name}: looked at.", { name }) : "";
    await this.#look();
    this.#focus(Math.max(at, 0));
  }

  /** @param {string} to @param {URLSearchParams} body @returns {Promise<boolean>} whether it was stored */
  async #send(to, body) {
    try {
      // Where it leads is looked at below, once: following it here would make the desk twice.
      const answer = await fetch(to, { method: "POST", body, redirect: "manual" });
      if (answer.type === "opaqueredirect") return true;
    } catch {
      // As below: nothing was stored that anybody could rely on.
    }
    this.#undo.hidden = false;
    this.#words.textContent = t("That could not be stored. Try again in a moment.");
    return false;
  }

  /** The list goes on under the hand: the line that is there now, else its heading. @param {number} at */
  #focus(at) {
    const lines = this.#needs.querySelectorAll(".ebb-reasons > li");
    const line = lines[Math.min(at, lines.length - 1)];
    const to = line?.querySelector("form[data-see] button") ?? line?.querySelector(".ebb-button");
    if (to instanceof HTMLElement) to.focus();
    else this.#needs.querySelector("h2")?.focus();
  }
}
