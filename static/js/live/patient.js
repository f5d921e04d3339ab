// @ts-check
/** The patient's room: read at the top, follow in the middle, press at the bottom. */

import { button, List, make, part, reveal, show, write } from "../components/dom.js";
import { LANGUAGE, t, tn } from "../components/language.js";
import { Asked } from "./asked.js";
import { Beside } from "./beside.js";
import { placeOf } from "./library.js";
import { coming, slower } from "./pace.js";
import { knows, question, screen } from "./patient-words.js";
import { Recovery, restWords } from "./recovery.js";
import { Room } from "./room.js";
import { shownStep } from "./scene.js";
import { foreign, inTongue, writeIn } from "./tongue.js";
import { called } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Changed} Changed */
/** @typedef {import("./messages.js").Activity} Activity */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./clock.js").SyncState} SyncState */

export class PatientRoom extends Room {
  #asked;
  #beside;
  #settled;
  #resume;
  #goOn;
  #recovery;
  #more;
  /** The question or choice that stands above the controls. @type {Element | null} */
  #above = null;
  #step;

  /** @param {HTMLElement} root @param {import("./room.js").Ground} ground */
  constructor(root, ground) {
    super(root, "patient", ground);
    this.#step = part(root, "[data-step]");
    this.#asked = new Asked(this);
    this.#beside = new Beside(this, this.therapist);
    this.#recovery = new Recovery(this);
    this.#settled = this.unhurried("[data-settled]", () => this.feel("settled"));
    this.#resume = this.unhurried("[data-resume]", () => this.resume());
    this.#goOn = this.unhurried("[data-ready]", () => this.#ready());
    this.#more = new List(
      part(root, "[data-step-more]"),
      (/** @type {{title: string, text: string}} */ { title, text }) =>
        make("details", { class: "ebb-quiet ebb-step__more" }, [
          make("summary", { text: title }),
          make("p", { class: "ebb-quiet__body", ...inTongue(this.library.of(this.view)), text }),
        ]),
    );
    this.#wire();
  }

  get therapist() {
    return called(this.data("therapist")) || t("Your therapist");
  }

  /** @returns {import("./patient-words.js").Names} */
  get names() {
    const here = this.people.some(({ role, connected }) => role === "therapist" && connected);
    return {
      therapist: this.therapist,
      here,
      clinic: this.data("clinic"),
      phone: this.data("phone"),
      you: this.data("called"),
    };
  }

  /** @override @param {Scene} scene @param {View | null} view */
  draw(scene, view) {
    const { names } = this;
    const still = scene.name === "stopped" || scene.name === "ended";
    const { where, say, next, more } = this.words(scene, view);
    show(this.#step, !still);
    if (!still) {
      const exercise = this.library.of(view);
      writeIn(part(this.root, "[data-step-where]"), where, exercise);
      writeIn(part(this.root, "[data-step-words]"), say, exercise);
      writeIn(part(this.root, "[data-step-next]"), next, exercise);
      // Where a question or a choice needs the room, the words that can wait make place for it.
      const crowded = view?.asking != null || (scene.comfort === "uneasy" && onStage(scene));
      show(part(this.root, "[data-step-more]"), !crowded);
      show(part(this.root, "[data-step-next]"), next !== "" && !(crowded && onStage(scene)));
      this.#more.show(more, foreign(exercise));
      this.senses.tell(say, exercise);
    }
    const waits = view?.care.suspended;
    const care = still || !waits ? "" : t(waits.say);
    // Whoever is at something that it is about reads it there; elsewhere it waits for a calm screen.
    const inside =
      onStage(scene) && (this.library.exercise(view?.activity?.exercise ?? "")?.internal ?? false);
    const calm = scene.name === "idle" || scene.name === "waiting" || inside;
    write(part(this.root, "[data-step-care]"), care);
    show(part(this.root, "[data-step-care]"), care !== "" && calm);
    // Words that ask somebody to call come with the numbers.
    const calls = LANGUAGE === "en" ? /\bcall\b/.test(care) : care !== "";
    show(part(this.root, "[data-step-calls]"), calm && calls);
    this.#company();
    this.#cues(view);
    this.#recovery.show(scene, view, names);
    this.#asked.show(still || scene.comfort === "dizzy" ? null : (view?.asking ?? null), view);
    this.#beside.show(scene, view);
    this.#ease(scene, view);
    this.#dock(scene, view);
    this.#banner(scene);
    this.reveal();
    this.senses.awake(scene.name !== "ended" && scene.name !== "joining");
  }

  /** @override @param {string} text */
  notice(text) {
    super.notice(text);
    // It takes its place from what stands above the controls, which stays in sight.
    this.reveal(true);
  }

  /** What stands at the top. @param {Scene} scene @param {View | null} view @returns {import("./patient-words.js").Screen} */
  words(scene, view) {
    return screen(scene, view, this.library, this.names, this.now());
  }

  /** The question before the patient. @param {import("./messages.js").Asking} asking @param {View} view */
  question(asking, view) {
    return question(asking, view, this.library, this.names);
  }

  /** All that there is to know of an exercise beforehand. @param {string} exercise @param {string} title */
  describe(exercise, title) {
    this.#asked.describe({ exercise, title });
  }

  /** After Stop and after the end: a title, and what follows it. @param {Scene} scene @param {View | null} view */
  rest(scene, view) {
    return restWords(scene, view, this.names);
  }

  /** What is told all the same of a check-in that is kept to oneself. Nothing: in a visit none is. */
  get keeping() {
    return /** @type {string[]} */ ([]);
  }

  /** Where it goes on when nothing is left to do here. */
  home() {
    location.assign(this.data("endTo"));
  }

  /** @override @param {Changed} changed */
  happened(changed) {
    this.#beside.happened(changed, this.therapist);
  }

  /** @override @param {SyncState} state */
  syncWords(state) {
    const { name, mode, told } = this.scene;
    const { therapist, here } = this.names;
    if (name === "ended") return t("The visit has ended");
    if (name === "stopped") {
      if (!told)
        return this.connection === "live"
          ? t("Telling {therapist}", { therapist })
          : t("{therapist} is told when the line is back", { therapist });
      return here
        ? t("{therapist} knows and waits", { therapist })
        : t("{therapist} is away for the moment", { therapist });
    }
    if (this.connection === "connecting") return t("Opening");
    if (this.connection !== "live" || state === "lost")
      return mode === "running" ? t("Breathing on your own") : t("No connection");
    if (mode === "running")
      return state === "stale"
        ? t("Finding the same breath")
        : here
          ? t("In step with {name}", { name: therapist })
          : t("{therapist} is away for the moment", { therapist });
    if (name === "waiting" || name === "scheduled") return t("Connected");
    return here
      ? t("{therapist} is here", { therapist })
      : t("{therapist} is away for the moment", { therapist });
  }

  /** What has just appeared above the controls is seen whole, also on a small phone. `again`: they have grown. */
  reveal(again = false) {
    const above = this.root.querySelector(".ebb-ask:not([hidden])");
    if (above === this.#above && !(again && above)) return;
    this.#above = above;
    if (above instanceof HTMLElement) reveal(above, part(this.root, ".ebb-dock"));
    else scrollTo(0, 0);
  }

  /** Whoever is let in and has this visit open: never unseen. */
  #company() {
    const here = this.people.filter(({ role, connected }) => role === "support" && connected);
    // Whoever was let in since this page was opened has no name here for a moment.
    const names = here.map(({ id }) => called(this.company[id] ?? "") || t("Somebody you let in"));
    if (names.length > 0) {
      const all = names.reduce((first, second) => t("{first} and {second}", { first, second }));
      const line = tn("{names} is with you", "{names} are with you", names.length, { names: all });
      write(part(this.root, "[data-company-line]"), line);
    }
    show(part(this.root, "[data-company-line]"), names.length > 0);
  }

  /** The words in the water are the step's own. @param {View | null} view */
  #cues(view) {
    const activity = view?.activity?.started_at ? view.activity : null;
    const words = activity && this.library.step(activity.exercise, shownStep(activity, this.now()))?.words;
    const ready = this.scene.comfort === "dizzy" ? t("As you like") : "";
    this.senses.cue({
      ready,
      ...(words?.cue_in && { in: words.cue_in }),
      ...(words?.cue_out && { out: words.cue_out }),
      language: words ? foreign(this.library.of(view)) : null,
    });
  }

  /** While uneasy: ways to be, not steps to do. @param {Scene} scene @param {View | null} view */
  #ease(scene, view) {
    const activity = view?.activity?.started_at ? view.activity : null;
    const on = scene.comfort === "uneasy" && activity !== null && onStage(scene) && view?.asking === null;
    show(part(this.root, "[data-ease]"), on);
    if (!on || !activity) return;
    const who = knows(scene.told, this.names);
    const [back, out] = [this.#back(activity), this.#out(activity)];
    const stay = back === null && out === null ? t("Stay as you are.") : t("Stay as you are, or");
    write(part(this.root, "[data-ease-words]"), `${who} ${stay}`);
    show(button(this.root, '[data-ease-do="back"]'), back !== null);
    show(button(this.root, '[data-ease-do="out"]'), out !== null);
    show(part(this.root, "[data-ease-ways]"), back !== null || out !== null);
  }

  /** @param {Scene} scene @param {View | null} view */
  #dock(scene, view) {
    const { root } = this;
    const { name, comfort } = scene;
    const open = view?.phase === "open" && name !== "stopped";
    const unwell = comfort === "uneasy" || comfort === "dizzy";
    show(button(root, "[data-uneasy]"), open && !unwell);
    this.#settled.show(open && unwell);
    show(button(root, "[data-slower]"), name === "running" && scene.mode === "running");
    show(button(root, "[data-pause]"), name === "running");
    this.#resume.show(name === "paused" && scene.mayGoOn);
    const strip = part(root, "[data-controls]");
    const shown = [...strip.children].filter((child) => child instanceof HTMLElement && !child.hidden);
    strip.classList.toggle("ebb-strip--first-wide", shown.length === 3);
    show(strip, shown.length > 0);
    show(button(root, "[data-dizzy]"), open && comfort !== "dizzy");
    show(button(root, "[data-enough]"), onStage(scene) || name === "agreed");
    show(part(root, "[data-more]"), open);
    show(part(root, "[data-after-stop]"), name === "stopped");
    this.#goOn.show(name === "stopped");
    show(part(root, "[data-after-end]"), name === "ended");
    write(part(root, "[data-stop-done]"), name === "ended" ? t("Ended") : t("Stopped"));
  }

  /** Trouble with the line, in words: in the flow, over nothing. @param {Scene} scene */
  #banner(scene) {
    const lost = this.connection === "retrying";
    let words = "";
    // After Stop the screen itself says it, in calmer words.
    if (lost && scene.name === "stopped") words = "";
    else if (lost)
      words =
        scene.mode === "running"
          ? t("The connection is gone for now. Your breath goes on, and Stop works.")
          : t("The connection is gone for now. Stop works.");
    if (words && this.waiting > 0)
      words = [words, t("What you wrote or pressed is sent when it is back.")].join(" ");
    if (this.end === "signed_out") words = t("You are not signed in any more.");
    if (this.end === "no_longer_yours") words = t("This room is not open to you any more.");
    write(part(this.root, "[data-banner-words]"), words);
    show(part(this.root, "[data-again]"), this.end === "signed_out");
    show(part(this.root, "[data-banner]"), words !== "");
  }

  /** One step back on the way that is walked. @param {Activity} activity */
  #back(activity) {
    const exercise = this.library.exercise(activity.exercise);
    return exercise
      ? (placeOf(exercise, activity.step)?.before?.index ?? null)
      : activity.step > 0
        ? activity.step - 1
        : null;
  }

  /** @param {Activity} activity */
  #out(activity) {
    return this.library.step(activity.exercise, activity.step)?.way_out ?? null;
  }

  #wire() {
    const { root } = this;
    const on = (/** @type {string} */ selector, /** @type {() => unknown} */ act) =>
      button(root, selector).addEventListener("click", () => {
        this.notice("");
        void act();
      });
    on("[data-uneasy]", () => this.feel("uneasy"));
    on("[data-dizzy]", () => this.feel("dizzy"));
    on("[data-pause]", () => this.pause());
    on("[data-enough]", () => this.ask({ type: "activity.finish" }));
    on("[data-slower]", () => this.#slower());
    on("[data-end]", () => this.home());
    on("[data-again]", () => location.reload());
    on('[data-ease-do="back"]', () => this.#go((activity) => this.#back(activity)));
    on('[data-ease-do="out"]', () => this.#go((activity) => this.#out(activity)));
  }

  /** @param {(activity: Activity) => number | null} where */
  #go(where) {
    const activity = this.view?.activity;
    const to = activity ? where(activity) : null;
    return to === null ? null : this.ask({ type: "step.go", to });
  }

  async #slower() {
    const pacer = this.view?.pacer;
    const next = pacer ? slower(coming(pacer)) : null;
    if (!next)
      return this.notice(
        t("This is the slowest breath that Ebb guides. You may breathe more slowly by yourself."),
      );
    const { ok } = await this.ask({ type: "pacer.set", ...next });
    if (ok) this.notice(t("From the next breath in it is a little slower."));
  }

  #ready() {
    const { therapist } = this.names;
    if (this.stopping)
      return this.notice(
        t("Everything stays stopped for now: your stop has to reach {therapist} first.", { therapist }),
      );
    return this.ask({ type: "session.ready" });
  }
}

/** Something has begun and has not ended. @param {Scene} scene */
function onStage({ name }) {
  return name === "running" || name === "paused";
}
