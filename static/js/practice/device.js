// @ts-check
/** The page "This phone": on and off, the PIN, what waits, and deleting it all. */

import { button, find, part, show, write } from "../components/dom.js";
import { LOCALE, t } from "../components/language.js";
import { ask } from "./ask.js";
import { whatWouldBeLost } from "./leaving.js";
import { Phone } from "./phone.js";
import { aside_words, trouble_words, waiting_words } from "./phone-words.js";
import { problem } from "./pin.js";
import { fetchBundle } from "./refresh.js";
import { Trouble } from "./store.js";
import { isReady, register, unregister } from "./worker.js";

/** @typedef {Event & {prompt(): Promise<unknown>}} InstallPrompt */
/** @typedef {'signed_out' | 'offline' | 'somebody_else' | 'refused'} NotFetched */

class DevicePage {
  #root;
  #phone;
  #say;
  #form;
  /** @type {InstallPrompt | null} */
  #prompt = null;

  /** @param {HTMLElement} root @param {Phone} phone */
  constructor(root, phone) {
    this.#root = root;
    this.#phone = phone;
    this.#say = part(root, "[data-say]");
    this.#form = find(root, '[data-form="pin"]', HTMLFormElement);
    /** @type {Record<string, () => Promise<unknown>>} */
    const acts = {
      on: () => this.#on(),
      off: () => this.#off(),
      refresh: () => this.#refresh(),
      deliver: () => this.#deliver(),
      forget: () => this.#forget(),
      read: () => phone.readKeptAside(),
      install: () => this.#install(),
    };
    for (const [name, act] of Object.entries(acts)) {
      const pressed = button(root, `[data-do="${name}"]`);
      pressed.addEventListener("click", () => void this.#once(pressed, act));
    }
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const pressed = /** @type {HTMLButtonElement} */ (event.submitter);
      void this.#once(pressed, () => this.#pin(pressed.value === "remove"));
    });
    addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.#prompt = /** @type {InstallPrompt} */ (event);
      show(part(root, "[data-install]"), true);
    });
    phone.addEventListener("change", () => void this.#show());
  }

  async begin() {
    await this.#show();
    this.#root.removeAttribute("data-opening");
    if (this.#phone.owner) void this.#whose();
  }

  /** Whether what is kept here is of whoever is signed in: the network alone knows, and fetches it anew at once. */
  async #whose() {
    /** @type {import("./phone.js").Refreshed} */
    const found = await new Promise((told) => void this.#phone.refresh({ told }));
    show(part(this.#root, "[data-others]"), found.state === "somebody_else" && this.#phone.owner !== null);
  }

  async #on() {
    const found = await fetchBundle();
    if (found.state !== "fresh") return this.#tell(notFetched(found.state));
    const { owner } = this.#phone;
    if (owner && owner !== found.bundle.you.id && !(await this.#mayReplace())) return;
    try {
      await this.#phone.turnOn(found.bundle);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      return this.#tell(trouble_words(error.why));
    }
    // A wish that the browser may refuse; what it said stands on the page.
    await globalThis.navigator.storage?.persist?.().catch(() => false);
    this.#tell(t("One moment: the pages of a practice come onto this phone."));
    const ready = (await register()) && (await isReady());
    this.#tell(
      ready
        ? t("It is on. From now on a practice works here without network.")
        : t(
            "Your programme is here, but this browser cannot open Ebb without network. An open page goes on working.",
          ),
    );
    await this.#show();
  }

  #mayReplace() {
    return ask({
      title: t("Somebody else's practice is kept here"),
      words: [t("Turning it on for you deletes it, with what waits to be delivered.")],
      yes: t("Delete it, and turn it on for me"),
      no: t("Not now"),
    });
  }

  async #off() {
    const lost = await whatWouldBeLost(this.#phone);
    const sure = await ask({
      title: t("Turn it off and delete everything?"),
      words: lost.length ? lost : [t("Nothing waits here. You can turn it on again at any time.")],
      yes: t("Delete everything"),
      no: t("Not now"),
    });
    if (!sure) return;
    await this.#phone.turnOff();
    await unregister();
    show(part(this.#root, "[data-others]"), false);
    this.#tell(t("It is off, and nothing is kept on this phone any more."));
  }

  async #refresh() {
    const { state } = await this.#phone.refresh();
    this.#tell(state === "fresh" ? t("Your programme is fetched.") : notFetched(state));
  }

  async #deliver() {
    const { say } = await this.#phone.deliver();
    this.#tell(say ?? t("Nothing waits here to be delivered."));
  }

  async #forget() {
    const sure = await ask({
      title: t("Delete what the PIN locks?"),
      words: [t("Practices that wait to be delivered stay, and are delivered.")],
      yes: t("Delete it"),
      no: t("Not now"),
    });
    if (!sure) return;
    await this.#phone.forgetPin();
    this.#tell(t("It is deleted. Turn it on again to fetch your programme."));
  }

  /** @param {boolean} remove */
  async #pin(remove) {
    const { now, pin, again } = Object.fromEntries(
      ["now", "pin", "again"].map((name) => [name, this.#field(name)]),
    );
    const wrong = remove ? null : problem(pin.value, again.value);
    this.#wrong("now", null);
    this.#wrong("pin", wrong);
    if (wrong) return;
    const answer = await this.#phone.setPin(remove ? null : pin.value, now.value);
    if (!answer.open) {
      return this.#wrong(
        "now",
        answer.say || t("Not while a practice is under way. Finish it first, then come back."),
      );
    }
    this.#form.reset();
    this.#tell(
      remove
        ? t("The PIN is removed. What is kept here has a new lock.")
        : t("The PIN is set. It is asked for when a practice is opened."),
    );
  }

  async #install() {
    await this.#prompt?.prompt();
    this.#prompt = null;
    show(part(this.#root, "[data-install]"), false);
  }

  /** @param {string} name */
  #field(name) {
    return find(this.#form, `[name="${name}"]`, HTMLInputElement);
  }

  /** @param {string} name @param {string | null} words */
  #wrong(name, words) {
    const line = part(this.#form, `#e-${name}`);
    write(line, words ?? "");
    show(line, words !== null);
    const field = this.#field(name);
    if (words === null) return field.removeAttribute("aria-invalid");
    field.setAttribute("aria-invalid", "true");
    // Where there is no PIN yet, there is nothing to be typed anew.
    if (field.checkVisibility?.() ?? true) field.focus();
    else this.#tell(words);
  }

  /** @param {HTMLButtonElement} pressed @param {() => Promise<unknown>} act */
  async #once(pressed, act) {
    pressed.disabled = true;
    this.#root.setAttribute("aria-busy", "true");
    try {
      await act();
    } finally {
      pressed.disabled = false;
      this.#root.removeAttribute("aria-busy");
    }
  }

  /** @param {string} words */
  #tell(words) {
    write(this.#say, words);
    show(this.#say, true);
    this.#say.scrollIntoView({ block: "nearest" });
  }

  async #show() {
    const phone = this.#phone;
    const on = phone.state !== "off";
    for (const element of this.#all("[data-part]")) {
      const { part: name } = element.dataset;
      if (name !== "install") show(element, name === (on ? "on" : "off"));
    }
    for (const element of this.#all("[data-pin]"))
      show(element, element.dataset.pin === (phone.hasPin ? "set" : "none"));
    show(part(this.#root, "[data-trouble]"), phone.trouble !== null);
    write(part(this.#root, "[data-trouble]"), phone.trouble ?? "");
    show(part(this.#root, "[data-aside]"), phone.keptAside > 0);
    write(part(this.#root, "[data-aside-words]"), phone.keptAside ? aside_words(phone.keptAside) : "");
    const [bundle, waiting, lasts] = [await phone.bundle(), await phone.waiting(), await isLasting()];
    write(part(this.#root, "[data-programme]"), programme_words(phone, bundle?.fetched_ms ?? null));
    show(button(this.#root, '[data-do="refresh"]'), phone.state === "open");
    write(part(this.#root, "[data-waiting]"), waiting_words(waiting));
    show(button(this.#root, '[data-do="deliver"]'), waiting > 0);
    show(part(this.#root, "[data-sign-in]"), waiting > 0 && phone.delivery?.state === "signed_out");
    write(
      part(this.#root, "[data-lasting]"),
      lasts
        ? t("The browser has promised not to clear it on its own.")
        : t(
            "The browser may clear it when room is short. What is delivered is safe, what waits here would be lost.",
          ),
    );
  }

  /** @param {string} selector */
  #all(selector) {
    return /** @type {NodeListOf<HTMLElement>} */ (this.#root.querySelectorAll(selector));
  }
}

/** @param {Phone} phone @param {number | null} fetched_ms */
function programme_words(phone, fetched_ms) {
  if (phone.state === "locked")
    return t("Locked. Your PIN opens it when you practise, and fetches it again then.");
  if (fetched_ms === null) return t("Not here yet.");
  const day = new Intl.DateTimeFormat(LOCALE, {
    day: "numeric",
    month: "long",
    hour: "numeric",
    minute: "2-digit",
  });
  return t("Fetched {day}. It is fetched again when Ebb is opened with a network.", {
    day: day.format(fetched_ms),
  });
}

/** @param {NotFetched} state */
function notFetched(state) {
  switch (state) {
    case "signed_out":
      return t("Sign in first, then come back to this page.");
    case "offline":
      return t("There is no network now, or the clinic's computer does not answer. Try again when there is.");
    case "somebody_else":
      return t("Somebody else is signed in here. This is for the person whose programme it is.");
    case "refused":
      return t("The clinic's computer could not tell your programme. Try again later, or tell your clinic.");
    default:
      throw new TypeError("an answer without words");
  }
}

async function isLasting() {
  return (await globalThis.navigator.storage?.persisted?.().catch(() => false)) ?? false;
}

const root = document.querySelector('[data-module="device"]');
if (root instanceof HTMLElement) await new DevicePage(root, await Phone.open()).begin();
