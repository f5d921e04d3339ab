// @ts-check
/** The script on the therapist's side: where it stands, what was agreed to, and every way to move. */

import { button, List, make, onPress, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { placeOf, walked } from "./library.js";
import { shownStep } from "./scene.js";
import { reviewed } from "./stage-words.js";
import { foreign, inTongue, writeIn } from "./tongue.js";
import { duration, first, hour, stopwatch } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Activity} Activity */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./room.js").Room} Room */
/** @typedef {{index: number, say: string, seconds: number, internal: boolean, current: boolean, out: boolean, runs: boolean}} Row */

export class Script {
  #room;
  #steps;
  #patient;

  /** @param {Room} room @param {string} patient */
  constructor(room, patient) {
    this.#room = room;
    this.#patient = patient;
    const { root } = room;
    this.#steps = new List(part(root, "[data-steps]"), (/** @type {Row} */ row) => this.#row(row));
    const on = (/** @type {string} */ selector, /** @type {() => unknown} */ act) =>
      onPress(button(root, selector), act);
    on("[data-next]", () => this.go(1));
    on("[data-previous]", () => this.go(-1));
    on("[data-start]", () => room.ask({ type: "activity.start" }));
    on("[data-finish]", () => room.ask({ type: "activity.finish" }));
    on("[data-withdraw]", () => room.ask({ type: "activity.withdraw" }));
  }

  /** @param {Scene} scene @param {View | null} view */
  show(scene, view) {
    const { root, library } = this.#room;
    const activity = view?.activity ?? null;
    const started = Boolean(activity?.started_at);
    const exercise = activity ? library.exercise(activity.exercise) : null;
    writeIn(part(root, "[data-script-name]"), activity?.title ?? t("Nothing is on stage"), exercise);
    const draft = exercise ? reviewed(exercise) : "";
    write(part(root, "[data-script-draft]"), draft);
    show(part(root, "[data-script-draft]"), draft !== "");
    write(part(root, "[data-consent]"), this.#consent(scene, view));
    this.#ask(view);
    const shown = activity ? shownStep(activity, this.#room.now()) : -1;
    /** @type {Row[]} */
    const rows = [];
    if (activity && exercise) {
      const on = new Set(walked(exercise).map(({ index }) => index));
      exercise.steps.forEach((step, index) => {
        const current = started && index === shown;
        const out = !on.has(index);
        const { seconds, internal, words } = step;
        rows.push({
          index,
          say: current ? words.say : first(words.say),
          seconds,
          internal,
          current,
          out,
          runs: started,
        });
      });
    }
    this.#steps.show(rows, foreign(exercise));
    const place = activity && exercise ? placeOf(exercise, activity.step) : null;
    show(button(root, "[data-start]"), scene.name === "agreed");
    show(part(root, "[data-walk]"), started);
    button(root, "[data-next]").disabled = !place?.next || view?.asking !== null;
    button(root, "[data-previous]").disabled = !place?.before;
    show(part(root, "[data-finish-row]"), activity !== null);
    write(button(root, "[data-finish]"), started ? t("Finish this exercise") : t("Take it off the stage"));
    this.tick();
  }

  /** How long the step on stage has lasted. */
  tick() {
    const activity = this.#room.view?.activity;
    const place = this.#room.root.querySelector("[data-steps] [aria-current] time");
    if (activity?.started_at && place)
      write(place, stopwatch(this.#room.now() - Math.max(activity.step_at_ms, activity.started_at)));
  }

  /** One step along the way that is walked. @param {1 | -1} way */
  go(way) {
    const activity = this.#room.view?.activity;
    const exercise = activity && this.#room.library.exercise(activity.exercise);
    const place = activity && exercise ? placeOf(exercise, activity.step) : null;
    const to = way > 0 ? place?.next : place?.before;
    if (to) void this.#room.ask({ type: "step.go", to: to.index });
  }

  /** @param {Scene} scene @param {View | null} view */
  #consent({ name }, view) {
    const consent = view?.activity?.consent;
    const values = { patient: this.#patient, time: consent ? hour(consent.at) : "" };
    if (name === "agreed" && consent)
      return t("{patient} said yes at {time}. It starts on both screens at the same instant.", values);
    if (consent)
      return consent.what === "step"
        ? t("{patient} said yes at {time}, for this step.", values)
        : t("{patient} said yes at {time}.", values);
    if (view?.activity?.internal) return t("The yes for this step has ended.");
    return view?.activity ? "" : t("Offer something. It starts when they have said yes and you press Start.");
  }

  /** @param {View | null} view */
  #ask(view) {
    const { root, library } = this.#room;
    const asking = view?.asking ?? null;
    show(part(root, "[data-asked]"), asking !== null);
    if (!asking || !view) return;
    const rung = view.care.rungs.find(({ id }) => id === asking.rung)?.label;
    const what =
      asking.what === "step"
        ? first(library.step(asking.exercise, asking.step)?.words.say ?? asking.title)
        : rung
          ? t("{title} with {size}", { title: asking.title, size: rung })
          : asking.title;
    const state = asking.told ? t("They asked to be told first, and read.") : t("No answer yet.");
    const asked = t("{patient} is asked: {what}", { patient: this.#patient, what });
    writeIn(part(root, "[data-asked-words]"), `${asked} ${state}`, library.exercise(asking.exercise));
  }

  /** @param {Row} row */
  #row({ index, say, seconds, internal, current, out, runs }) {
    const told = { ...inTongue(this.#room.library.of(this.#room.view)), text: say };
    const attributes = { class: "ebb-link", type: "button", "data-key": String(index), ...told };
    const go = runs ? make("button", attributes) : make("span", told);
    if (runs) go.addEventListener("click", () => void this.#room.ask({ type: "step.go", to: index }));
    const line = make("li", current ? { "aria-current": "step" } : {}, [
      make("span", {}, [go]),
      make("time", { text: duration(seconds) }),
    ]);
    const asks = out ? t("the way out, at any time") : internal ? t("asks again, inside") : "";
    if (asks) {
      line.setAttribute("data-asks", asks);
      line.firstElementChild?.setAttribute("data-asks", asks);
    }
    return line;
  }
}
