// @ts-check
/** "Something is wrong", without a network: whom to call comes first, then what it is, then who reads it and when. */

import { make, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Sheet } from "../components/sheet.js";
import { around, flagList, help, numbers, tel, ticked } from "./flags.js";
import { therapistOf } from "./practice-words.js";

/** @typedef {import("./own-machine.js").Bundle} Bundle */
/** @typedef {{flags: string[], note?: string}} Told */

export class Wrong {
  #place;
  #bundle;
  #tell;
  #done;
  #level;

  /**
   * @param {HTMLElement} place
   * @param {{bundle: Bundle, tell: (told: Told) => Promise<import("../live/messages.js").Answer>, done: () => void,
   *   level: 2 | 3}} parts `level` of the headings
   */
  constructor(place, { bundle, tell, done, level }) {
    this.#place = place;
    this.#bundle = bundle;
    this.#tell = tell;
    this.#done = done;
    this.#level = level;
  }

  /** The form, fresh. */
  ask() {
    const { clinic } = this.#bundle;
    const therapist = therapistOf(this.#bundle);
    const error = make("p", { class: "ebb-form__error", role: "alert", hidden: "" });
    const note = make("textarea", { class: "ebb-field", id: "wrong-note", rows: "3", maxlength: "500" });
    const send = make("button", {
      class: "ebb-button ebb-button--main ebb-button--tall",
      type: "submit",
      text: t("Keep it for {therapist}", { therapist }),
    });
    const form = make("form", { class: "ebb-form ebb-wrong" }, [
      flagList(
        this.#bundle,
        {
          legend: t("What is it?"),
          hint: t("Tick what is true now. It decides what you are told next, and what waits."),
        },
        this.#level,
      ),
      make("div", { class: "ebb-form__field" }, [
        make("label", { class: "ebb-form__label", for: "wrong-note" }, [
          t("In your own words"),
          " ",
          make("span", { class: "ebb-form__optional", text: t("(optional)") }),
        ]),
        note,
      ]),
      // Beside the button, which stays in sight however long the list is.
      make("div", { class: "ebb-form__foot" }, [error, send]),
    ]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send(form, note.value.trim(), error);
    });
    this.#place.replaceChildren(
      make("p", { class: "ebb-lead" }, [
        ...around(
          t("If you are in danger or very unwell, call {number} now. This page can wait."),
          tel(clinic.emergency_number),
        ),
      ]),
      numbers(clinic),
      make("p", {}, [
        make("strong", { text: t("Nobody watches this page.") }),
        " ",
        t("What you tell is kept on this phone, and {therapist} can read it once the phone is online.", {
          therapist,
        }),
      ]),
      form,
    );
  }

  /** @param {HTMLFormElement} form @param {string} note @param {HTMLElement} error */
  async #send(form, note, error) {
    const flags = ticked(form);
    if (!flags.length && !note) {
      write(error, t("Tick what fits, or write a line. One word is enough."));
      return show(error, true);
    }
    const answer = await this.#tell({ flags, ...(note && { note }) });
    if (!answer.ok) {
      write(error, answer.message);
      return show(error, true);
    }
    const { title, parts } = help(this.#bundle, flags.length ? flags : ["unsure"], therapistOf(this.#bundle));
    const heading = make(`h${this.#level}`, { tabindex: "-1", text: title });
    const close = make("button", {
      class: "ebb-button ebb-button--tall",
      type: "button",
      text: t("Close"),
    });
    close.addEventListener("click", () => this.#done());
    this.#place.replaceChildren(heading, ...parts, make("p", {}, [close]));
    heading.focus();
  }
}

/**
 * In the room: a sheet over it, opened by every button that says so.
 * @param {HTMLElement} root
 * @param {{bundle: Bundle, tell: (told: Told) => Promise<import("../live/messages.js").Answer>}} parts
 */
export function wrongSheet(root, parts) {
  const sheet = new Sheet(/** @type {HTMLDialogElement} */ (part(root, "[data-wrong-sheet]")));
  const wrong = new Wrong(part(root, "[data-wrong]"), { ...parts, done: () => sheet.close(), level: 3 });
  for (const open of root.querySelectorAll("[data-wrong-open]"))
    open.addEventListener("click", () => {
      wrong.ask();
      sheet.show();
    });
}
