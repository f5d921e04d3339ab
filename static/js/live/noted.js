// @ts-check
/** What comes in and what is written down on the therapist's side: check-ins, those that were heard, messages, notes. */

import { Checkin } from "../components/checkin.js";
import { kindOf, lastOf, told } from "../components/checkin-words.js";
import { button, find, List, make, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Talk } from "../components/talk.js";
import { checkinLine, hour } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Checkin} Entry */
/** @typedef {import("./messages.js").Note} Note */
/** @typedef {import("./room.js").Room} Room */

export class Noted {
  #room;
  #heard;
  #form;
  #talk;
  #checkins;
  #notes;
  #field;
  /** @type {Record<string, import("../components/checkin-words.js").Last>} */
  #earlier;
  /** The exercise that ran last, and its size. @type {{slug: string, rung: string | null}} */
  #last = { slug: "", rung: null };
  /** What the form for heard check-ins was made for. */
  #made = "";
  /** @type {string[]} */
  #situations;
  /** Whether the form is about a situation of their list, and not about what was done. */
  #met = false;

  /** @param {Room} room @param {string} patient */
  constructor(room, patient) {
    this.#room = room;
    const { root } = room;
    this.#earlier = told(room.data("last"), {});
    this.#situations = told(room.data("situations"), []);
    this.#heard = find(root, "[data-heard]", HTMLDetailsElement);
    this.#form = new Checkin(find(root, "[data-checkin]", HTMLFormElement), {
      heard: true,
      save: (kind, answers) => this.#save(kind, answers),
    });
    this.#talk = new Talk(part(root, "[data-talk]"), {
      mine: "therapist",
      names: { patient, support: t("Support person") },
      send: (text) => room.ask({ type: "message.say", text }),
    });
    this.#checkins = new List(part(root, "[data-checkins]"), (/** @type {Entry} */ entry) => {
      const time = hour(entry.at);
      const who = entry.heard ? t("Heard, {time}", { time }) : t("{who}, {time}", { who: patient, time });
      const said = make("dd", { text: checkinLine(entry) });
      said.classList.toggle("ebb-came__struck", entry.answers === null);
      return make("div", {}, [make("dt", { text: who }), said]);
    });
    this.#notes = new List(part(root, "[data-notes]"), (/** @type {Note} */ { at, text }) =>
      make("li", {}, [make("p", { class: "ebb-note", text: hour(at) }), text]),
    );
    this.#field = find(root, "[data-note]", HTMLTextAreaElement);
    find(root, "[data-note-form]", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#keep();
    });
    this.#heard.addEventListener("toggle", () => this.#heard.open && this.#prepare());
    show(part(root, "[data-heard-about]"), this.#situations.length > 0);
    button(root, "[data-heard-met]").addEventListener("click", () => {
      this.#met = !this.#met;
      this.#prepare();
    });
  }

  /** @param {View | null} view */
  show(view) {
    if (!view) return;
    if (view.activity?.started_at) this.#last = { slug: view.activity.exercise, rung: view.activity.rung };
    this.#checkins.show([...view.checkins].reverse());
    this.#talk.show(view.messages);
    this.#notes.show(view.notes ?? []);
    show(this.#heard, view.phase === "open");
  }

  /** @param {'message' | 'note'} what */
  focus(what) {
    if (what === "message") this.#talk.focus();
    else this.#field.focus();
  }

  #prepare() {
    const { view, library, root } = this.#room;
    write(
      button(root, "[data-heard-met]"),
      this.#met ? t("Rather what was done just now") : t("Rather a situation of their list"),
    );
    if (this.#met) {
      if (this.#made !== "exposure") this.#form.ask("exposure", { situations: this.#situations });
      this.#made = "exposure";
      return;
    }
    const kind = kindOf(library.exercise(this.#last.slug));
    const last = lastOf(kind, view?.checkins ?? [], this.#earlier);
    const rung = this.#last.rung ?? (last?.rung ? null : (view?.care.rung ?? null));
    const key = `${kind} ${rung} ${JSON.stringify(last)}`;
    if (key === this.#made) return;
    this.#made = key;
    this.#form.ask(kind, { rungs: view?.care.rungs ?? [], rung, last });
  }

  /** @param {import("../components/checkin-words.js").Kind} kind @param {import("./messages.js").Answers} answers */
  async #save(kind, answers) {
    const answer = await this.#room.ask({ type: "checkin.record", kind, answers, heard: true });
    if (!answer.ok) return answer.message;
    this.#made = "";
    this.#met = false;
    this.#heard.open = false;
    return "";
  }

  async #keep() {
    const text = this.#field.value.trim();
    if (!text) return;
    const { ok } = await this.#room.ask({ type: "note.write", text });
    if (ok && this.#field.value.trim() === text) this.#field.value = "";
  }
}
