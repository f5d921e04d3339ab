// @ts-check
/** The therapist's room: how the patient is, what they see, and what comes next, without looking away from them. */

import { Chime } from "../components/chime.js";
import { button, find, List, make, mark, part, show, write } from "../components/dom.js";
import { Keys } from "../components/keys.js";
import { t } from "../components/language.js";
import { Sheet } from "../components/sheet.js";
import { Steady } from "../components/steady.js";
import { Arrived } from "./arrived.js";
import { comfortLine } from "./comfort-line.js";
import { visitOn } from "./connection.js";
import { Noted } from "./noted.js";
import { Offers } from "./offers.js";
import { coming, faster, inWords, same, slower } from "./pace.js";
import { Room } from "./room.js";
import { shownStep } from "./scene.js";
import { Script } from "./script.js";
import { headline, mirrored } from "./stage-words.js";
import { foreign, writeIn } from "./tongue.js";
import { called, hour, lineOf, stopwatch } from "./words.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Changed} Changed */
/** @typedef {import("./messages.js").Breath} Breath */
/** @typedef {import("./library.js").Preset} Preset */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./clock.js").SyncState} SyncState */

export class TherapistRoom extends Room {
  #chime = new Chime();
  #script;
  #offers;
  #arrived;
  #noted;
  #keys;
  #presets;
  #people;
  #steady = new Steady();
  #resume;
  #plan;
  #ending;
  /** How it has felt since this page was opened. @type {import("./comfort-line.js").Mark[]} */
  #felt = [];
  #alerted = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root, "therapist", visitOn(root));
    const { patient } = this;
    this.#resume = this.unhurried("[data-resume]", () => this.resume());
    this.#script = new Script(this, patient);
    this.#offers = new Offers(this, part(root, "[data-offers]"));
    this.#arrived = new Arrived(root);
    this.#noted = new Noted(this, patient);
    this.#plan = new Sheet(find(root, "[data-plan]", HTMLDialogElement));
    this.#ending = new Sheet(find(root, "[data-ending]", HTMLDialogElement));
    this.#presets = new List(part(root, "[data-pace]"), (/** @type {Preset} */ preset) =>
      this.#preset(preset),
    );
    this.#people = new List(
      part(root, "[data-people]"),
      (/** @type {{name: string, words: string}} */ { name, words }) =>
        make("li", {}, [name, make("span", { class: "ebb-soft", text: words })]),
    );
    this.#keys = new Keys(root, {
      ArrowRight: () => this.#press("[data-next]"),
      ArrowLeft: () => this.#press("[data-previous]"),
      "[": () => this.#press("[data-slower]"),
      "]": () => this.#press("[data-faster]"),
      p: () => this.#press(this.scene.name === "paused" ? "[data-resume]" : "[data-pause]"),
      o: () => this.#offers.focus(),
      m: () => this.#noted.focus("message"),
      n: () => this.#noted.focus("note"),
      v: () => this.#mute(),
    });
    this.#wire();
  }

  get patient() {
    return this.data("called") || called(this.data("patient")) || t("The patient");
  }

  /** @override @param {Scene} scene @param {View | null} view */
  draw(scene, view) {
    const { root, patient } = this;
    const now_ms = this.now();
    const since_ms = this.#felt.at(-1)?.at ?? null;
    const [state, since] = headline(scene, view, patient, since_ms, now_ms);
    write(part(root, "[data-comfort-now]"), state);
    write(part(root, "[data-comfort-since]"), since);
    const unwell =
      view?.phase === "open" &&
      (scene.comfort === "uneasy" || scene.comfort === "dizzy") &&
      scene.name !== "stopped";
    const prompt =
      scene.comfort === "dizzy"
        ? t("Check in with {patient}. The pacer rests on both screens; they breathe as they like.", {
            patient,
          })
        : t("Check in with {patient}. Nothing moves forward until they feel settled.", { patient });
    write(part(root, "[data-prompt]"), unwell ? prompt : "");
    show(part(root, "[data-prompt]"), unwell);
    const [where, words] = mirrored(scene, view, this.library, patient, now_ms);
    write(part(root, "[data-step-where]"), where);
    writeIn(part(root, "[data-step-words]"), words, this.library.of(view));
    this.#cues(view);
    show(part(root, "[data-waiting]"), scene.name === "waiting");
    // What the patient sends makes these grow: it never takes a press of the therapist away.
    this.#steady.show(() => {
      this.#arrived.show(view, patient);
      this.#script.show(scene, view);
      this.#offers.show(view, patient);
      this.#noted.show(view);
      this.#who();
    });
    this.#pace(scene, view);
    this.#controls(scene, view);
    this.#banner(view);
    this.ticked();
  }

  /** @override @param {Changed} changed */
  happened({ event, at, by }) {
    if (event.type === "comfort.changed") this.#felt.push({ at, level: event.level });
    if (event.type === "visit.admitted") this.#felt = [{ at, level: null }];
    // A start asks anew how it feels: "settled" was said of what came before.
    if (event.type === "activity.started") this.#felt.push({ at, level: this.view?.comfort ?? null });
    if (event.type === "comfort.changed" && event.level !== "settled") void this.#chime.ring("uneasy");
    if (event.type === "message.said" && by !== "therapist") void this.#chime.ring("message");
    if (event.type === "concern.raised" && event.tier !== "note") {
      // Their line may be gone just then: what they told, they told on another page.
      void this.#chime.ring("uneasy");
      this.notice(t(event.say));
    }
    if (event.type === "activity.answered")
      this.notice(answered(event.answer, this.patient, Boolean(this.view?.activity?.started_at)));
    if (event.type === "activity.started" || event.type === "step.changed") this.notice("");
    this.update();
  }

  /** @override */
  ticked() {
    const { view } = this;
    if (!view) return;
    if (view.phase === "open" && this.#felt.length === 0)
      this.#felt = [{ at: this.now(), level: view.comfort }];
    const since = view.opened_at;
    write(
      part(this.root, "[data-elapsed]"),
      since === null || view.phase === "ended" ? "" : stopwatch(this.now() - since),
    );
    this.#script.tick();
    this.#comfort();
    this.#alert(view);
  }

  /** @override @param {SyncState} state @param {number} bound_ms */
  syncWords(state, bound_ms) {
    if (this.connection === "connecting") return t("Opening");
    if (this.connection === "ended") return t("Closed");
    if (this.connection === "retrying" || state === "lost") return t("No connection");
    if (state === "stale") return t("Finding the same breath");
    return Number.isFinite(bound_ms)
      ? t("In step, within {n} ms", { n: Math.max(1, Math.ceil(bound_ms)) })
      : t("In step");
  }

  /** @override @param {import("./connection.js").End} how */
  closed(how) {
    super.closed(how);
    if (how === "ended") show(part(this.root, "[data-review]"), true);
  }

  /** @param {View | null} view */
  #cues(view) {
    const activity = view?.activity?.started_at ? view.activity : null;
    const words = activity && this.library.step(activity.exercise, shownStep(activity, this.now()))?.words;
    this.senses.cue({
      ...(words?.cue_in && { in: words.cue_in }),
      ...(words?.cue_out && { out: words.cue_out }),
      language: words ? foreign(this.library.of(view)) : null,
    });
  }

  /** Somebody waits: seen at once, and heard once. @param {View} view */
  #alert(view) {
    const key = view.phase === "waiting" ? `waiting ${view.overdue}` : "";
    if (key === this.#alerted) return;
    this.#alerted = key;
    if (key) void this.#chime.ring("waiting");
  }

  #comfort() {
    if (this.#felt.length === 0) return;
    const { line, unsaid, uneasy, words } = comfortLine(this.#felt, this.now());
    const drawing = find(this.root, "[data-comfort-line] svg", SVGElement);
    mark(drawing, "aria-label", words);
    mark(find(drawing, "[data-comfort-path]", SVGElement), "d", line || "M0 0");
    mark(find(drawing, "[data-comfort-unsaid]", SVGElement), "d", unsaid || "M0 0");
    mark(find(drawing, "[data-comfort-uneasy]", SVGElement), "d", uneasy || "M0 0");
    write(part(this.root, "[data-comfort-from]"), hour(this.#felt[0].at));
    show(part(this.root, "[data-comfort-line]"), true);
  }

  /** @param {Scene} scene @param {View | null} view */
  #pace(scene, view) {
    const pacer = view?.pacer ?? null;
    const now = pacer ? coming(pacer) : null;
    this.#presets.show(this.library.presets.filter(({ offered }) => offered));
    const runs = now !== null && scene.mode === "running";
    for (const input of this.root.querySelectorAll("[data-pace] input")) {
      if (!(input instanceof HTMLInputElement)) continue;
      const preset = this.library.presets.find(({ id }) => id === input.value);
      input.checked = now !== null && preset !== undefined && same(preset.pattern, now);
      input.disabled = !runs;
    }
    const named = now !== null && this.library.presets.some(({ pattern }) => same(pattern, now));
    write(
      part(this.root, "[data-pace-now]"),
      now && !named ? t("Now {breath}", { breath: inWords(now) }) : "",
    );
    button(this.root, "[data-slower]").disabled = !runs || now === null || slower(now) === null;
    button(this.root, "[data-faster]").disabled = !runs || now === null || faster(now) === null;
  }

  #who() {
    const names = {
      patient: this.patient,
      therapist: t("Another therapist"),
      support: t("Support person"),
      system: "",
    };
    const people = this.people
      .filter(({ id }) => id !== this.you)
      .map((person) => ({ name: this.company[person.id] ?? names[person.role], words: lineOf(person) }));
    this.#people.show(people);
  }

  /** @param {Scene} scene @param {View | null} view */
  #controls(scene, view) {
    const { root } = this;
    const { name } = scene;
    show(button(root, "[data-pause]"), name !== "paused");
    button(root, "[data-pause]").disabled = name !== "running";
    this.#resume.show(name === "paused");
    button(root, "[data-resume]").disabled = !scene.mayGoOn;
    button(root, "[data-end-visit]").disabled = !view || view.phase === "ended" || view.phase === "scheduled";
    write(part(root, "[data-stop-done]"), name === "ended" ? t("Ended") : t("Stopped"));
    const held =
      name === "paused" && !scene.mayGoOn
        ? t("Only {patient} can go on after this pause.", { patient: this.patient })
        : "";
    write(part(root, "[data-held]"), held);
    show(part(root, "[data-held]"), held !== "");
  }

  /** @param {View | null} view */
  #banner(view) {
    const patient = this.people.find(({ role }) => role === "patient");
    let words = "";
    if (this.connection === "retrying") {
      words = t(
        "Your connection is gone. What you press now is not done, except Stop, pause, messages and notes, which are sent when it is back.",
      );
    } else if (this.end === "signed_out") {
      words = t("You are not signed in any more. Reload the page to sign in again.");
    } else if (this.end === "no_longer_yours") {
      words = t("This room is not open to you any more.");
    } else if (view?.phase === "open" && patient && !patient.connected) {
      const values = { patient: this.patient, time: patient.since ? hour(patient.since) : "" };
      words = patient.since
        ? t(
            "{patient}’s line is gone since {time}. The breath goes on at their end, and their Stop works.",
            values,
          )
        : t("{patient}’s line is gone. The breath goes on at their end, and their Stop works.", values);
    } else if (patient?.sync === "lost" && patient.connected) {
      words = t("{patient} is here, and breathes on their own clock for the moment.", {
        patient: this.patient,
      });
    } else if (view?.care.suspended && view.phase === "open") {
      const { reason } = view.care.suspended;
      words = reason
        ? t("Work inside the body is suspended: {reason}.", { reason: t(reason) })
        : t("Work inside the body is suspended.");
    }
    write(part(this.root, "[data-banner]"), words);
    show(part(this.root, "[data-banner]"), words !== "");
  }

  /** @param {Preset} preset */
  #preset({ id, name, pattern, use }) {
    const input = make("input", { type: "radio", name: "pace", value: id, "data-key": id });
    const label = make("label", { title: use }, [
      input,
      `${name} `,
      make("span", { class: "ebb-figures", text: inWords(pattern) }),
    ]);
    input.addEventListener("change", () => void this.#turn(pattern));
    return label;
  }

  /** @param {Breath | null} breath */
  async #turn(breath) {
    if (breath) await this.ask({ type: "pacer.set", ...breath });
    // Whatever became of it, the choice shows what is breathed.
    this.update();
  }

  /** A key presses what is on screen, so that it can do no more than a hand. @param {string} selector */
  #press(selector) {
    const target = button(this.root, selector);
    if (!target.disabled && !target.hidden && target.getClientRects().length > 0) target.click();
  }

  /** There is nothing to mute before voice is on. */
  #mute() {
    if (this.root.querySelector("[data-call-mute]")) this.#press("[data-call-mute]");
  }

  #wire() {
    const { root } = this;
    const on = (/** @type {string} */ selector, /** @type {() => unknown} */ act) =>
      button(root, selector).addEventListener("click", () => void act());
    const pacer = () => this.view?.pacer ?? null;
    on("[data-admit]", () => this.ask({ type: "visit.admit" }));
    on("[data-pause]", () => this.pause());
    on("[data-slower]", () => this.#turn(((now) => now && slower(coming(now)))(pacer())));
    on("[data-faster]", () => this.#turn(((now) => now && faster(coming(now)))(pacer())));
    on("[data-plan-open]", () => this.#plan.show());
    on("[data-end-visit]", () => this.#ending.show());
    on("[data-end-yes]", () => {
      this.#ending.close();
      return this.ask({ type: "visit.end" });
    });
    on("[data-chime]", async () => {
      await this.#chime.unlock();
      void this.#chime.ring("waiting");
    });
    const keys = find(root, "[data-keys-on]", HTMLInputElement);
    keys.checked = this.#keys.on;
    keys.addEventListener("change", () => this.#keys.set(keys.checked));
    // The first touch of the page lets alerts be heard from then on.
    root.addEventListener("pointerdown", () => void this.#chime.unlock(), { once: true });
  }
}

/** @param {string} answer @param {string} patient @param {boolean} runs a yes while something runs is to a step of it */
function answered(answer, patient, runs) {
  switch (answer) {
    case "yes":
      return runs
        ? t("{patient} said yes to this step.", { patient })
        : t("{patient} said yes. Press Start when both of you are ready.", { patient });
    case "tell_me_first":
      return t("{patient} asks to be told first.", { patient });
    case "not_today":
      return t("{patient} said not today.", { patient });
    default:
      return t("{patient} answered.", { patient });
  }
}
