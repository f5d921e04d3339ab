// @ts-check
/** One's own words as they are typed: each sentence says at once what it becomes. Without it, they say it once kept. */

class Words {
  #form;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    form.addEventListener("input", () => this.#show());
    // A browser that goes back fills in what was typed, and tells nobody.
    addEventListener("pageshow", () => this.#show());
  }

  #show() {
    const clinical = new FormData(this.#form).get("tone") === "clinical";
    for (const word of this.#form.querySelectorAll("[data-word]")) {
      if (!(word instanceof HTMLElement)) continue;
      const { word: place, plain = "", clinical: medical = "" } = word.dataset;
      const field = this.#form.querySelector(`[data-own="${place}"]`);
      const own = field instanceof HTMLInputElement ? field.value.trim() : "";
      const text = own || (clinical ? medical : plain);
      if (word.textContent !== text) word.textContent = text;
    }
  }
}

for (const form of document.querySelectorAll('form[data-module="words"]')) {
  if (form instanceof HTMLFormElement) new Words(form);
}
