// @ts-check
/** Who comes in and from where: the arrival check, the emergency plan of tonight, and what the rules noticed. */

import { List, make, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { hour } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Arrival} Arrival */
/** @typedef {import("./messages.js").Concern} Concern */
/** @typedef {[string, string]} Fact */

/** @type {Record<string, string>} */
const TIERS = {
  emergency: t("Act now."),
  same_day: t("See to it today."),
  pause: t("Before the next step inside."),
  note: t("For the review."),
};

const PHONE = t("Phone");

/** @param {boolean} value */
const yes = (value) => (value ? t("Yes") : t("No"));

/** @param {Arrival} arrival @returns {Fact[]} */
export function planFacts(arrival) {
  const there = arrival.people
    .map(({ role, in_room }) => (in_room ? t("{person} (in the room)", { person: role }) : role))
    .join(", ");
  return [
    [t("Where"), arrival.place ?? (arrival.place_given ? t("Given, and deleted since") : t("Not given"))],
    [PHONE, arrival.phone ?? (arrival.phone_given ? t("Given, and deleted since") : t("Not given"))],
    [t("Also there"), there || t("Nobody")],
    [
      t("Stop word"),
      arrival.stop_word ?? (arrival.stop_word_given ? t("Given, and deleted since") : t("None")),
    ],
    [t("Signal"), arrival.signal ?? t("None")],
    [t("If it breaks off"), arrival.call_back_ok ? t("You may call back") : t("Do not call back")],
    [t("Say on the phone"), arrival.phrase ?? t("Nothing agreed")],
    [t("After a stop"), afterStop(arrival)],
  ];
}

/** What they would have of voice then. @param {Arrival} arrival */
function afterStop({ after_stop }) {
  if (after_stop === "voice") return t("Your voice stays on for them");
  return after_stop === "written" ? t("Silence, and writing") : t("Not chosen: silence, and writing");
}

/** @param {Arrival} arrival @returns {Fact[]} */
export function arrivalFacts(arrival) {
  return [
    [t("Safe now"), yes(arrival.safe)],
    [t("Alone"), yes(arrival.alone)],
    [t("Agrees to a visit this way"), yes(arrival.telehealth_consent)],
    [t("Is who they say"), yes(arrival.identity)],
  ];
}

/** @param {Arrival} arrival */
function placeOf({ place, alone }) {
  const values = { place: place ?? t("Place not given") };
  return alone ? t("{place}, alone.", values) : t("{place}, not alone.", values);
}

/** @param {Fact} fact */
function row([name, value]) {
  const phone = name === PHONE && /\d/.test(value);
  const said = phone ? make("a", { href: `tel:${value.replaceAll(/[^+\d]/g, "")}`, text: value }) : value;
  return make("div", {}, [make("dt", { text: name }), make("dd", {}, [said])]);
}

export class Arrived {
  #root;
  #plan;
  #facts;
  #concerns;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#plan = new List(part(root, "[data-plan-facts]"), row);
    this.#facts = new List(part(root, "[data-arrival]"), row);
    this.#concerns = new List(part(root, "[data-concerns]"), (/** @type {Concern} */ { say, tier, at }) =>
      make("li", {}, [
        make("strong", { text: `${TIERS[tier] ?? ""} ` }),
        t(say),
        make("small", { text: hour(at) }),
      ]),
    );
  }

  /** @param {View | null} view @param {string} patient */
  show(view, patient) {
    const arrival = view?.arrival ?? null;
    const where = arrival ? placeOf(arrival) : t("Not arrived yet.");
    write(part(this.#root, "[data-where]"), where);
    show(part(this.#root, "[data-plan-open]"), arrival !== null);
    show(part(this.#root, "[data-arrival-section]"), arrival !== null && view?.phase !== "open");
    this.#plan.show(arrival ? planFacts(arrival) : []);
    this.#facts.show(arrival ? arrivalFacts(arrival) : []);
    const concerns = view?.concerns ?? [];
    show(part(this.#root, "[data-concerns-section]"), concerns.length > 0);
    // The most urgent first, and of those the newest.
    const order = Object.keys(TIERS);
    this.#concerns.show(
      [...concerns].sort((a, b) => order.indexOf(a.tier) - order.indexOf(b.tier) || b.at - a.at),
    );
    const said = [t("{patient} waits: {where}", { patient, where })];
    if (arrival && !arrival.safe) said.push(t("Said that now is not a safe time: ask first."));
    if (view?.overdue) said.push(t("It is later than planned, and they have been told so."));
    write(part(this.#root, "[data-waiting-words]"), said.join(" "));
  }
}
