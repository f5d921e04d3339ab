// @ts-check
/** How I am today: a tap is kept without leaving the page. Without this script each tap is a form that is sent. */

class Daily {
  #root;
  #said;
  /** Taps are sent one after the other, so that the page which comes back is always the newest. */
  #turn = Promise.resolve();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#said = document.createElement("p");
    this.#said.className = "ebb-hidden";
    this.#said.setAttribute("role", "status");
    root.after(this.#said);
    this.#listen();
  }

  #listen() {
    for (const form of this.#root.querySelectorAll("form")) {
      form.addEventListener("submit", (event) => {
        const button = event.submitter;
        if (!(button instanceof HTMLButtonElement)) return;
        event.preventDefault();
        this.#show(button);
        this.#turn = this.#turn.then(() => this.#send(form, button.name, button.value));
      });
    }
  }

  /** What was tapped looks tapped at once. @param {HTMLButtonElement} button */
  #show(button) {
    if (!button.name) return;
    for (const other of this.#root.querySelectorAll(`button[name="${button.name}"]`)) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  }

  /** @param {HTMLFormElement} form @param {string} name @param {string} value */
  async #send(form, name, value) {
    const body = new URLSearchParams(name ? { [name]: value } : {});
    try {
      const answer = await fetch(form.getAttribute("action") ?? "", { method: "POST", body });
      if (!answer.ok) throw new Error(String(answer.status));
      this.#put(await answer.text(), name, value);
    } catch {
      // Sent as a form after all: the page that comes back says what is wrong.
      if (name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      if (!form.isConnected) document.body.append(form);
      form.submit();
    }
  }

  /** @param {string} text @param {string} name @param {string} value */
  #put(text, name, value) {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-daily]");
    if (!(fresh instanceof HTMLElement)) throw new Error("no answer");
    const held = this.#root.contains(document.activeElement);
    this.#root.replaceWith(fresh);
    this.#root = fresh;
    this.#listen();
    const kept = fresh.querySelector("[data-daily-kept]");
    this.#said.textContent = kept?.textContent ?? "";
    if (!held) return;
    const button = name ? fresh.querySelector(`button[name="${name}"][value="${value}"]`) : fresh;
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
  }
}

const root = document.querySelector("[data-daily]");
if (root instanceof HTMLElement) new Daily(root);
