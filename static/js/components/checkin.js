// @ts-check
/**
 * The check-in: what happened, in under half a minute. Only the outcome is asked for; a slider that nobody
 * touched gives no number, and what a closed gate hides is not sent.
 *
 * The quick path is "Same as last time", three sliders, Save: it fills in what one did, never what one felt.
 */

import { answersOf, BLEEDING, FELT, isClosed, SHAPES, sameWords } from "./checkin-words.js";
import { make, show, write } from "./dom.js";
import { t } from "./language.js";

/** @typedef {import("../live/messages.js").Answers} Answers */
/** @typedef {import("../live/messages.js").Rung} Rung */
/** @typedef {import("./checkin-words.js").Kind} Kind */
/** @typedef {import("./checkin-words.js").Choice} Choice */
/** @typedef {import("./checkin-words.js").Field} Field */
/** @typedef {import("./checkin-words.js").Last} Last */
/**
 * `rung` is the one that was used, where the room knows; `last` what "same as last time" stands for, `same` whether
 * that was pressed already; `situations` those of the exposure list.
 * @typedef {{rungs?: Rung[], rung?: string | null, last?: Last | null, same?: boolean, situations?: string[]}} About
 */

let made = 0;

/** One of several, large enough for a thumb. @param {string} group @param {string} name @param {string} legend @param {Choice[]} choices @param {boolean} asHeard */
function choice(group, name, legend, choices, asHeard) {
  const labels = choices.map(({ value, words, heard, wide }) =>
    make("label", wide ? { class: "ebb-choices__wide" } : {}, [
      make("input", { type: "radio", name: `${group}-${name}`, value, "data-name": name }),
      (asHeard && heard) || words,
    ]),
  );
  return make("fieldset", { "data-part": name }, [
    make("legend", { text: legend }),
    make("div", { class: "ebb-choices" }, labels),
  ]);
}

/** A slider without a number until it is touched. @param {string} group @param {string} name @param {string} words */
function rating(group, name, words) {
  const id = `${group}-${name}`;
  const input = make("input", { id, type: "range", min: "0", max: "10", value: "0", "data-rating": name });
  const output = make("output", { for: id, text: t("not set") });
  input.setAttribute("aria-valuetext", t("not set"));
  const row = make("div", { class: "ebb-rate", "data-unset": "", "data-part": name }, [
    make("label", { for: id, text: words }),
    output,
    input,
  ]);
  const set = () => {
    row.removeAttribute("data-unset");
    input.removeAttribute("aria-valuetext");
    write(output, input.value);
  };
  // A tap on 0 moves nothing, and still says 0.
  input.addEventListener("input", set);
  input.addEventListener("pointerup", set);
  input.addEventListener("keydown", ({ key }) => key === "Home" && set());
  return row;
}

/** @param {string} id @param {string} words @param {HTMLElement} input */
function field(id, words, input) {
  input.id = id;
  input.classList.add("ebb-field");
  return make("div", { class: "ebb-form__field", "data-part": input.dataset.name ?? "" }, [
    make("label", { class: "ebb-form__label", for: id, text: words }),
    input,
  ]);
}

/** @param {string} group @param {Field} of @param {boolean} heard */
function fieldOf(group, { name, as, words, heard: asHeard, choices = [] }, heard) {
  const text = (heard && asHeard) || words;
  switch (as) {
    case "rating":
      return rating(group, name, text);
    case "choice":
      return choice(group, name, text, choices, heard);
    case "yes":
      return make("label", { class: "ebb-tick", "data-part": name }, [
        make("input", { type: "checkbox", value: "yes", "data-name": name }),
        text,
      ]);
    case "minutes": {
      const range = { type: "number", min: "0", max: "240", inputmode: "numeric" };
      return field(`${group}-${name}`, text, make("input", { ...range, "data-name": name }));
    }
    default: {
      const area = make("textarea", { maxlength: "500", rows: "2", "data-name": name });
      return field(`${group}-${name}`, t("{question} (optional)", { question: text }), area);
    }
  }
}

/** @param {string} summary @param {HTMLElement[]} body */
function disclosure(summary, body) {
  return make("details", { class: "ebb-quiet" }, [
    make("summary", { text: summary }),
    make("div", { class: "ebb-quiet__body" }, body),
  ]);
}

export class Checkin {
  #form;
  #group;
  #error = make("p", { class: "ebb-form__error", role: "alert", hidden: "" });
  #send = make("button", { class: "ebb-button ebb-button--main ebb-button--tall", type: "submit" });
  #foot;
  #save;
  /** @type {Kind} */
  #kind = "relaxation";
  /** @type {About} */
  #about = {};
  #heard;
  #more = disclosure(t("More, if you like"), []);
  /** @type {HTMLInputElement | null} */
  #same = null;
  #keep;
  /** Whether it is kept to oneself; only where that can be. @type {HTMLInputElement | null} */
  #private = null;

