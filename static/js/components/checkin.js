// @ts-check
/**
 * The check-in: what happened, in under half a minute. Only the outcome is asked for; a slider that nobody
 * touched gives no number, and what a closed gate hides is not sent.
 */

import { make, show, write } from "./dom.js";

/** @typedef {import("../live/messages.js").Answers} Answers */
/** @typedef {import("../live/messages.js").Rung} Rung */
/** @typedef {'relaxation' | 'rung'} Kind */
/** `heard` is how a therapist writes it down. @typedef {{value: string, words: string, heard?: string, wide?: boolean}} Choice */

/** @type {Record<Kind, Choice[]>} */
const OUTCOMES = {
  relaxation: [
    { value: "done", words: "As planned" },
    { value: "partly", words: "In part" },
    { value: "stopped_early", words: "I stopped early", heard: "Stopped early" },
    { value: "chose_not_to", words: "I chose not to", heard: "Chose not to" },
  ],
  rung: [
    { value: "completed", words: "As planned" },
    { value: "partly", words: "In part" },
    { value: "stopped_early", words: "I stopped early", heard: "Stopped early" },
    { value: "did_not_start", words: "I didn’t begin", heard: "Did not begin" },
    {
      value: "chose_not_to_insert",
      words: "I chose not to insert today",
      heard: "Chose not to insert",
      wide: true,
    },
  ],
};
/** After these there is nothing to ask about what was felt inside. Bleeding may be the very reason, so it stays. */
const CLOSED = new Set(["chose_not_to", "chose_not_to_insert", "did_not_start"]);

/** @type {Choice[]} */
const FELT = [
  { value: "let_go", words: "Something let go" },
  { value: "nothing", words: "Nothing" },
  { value: "tightened", words: "It tightened" },
  { value: "pushed", words: "I pushed", heard: "They pushed" },
];
/** @type {Choice[]} */
const BLEEDING = [
  { value: "none", words: "None" },
  { value: "trace", words: "A trace" },
  { value: "pink", words: "Pink" },
  { value: "fresh_red", words: "Fresh red" },
  { value: "heavy", words: "Heavy", wide: true },
];

let made = 0;

/**
 * Only what was given and what its gate leaves open.
 * @param {Kind} kind
 * @param {Record<string, string>} texts chosen words by name
 * @param {Record<string, number | null>} ratings sliders by name; null is untouched
 * @returns {Answers | null} null while there is no outcome
 */
export function answersOf(kind, texts, ratings) {
  const { outcome } = texts;
  if (!OUTCOMES[kind].some(({ value }) => value === outcome)) return null;
  const closed = CLOSED.has(outcome);
  /** @type {Answers} */
  const answers = { outcome };
  const minutes = Number.parseInt(texts.minutes ?? "", 10);
  if (kind === "rung" && texts.rung) answers.rung = texts.rung;
  if (kind === "rung" && !closed && minutes >= 0 && minutes <= 240) answers.minutes = minutes;
  for (const [name, value] of Object.entries(ratings)) {
    const gated = name === "pain" || name === "pain_worst" || name === "pain_after";
    if (value !== null && !(closed && gated)) answers[name] = value;
  }
  for (const name of ["felt", "bleeding"])
    if (texts[name] && !(closed && name === "felt")) answers[name] = texts[name];
  const note = (texts.note ?? "").trim();
  if (note) answers.note = note;
  return answers;
}

/** The highest pain in these answers, or null. @param {Answers} answers */
export function worstPain(answers) {
  const given = ["pain", "pain_before", "pain_worst", "pain_after"].map((name) => answers[name]);
  const numbers = given.filter((value) => typeof value === "number");
  return numbers.length ? Math.max(...numbers) : null;
}

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
  const output = make("output", { for: id, text: "not set" });
  input.setAttribute("aria-valuetext", "not set");
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

export class Checkin {
  #form;
  #group;
  #error = make("p", { class: "ebb-form__error", role: "alert", hidden: "" });
  #send = make("button", { class: "ebb-button ebb-button--main ebb-button--tall", type: "submit" });
  #foot;
  #save;
  /** @type {Kind} */
  #kind = "relaxation";
  #heard;

