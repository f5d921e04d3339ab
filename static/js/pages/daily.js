// @ts-check
/** How I am today: a tap is kept without leaving the page. Without this script each tap is a form that is sent. */

/** @typedef {{form: HTMLFormElement, name: string, value: string}} Tap */

/** Where there is no network a browser cannot always tell when there is one again. */
const AGAIN_MS = 5_000;
/** A line that swallows what is sent is no network either. To send a tap twice does no harm. */
const PATIENCE_MS = 10_000;

class Daily {
  #root;
  #said;
  /** Taps are sent one after the other, so that the page which comes back is always the newest. @type {Tap[]} */
  #waiting = [];
  #sending = false;
  #leaving = false;
  #again = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#said = document.createElement("p");
    this.#said.className = "ebb-hidden";
    this.#said.setAttribute("role", "status");
    root.after(this.#said);
    this.#listen();
    addEventListener("online", () => void this.#sendAll());
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", () => {
      this.#leaving = false;
    });
  }

  /** Whoever leaves in the instant of a tap has tapped all the same. */
  #leave() {
    this.#leaving = true;
    for (const tap of this.#waiting.splice(0)) void post(tap).catch(() => {});
  }

  async #sendAll() {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#again);
    for (let tap = this.#waiting.shift(); tap; tap = this.#waiting.shift()) {
      const answer = await post(tap).catch(() => undefined);
      if (answer) await this.#take(answer, tap);
      else if (!this.#leaving) {
        if (!this.#waiting.some(({ name }) => name === tap.name)) this.#waiting.unshift(tap);
        this.#wait();
        break;
      }
    }
    this.#sending = false;
  }

  /** Nobody is led away to the browser's own page. It goes by itself when there is a network, while this page is open. */
  #wait() {
    const line = this.#root.querySelector("[data-daily-waits]");
    if (line instanceof HTMLElement && line.hidden) {
      line.hidden = false;
      this.#said.textContent = line.textContent;
    }
    // Whom to call is told now, and not by the answer that does not come.
    const call = this.#root.querySelector("[data-daily-much-pain]");
    if (call instanceof HTMLElement) {
      const aLot = call.dataset.dailyMuchPain;
      if (this.#waiting.some(({ name, value }) => name === "pain" && value === aLot)) call.hidden = false;
    }
    this.#again = setTimeout(() => void this.#sendAll(), AGAIN_MS);
  }

  #listen() {
    for (const form of this.#root.querySelectorAll("form")) {
      form.addEventListener("submit", (event) => {
        const button = event.submitter;
        if (!(button instanceof HTMLButtonElement)) return;
        event.preventDefault();
        this.#show(button.name, button.value);
        // What was tapped last is what counts, and to take it back counts for all.
        this.#waiting = this.#waiting.filter(({ name }) => button.name && name !== button.name);
        this.#waiting.push({ form, name: button.name, value: button.value });
        void this.#sendAll();
      });
    }
  }

  /** What was tapped looks tapped at once. @param {string} name @param {string} value */
  #show(name, value) {
    if (!name) return;
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (
      this.#root.querySelectorAll(`button[name="${name}"]`)
    )) {
      button.setAttribute("aria-pressed", String(button.value === value));
    }
  }

  /** @param {Response} answer @param {Tap} tap */
  async #take(answer, { form, name, value }) {
    try {
      if (!answer.ok) throw new Error(String(answer.status));
      this.#put(await answer.text(), name, value);
    } catch {
      if (this.#leaving) return;
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
    for (const tap of this.#waiting) this.#show(tap.name, tap.value);
    const kept = fresh.querySelector("[data-daily-kept]");
    this.#said.textContent = kept?.textContent ?? "";
    if (!held) return;
    const button = name ? fresh.querySelector(`button[name="${name}"][value="${value}"]`) : fresh;
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
  }
}

/** It arrives also where the page is gone by then. @param {Tap} tap */
function post({ form, name, value }) {
  const body = new URLSearchParams(name ? { [name]: value } : {});
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return fetch(form.getAttribute("action") ?? "", { method: "POST", body, keepalive: true, signal });
}

const root = document.querySelector("[data-daily]");
if (root instanceof HTMLElement) new Daily(root);
