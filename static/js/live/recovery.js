// @ts-check
/** The screen after Stop, and after the end: relief first, then what carries, then people to call. */

import { List, make, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { wayOut } from "./patient-words.js";
import { marked, parted } from "./tongue.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./patient-words.js").Names} Names */
/** @typedef {import("./patient.js").PatientRoom} Room */

const GROUND = [
  t("Feel the bed or the floor carry you."),
  t("Find 5 things with your eyes."),
  t("Let each breath out be longer."),
];
const INSIDE = t("If anything is inside, take it out in your own time.");

export class Recovery {
  #room;
  #rest;
  #ground;
  #was = false;
  /** The way out as it was when everything stopped: the view forgets its activity, the screen does not. */
  #out = "";
  /** Whose words they are. @type {import("./library.js").Exercise | null} */
  #of = null;

  /** @param {Room} room */
  constructor(room) {
    this.#room = room;
    this.#rest = part(room.root, "[data-rest]");
    this.#ground = new List(part(this.#rest, "[data-rest-ground]"), (/** @type {string} */ text) =>
      make("li", {}, marked(parted(text, this.#of))),
    );
  }

  /** @param {Scene} scene @param {View | null} view @param {Names} names */
  show(scene, view, names) {
    const { root } = this.#room;
    const here = scene.name === "stopped" || scene.name === "ended";
    root.classList.toggle("ebb-room--stopped", here);
    show(this.#rest, here);
    if (!here) {
      this.#was = false;
      this.#out = "";
      return;
    }
    const out = wayOut(view, this.#room.library, this.#room.now());
    if (out) [this.#out, this.#of] = [out, this.#room.library.of(view)];
    const [title, words] = this.#room.rest(scene, view);
    const heading = part(this.#rest, "h1");
    write(heading, title);
    const later = scene.name === "stopped" && this.#room.connection === "retrying";
    const told = this.#room.stopping
      ? t("{therapist} is told of it first when the connection is back.", { therapist: names.therapist })
      : t("The connection is gone for now.");
    write(part(this.#rest, "[data-rest-words]"), later ? `${words} ${told}` : words);
    const waits = view?.care.suspended;
    const suspended = waits ? t(waits.say) : "";
    write(part(this.#rest, "[data-rest-care]"), suspended);
    show(part(this.#rest, "[data-rest-care]"), suspended !== "");
    this.#ground.show([this.#out || INSIDE, ...GROUND]);
    if (this.#was) return;
    this.#was = true;
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
    this.#room.senses.tell(`${title} ${words}`);
  }
}

/** @param {Scene} scene @param {View | null} view @param {Names} names @returns {[string, string]} */
export function restWords({ name, told }, view, { therapist, clinic }) {
  if (name === "ended") return ended(view, clinic);
  const by = told ? view?.stopped?.by : "patient";
  if (by === "therapist")
    return [
      t("Everything has stopped."),
      t("{therapist} stopped it. Nothing is wrong with you. You say what comes next.", { therapist }),
    ];
  if (by === "support")
    return [t("Everything has stopped."), t("The person with you stopped it. You say what comes next.")];
  return [t("Everything has stopped."), t("No reason needed. You say what comes next.")];
}

/** @param {View | null} view @param {string} clinic @returns {[string, string]} */
function ended(view, clinic) {
  if (view?.end_reason === "cancelled")
    return [
      t("This visit was called off."),
      clinic
        ? t("{clinic} can plan another one with you.", { clinic })
        : t("The clinic can plan another one with you."),
    ];
  if (view?.end_reason === "not_held")
    return [
      t("This visit did not take place."),
      clinic
        ? t("That happens. {clinic} can plan another one with you.", { clinic })
        : t("That happens. The clinic can plan another one with you."),
    ];
  return [
    t("The visit has ended."),
    t("Take your time before you get up. What you wrote down is kept with this visit."),
  ];
}