  /**
   * @param {HTMLFormElement} form empty; its fields are made here
   * @param {{heard?: boolean, save: (kind: Kind, answers: Answers) => Promise<string>, later?: () => void}} options
   * `save` gives the sentence of a refusal, or an empty one when it is stored; `later` closes without saving
   */
  constructor(form, { heard = false, save, later }) {
    this.#form = form;
    this.#save = save;
    this.#heard = heard;
    made += 1;
    this.#group = `checkin-${made}`;
    this.#send.append(heard ? "Keep what I heard" : "Save and share");
    if (heard) this.#send.classList.remove("ebb-button--main", "ebb-button--tall");
    form.classList.add("ebb-form");
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    form.addEventListener("change", () => this.#gate());
    const away = make("button", { class: "ebb-button ebb-button--tall", type: "button", text: "Not now" });
    away.addEventListener("click", () => later?.());
    this.#foot = make("div", { class: "ebb-form__foot" }, later ? [away, this.#send] : [this.#send]);
  }

  /** Fresh and unset. @param {Kind} kind @param {Rung[]} [rungs] @param {string | null} [rung] the one that was used */
  ask(kind, rungs = [], rung = null) {
    const group = this.#group;
    this.#kind = kind;
    /** @type {HTMLElement[]} */
    const parts = [choice(group, "outcome", "What happened", OUTCOMES[kind], this.#heard)];
    if (kind === "rung") {
      const sizes = make("select", { "data-name": "rung" });
      sizes.append(...rungs.map(({ id, label }) => make("option", { value: id, text: label })));
      if (rung) sizes.value = rung;
      const minutes = make("input", {
        type: "number",
        min: "0",
        max: "240",
        inputmode: "numeric",
        "data-name": "minutes",
      });
      if (rungs.length) parts.push(field(`${group}-rung`, "With", sizes));
      parts.push(field(`${group}-minutes`, "Minutes with it inside, if you know", minutes));
      const pains = [
        rating(group, "pain_before", "Before"),
        rating(group, "pain_worst", "At its most"),
        rating(group, "pain_after", "After"),
      ];
      parts.push(
        make("fieldset", {}, [make("legend", { text: "Pain, from 0 (none) to 10 (most)" }), ...pains]),
      );
      const worry = make("details", { class: "ebb-quiet" }, [
        make("summary", { text: this.#heard ? "Bleeding" : "I am bleeding, or I was" }),
        make("div", { class: "ebb-quiet__body" }, [
          choice(group, "bleeding", "Bleeding", BLEEDING, this.#heard),
        ]),
      ]);
      parts.push(worry);
    } else {
      const felt = this.#heard ? "What they felt" : "What did you feel?";
      parts.push(choice(group, "felt", felt, FELT, this.#heard));
      const ratings = [rating(group, "worry", "Worry"), rating(group, "pain", "Pain")];
      parts.push(make("fieldset", {}, [make("legend", { text: "From 0 (none) to 10 (most)" }), ...ratings]));
    }
    const note = make("textarea", { maxlength: "500", rows: "2", "data-name": "note" });
    parts.push(field(`${group}-note`, "In your own words (optional)", note));
    this.#form.replaceChildren(...parts, this.#error, this.#foot);
    show(this.#error, false);
    this.#gate();
  }

  /** @returns {Record<string, string>} */
  #texts() {
    /** @type {Record<string, string>} */
    const texts = {};
    for (const input of this.#form.querySelectorAll("[data-name]")) {
      if (input instanceof HTMLInputElement && input.type === "radio" && !input.checked) continue;
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

  #gate() {
    const closed = CLOSED.has(this.#texts().outcome ?? "");
    for (const name of ["minutes", "pain", "pain_worst", "pain_after", "felt"]) {
      const row = this.#form.querySelector(`[data-part="${name}"]`);
      if (row instanceof HTMLElement) show(row, !closed);
    }
  }

  async #submit() {
    const answers = answersOf(this.#kind, this.#texts(), this.#ratings());
    if (answers === null) return this.#say("Choose what happened. Everything else is up to you.");
    this.#send.disabled = true;
    const refusal = await this.#save(this.#kind, answers);
    this.#send.disabled = false;
    this.#say(refusal);
  }

  /** @param {string} text */
  #say(text) {
    write(this.#error, text);
    show(this.#error, text !== "");
  }
}
