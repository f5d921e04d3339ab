// @ts-check
/** Who comes in and from where: the arrival check, the emergency plan of tonight, and what the rules noticed. */

import { List, make, part, show, write } from "../components/dom.js";
import { hour } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Arrival} Arrival */
/** @typedef {import("./messages.js").Concern} Concern */
/** @typedef {[string, string]} Fact */

/** @type {Record<string, string>} */
const TIERS = {
  emergency: "Act now.",
  same_day: "See to it today.",
  pause: "Before the next step inside.",
  note: "For the review.",
};

/** @param {boolean} value */
const yes = (value) => (value ? "Yes" : "No");

/** @param {Arrival} arrival @returns {Fact[]} */
export function planFacts(arrival) {
  const there = arrival.people
    .map(({ role, in_room }) => `${role}${in_room ? " (in the room)" : ""}`)
    .join(", ");
  return [
    ["Where", arrival.place ?? (arrival.place_given ? "Given, and deleted since" : "Not given")],
    ["Phone", arrival.phone ?? (arrival.phone_given ? "Given, and deleted since" : "Not given")],
    ["Also there", there || "Nobody"],
    ["Stop word", arrival.stop_word ?? (arrival.stop_word_given ? "Given, and deleted since" : "None")],
    ["Signal", arrival.signal ?? "None"],
    ["If it breaks off", arrival.call_back_ok ? "You may call back" : "Do not call back"],
    ["Say on the phone", arrival.phrase ?? "Nothing agreed"],
  ];
}

/** @param {Arrival} arrival @returns {Fact[]} */
export function arrivalFacts(arrival) {
  return [
    ["Safe now", yes(arrival.safe)],
    ["Alone", yes(arrival.alone)],
    ["Agrees to a visit this way", yes(arrival.telehealth_consent)],
    ["Is who they say", yes(arrival.identity)],
  ];
}

/** @param {Fact} fact */
function row([name, value]) {
  const phone = name === "Phone" && /\d/.test(value);
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
        say,
        make("small", { text: hour(at) }),
      ]),
    );
  }

  /** @param {View | null} view @param {string} patient */
  show(view, patient) {
    const arrival = view?.arrival ?? null;
    const where = arrival
      ? `${arrival.place ?? "Place not given"}, ${arrival.alone ? "alone" : "not alone"}.`
      : "Not arrived yet.";
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
    const safe = !arrival || arrival.safe ? "" : " Said that now is not a safe time: ask first.";
    const late = view?.overdue ? " It is later than planned, and they have been told so." : "";
    write(part(this.#root, "[data-waiting-words]"), `${patient} waits: ${where}${safe}${late}`);
  }
}
