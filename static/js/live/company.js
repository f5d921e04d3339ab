// @ts-check
/** What those are called whom the patient lets be there, by id. Whoever was let in since is asked for, once each. */

/** @typedef {import("./messages.js").Person} Person */

const WITHIN_MS = 5_000;

export class Company {
  /** @type {Record<string, string>} */
  #names;
  #url;
  #changed;
  /** Some have no name. @type {Set<string>} */
  #asked = new Set();

  /** @param {string} names JSON, as the page was made @param {string} url @param {() => void} changed */
  constructor(names, url, changed) {
    this.#names = JSON.parse(names || "{}");
    this.#url = url;
    this.#changed = changed;
  }

  get names() {
    return this.#names;
  }

  /** @param {readonly Person[]} people */
  async meet(people) {
    const strangers = people.filter(
      ({ id, role }) => role === "support" && !(id in this.#names || this.#asked.has(id)),
    );
    if (!this.#url || strangers.length === 0) return;
    for (const { id } of strangers) this.#asked.add(id);
    try {
      const signal = AbortSignal.timeout(WITHIN_MS);
      const response = await fetch(this.#url, { cache: "no-store", redirect: "manual", signal });
      if (response.ok) this.#names = await response.json();
      this.#changed();
    } catch {
      for (const { id } of strangers) this.#asked.delete(id);
    }
  }
}
