// @ts-check
/** The library on the therapist's side: what can be offered now, with which size and for how long, and why not. */

import { List, make, onPress } from "../components/dom.js";
import { t } from "../components/language.js";
import { barred, reviewed } from "./stage-words.js";
import { inTongue } from "./tongue.js";
import { duration, HALF_STEPS } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Rung} Rung */
/** @typedef {import("./library.js").Exercise} Exercise */
/** @typedef {import("./room.js").Room} Room */
/** @typedef {{slug: string, reason: string, rungs: Rung[], rung: string | null, half_step: string | null}} Offer */

/** @type {{rungs: Rung[], rung: string | null, half_step?: string | null}} */
const NO_LADDER = { rungs: [], rung: null };
const MINUTES = [2, 5, 8, 10, 15, 20, 30];

export class Offers {
  #room;
  #element;
  #list;

  /** @param {Room} room @param {HTMLElement} element */
  constructor(room, element) {
    this.#room = room;
    this.#element = element;
    this.#list = new List(element, (/** @type {Offer} */ offer) => this.#row(offer));
  }

  /** @param {View | null} view @param {string} patient */
  show(view, patient) {
    if (!view) return;
    const offers = this.#room.library.all.map(([slug, exercise]) => {
      const { rungs, rung, half_step = null } = exercise.uses_ladder ? view.care : NO_LADDER;
      return { slug, reason: barred(slug, exercise, view, patient), rungs, rung, half_step };
    });
    // What can be offered stands first; the order of the library is kept within.
    offers.sort((a, b) => Number(a.reason !== "") - Number(b.reason !== ""));
    this.#list.show(offers);
    const busy = view.phase !== "open" || view.stopped !== null || Boolean(view.activity?.started_at);
    for (const button of this.#element.querySelectorAll("button[data-offer]")) {
      if (button instanceof HTMLButtonElement) button.disabled = busy || button.hasAttribute("data-barred");
    }
  }

  focus() {
    const first = this.#element.querySelector("button[data-offer]:not(:disabled)");
    if (first instanceof HTMLElement) first.focus();
  }

  /** @param {Offer} offer */
  #row({ slug, reason, rungs, rung, half_step }) {
    const exercise = /** @type {Exercise} */ (this.#room.library.exercise(slug));
    const title = make("span", { id: `offer-${slug}`, ...inTongue(exercise) }, [exercise.title]);
    const details = [duration(exercise.seconds)];
    if (exercise.internal) details.push(t("each step inside asks again"));
    if (exercise.with_support) details.push(t("with a support person in the visit"));
    if (exercise.recovery) details.push(t("also while uneasy"));
    const now = rungs.find(({ id }) => id === rung);
    if (now) {
      const size = [now.label, HALF_STEPS[half_step ?? ""]].filter(Boolean).join(", ");
      details.push(t("now at {size}", { size }));
    }
    const about = make("span", {}, [title]);
    const draft = reviewed(exercise);
    about.append(make("small", { text: [reason || `${details.join(", ")}.`, draft].join(" ").trim() }));
    const sizes = make("select", {
      class: "ebb-field",
      "aria-label": t("Size for {title}", { title: exercise.title }),
    });
    sizes.append(...rungs.map(({ id, label }) => make("option", { value: id, text: label })));
    if (rung) sizes.value = rung;
    const minutes = make("select", {
      class: "ebb-field",
      "aria-label": t("Minutes for {title}", { title: exercise.title }),
    });
    minutes.append(make("option", { value: "", text: duration(exercise.seconds) }));
    minutes.append(
      ...MINUTES.map((count) => make("option", { value: String(count), text: t("{n} min", { n: count }) })),
    );
    if (rungs.length && !reason) about.append(make("span", { class: "ebb-pair" }, [sizes, minutes]));
    const offer = make("button", {
      class: "ebb-button",
      type: "button",
      "data-offer": slug,
      "data-key": slug,
      "aria-describedby": `offer-${slug}`,
      text: t("Offer"),
    });
    if (reason) offer.setAttribute("data-barred", "");
    onPress(offer, () => {
      const chosen = rungs.length
        ? { rung: sizes.value, ...(minutes.value && { minutes: Number(minutes.value) }) }
        : {};
      void this.#room.ask({ type: "activity.offer", exercise: slug, ...chosen });
    });
    return make("li", {}, [about, offer]);
  }
}