  /**
   * @param {HTMLFormElement} form empty; its fields are made here
   * @param {{heard?: boolean, save: (kind: Kind, answers: Answers, kept: boolean) => Promise<string>,
   *   later?: () => void, keep?: () => string[]}} options
   * `save` gives the sentence of a refusal, or an empty one when it is stored; `later` closes without saving; `keep`
   * says what is told all the same of what somebody keeps to themself, and nothing where that cannot be
   */
  constructor(form, { heard = false, save, later, keep = () => [] }) {
    this.#form = form;
    this.#save = save;
    this.#heard = heard;
    this.#keep = keep;
    made += 1;
    this.#group = `checkin-${made}`;
    if (heard) this.#send.classList.remove("ebb-button--main", "ebb-button--tall");
    form.classList.add("ebb-form", "ebb-checkin");
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    form.addEventListener("change", () => this.#gate());
    const away = make("button", { class: "ebb-button ebb-button--tall", type: "button", text: t("Not now") });
    away.addEventListener("click", () => later?.());
    this.#foot = make(
      "div",
      { class: "ebb-form__foot ebb-checkin__foot" },
      later ? [away, this.#send] : [this.#send],
    );
  }

  /** Fresh and unset. @param {Kind} kind @param {About} [about] */
  ask(kind, about = {}) {
    const [group, heard, shape] = [this.#group, this.#heard, SHAPES[kind]];
    this.#kind = kind;
    this.#about = about;
    const { rungs = [], situations = [], last = null } = about;
    const rung = rungs.find(({ id }) => id === this.#rung()) ?? null;
    this.#same = null;
    this.#private = null;
    /** @type {HTMLElement[]} */
    const parts = [];
    if (kind === "exposure")
      parts.push(
        this.#select(
          "situation",
          t("Which one"),
          situations.map((text) => [text, text]),
        ),
      );
    if (last) parts.push(this.#sameAs(last, rung));
    parts.push(choice(group, "outcome", t("What happened"), shape.outcomes, heard));
    if (kind === "relaxation")
      parts.push(choice(group, "felt", heard ? t("What they felt") : t("What did you feel?"), FELT, heard));
    const sliders = shape.quick.map(({ name, words }) => rating(group, name, words));
    parts.push(
      make("fieldset", { "data-part": "quick" }, [make("legend", { text: shape.legend }), ...sliders]),
    );
    const rest = [this.#rest(shape.more, rungs, rung)];
    if (shape.bleeds)
      rest.unshift(
        disclosure(heard ? t("Bleeding") : t("I am bleeding, or I was"), [
          choice(group, "bleeding", t("Bleeding"), BLEEDING, heard),
        ]),
      );
    parts.push(make("div", { class: "ebb-checkin__rest" }, rest));
    const kept = this.#keep();
    if (kept.length) parts.push(this.#keeping(kept));
    this.#form.replaceChildren(...parts, this.#error, this.#foot);
    show(this.#error, false);
    if (about.same && this.#same) this.#fill(true);
    this.#gate();
    this.#name();
  }

  /** The switch, and what it does not keep. @param {string[]} told */
  #keeping(told) {
    const [id, toldId] = ["private", "told"].map((name) => `${this.#group}-${name}`);
    this.#private = make("input", {
      id,
      type: "checkbox",
      "data-private": "",
      "aria-describedby": toldId,
    });
    this.#private.addEventListener("change", () => this.#name());
    return make("div", { class: "ebb-checkin__keep" }, [
      make("label", { class: "ebb-tick" }, [this.#private, t("Keep this to myself")]),
      make(
        "div",
        { class: "ebb-soft", id: toldId },
        told.map((text) => make("p", { text })),
      ),
    ]);
  }

  /** The button says who will read it. */
  #name() {
    const kept = this.#private?.checked ?? false;
    write(
      this.#send,
      this.#heard ? t("Keep what I heard") : kept ? t("Save for myself") : t("Save and share"),
    );
  }

  /** What this is about: the stage knows it better than the last time. */
  #rung() {
    const { rungs = [], rung = null, last = null } = this.#about;
    const known = (/** @type {string | null | undefined} */ id) => rungs.some((other) => other.id === id);
    return known(rung) ? rung : known(last?.rung) ? (last?.rung ?? null) : null;
  }

  /** Everything beyond the quick path; of one field alone there is no need to hide it. @param {Field[]} fields @param {Rung[]} rungs @param {Rung | null} rung */
  #rest(fields, rungs, rung) {
    const made = fields.map((one) => fieldOf(this.#group, one, this.#heard));
    if (rungs.length && this.#kind === "rung") {
      /** @type {[string, string][]} */
      const options = rungs.map(({ id, label }) => [id, label]);
      made.unshift(
        this.#select("rung", t("With"), rung ? options : [["", t("Not said")], ...options], rung?.id ?? ""),
      );
    }
    if (made.length === 1) return made[0];
    this.#more = disclosure(this.#heard ? t("More") : t("More, if you like"), made);
    return this.#more;
  }

  /** @param {string} name @param {string} words @param {[string, string][]} options @param {string} [value] */
  #select(name, words, options, value) {
    const select = make("select", { "data-name": name });
    select.append(...options.map(([id, text]) => make("option", { value: id, text })));
    if (value !== undefined) select.value = value;
    return field(`${this.#group}-${name}`, words, select);
  }

  /** @param {Last} last @param {Rung | null} rung */
  #sameAs(last, rung) {
    this.#same = make("input", { type: "checkbox", "data-same": "" });
    this.#same.addEventListener("change", () => this.#fill(this.#same?.checked ?? false));
    const change = make("button", { class: "ebb-link", type: "button", text: t("Change"), hidden: "" });
    change.addEventListener("click", () => this.#open());
    return make("div", { class: "ebb-same" }, [
      make("div", { class: "ebb-ends" }, [make("label", {}, [this.#same, t("Same as last time")]), change]),
      make("p", { class: "ebb-soft", text: sameWords(this.#kind, last, rung?.label ?? "", this.#heard) }),
    ]);
  }

  /** Fills in what one did, or takes it out again. @param {boolean} on */
  #fill(on) {
    const { last } = this.#about;
    if (!this.#same || !last) return;
    this.#same.checked = on;
    this.#put("outcome", on ? last.outcome : "");
    for (const name of SHAPES[this.#kind].same) this.#put(name, on ? String(last.answers[name] ?? "") : "");
    this.#quickly(on);
    this.#gate();
  }

  /** Nothing that was filled in is lost; it only can be seen and changed. */
  #open() {
    this.#quickly(false);
    this.#more.open = true;
    const outcome = this.#form.querySelector('[data-name="outcome"]:checked');
    if (outcome instanceof HTMLElement) outcome.focus();
  }

  /** Whether what "same as last time" has answered steps aside. @param {boolean} on */
  #quickly(on) {
    const outcome = this.#form.querySelector('[data-part="outcome"]');
    const change = this.#form.querySelector(".ebb-same button");
    if (outcome instanceof HTMLElement) show(outcome, !on);
    if (change instanceof HTMLElement) show(change, on);
  }

  /** @param {string} name @param {string} value */
  #put(name, value) {
    for (const input of this.#form.querySelectorAll(`[data-name="${name}"]`)) {
      if (!(input instanceof HTMLInputElement)) continue;
      if (input.type === "radio") input.checked = input.value === value;
      else input.value = value;
    }
  }

  /** @returns {Record<string, string>} */
  #texts() {
    /** @type {Record<string, string>} */
    const texts = {};
    for (const input of this.#form.querySelectorAll("[data-name]")) {
      const picked =
        input instanceof HTMLInputElement && (input.type === "radio" || input.type === "checkbox");
      if (picked && !input.checked) continue;
      const { value, dataset } = /** @type {HTMLInputElement} */ (input);
      texts[dataset.name ?? ""] = value;
    }
    return texts;
  }

  /** @returns {Record<string, number | null>} */
  #ratings() {
    /** @type {Record<string, number | null>} */
    const ratings = {};
    for (const row of this.#form.querySelectorAll(".ebb-rate")) {
      const input = row.querySelector("input");
      if (input)
        ratings[input.dataset.rating ?? ""] = row.hasAttribute("data-unset") ? null : input.valueAsNumber;
    }
    return ratings;
  }

  /** What the outcome leaves to ask. */
  #gate() {
    const outcome = this.#texts().outcome ?? "";
    for (const row of this.#form.querySelectorAll("[data-part]")) {
      const { part = "" } = /** @type {HTMLElement} */ (row).dataset;
      if (row instanceof HTMLElement && part !== "outcome" && part !== "quick")
        show(row, !isClosed(this.#kind, part, outcome));
    }
    const quick = this.#form.querySelector('[data-part="quick"]');
    const closed = SHAPES[this.#kind].quick.every(({ name }) => isClosed(this.#kind, name, outcome));
    if (quick instanceof HTMLElement) show(quick, !closed);
  }

  async #submit() {
    const answers = answersOf(this.#kind, this.#texts(), this.#ratings());
    if (answers === null) return this.#say(t("Choose what happened. Everything else is up to you."));
    this.#send.disabled = true;
    const refusal = await this.#save(this.#kind, answers, this.#private?.checked ?? false);
    this.#send.disabled = false;
    this.#say(refusal);
  }

  /** @param {string} text */
  #say(text) {
    write(this.#error, text);
    show(this.#error, text !== "");
  }
}
