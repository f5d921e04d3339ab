// @ts-check
/**
 * What of the caseload is shown: a name as it is typed, who, in which order, which page. Sent in the body of a request
 * and never in an address, since addresses are kept by browsers and proxies. Without script the same form does it.
 */

export class Tools {
  #form;
  #root;
  #page = "1";

  /** @param {HTMLElement} root @param {() => void} changed */
  constructor(root, changed) {
    this.#root = root;
    this.#form = /** @type {HTMLFormElement | null} */ (root.querySelector("[data-tools]"));
    this.#page = this.#shown();
    if (!this.#form) return;
    const go = this.#form.querySelector("[data-tools-go]");
    if (go instanceof HTMLElement) go.hidden = true;
    this.#form.addEventListener("input", () => {
      this.#page = "1";
      changed();
    });
    document.addEventListener("submit", (event) => {
      if (event.target !== this.#form) return;
      event.preventDefault();
      const by = event.submitter;
      if (by instanceof HTMLButtonElement && by.name === "page") {
        this.#page = by.value;
        document.getElementById("caseload")?.focus();
      }
      changed();
    });
  }

  /** The desk as the server has it now, with what is asked for. @returns {Promise<Response>} */
  ask() {
    const how = { headers: { Accept: "text/html" }, cache: /** @type {const} */ ("no-store") };
    if (!this.#form) return fetch(location.pathname, how);
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(this.#form))
      if (typeof value === "string") body.set(name, value);
    body.set("page", this.#page);
    return fetch(this.#form.action.split("#")[0] ?? "", { ...how, method: "POST", body });
  }

  #shown() {
    return this.#root.querySelector("[data-page]")?.getAttribute("data-page") ?? "1";
  }
}
