// @ts-check
/**
 * The stage as one side saw it at an instant: the same words and the same water as in the room, from the same code.
 *
 * What a person did on their screen and told nobody, as where they scrolled, nobody knows and nothing shows.
 */

import { find, List, make, mark, part, show } from "../components/dom.js";
import { t } from "../components/language.js";
import { inWords } from "../live/pace.js";
import { question, screen, wayOut } from "../live/patient-words.js";
import { restWords } from "../live/recovery.js";
import { NOTHING_LOCAL, sceneOf, shownStep } from "../live/scene.js";
import { headline, mirrored } from "../live/stage-words.js";
import { foreign, writeIn } from "../live/tongue.js";
import { Shore } from "../pacer/shore.js";
import { alone, NO_HURRY, resting, still } from "../practice/practice-words.js";

/** @typedef {import("./told.js").Told} Told */
/** @typedef {import("./told.js").Instant} Instant */
/** @typedef {import("../live/messages.js").Role} Role */
/** @typedef {import("../live/scene.js").Scene} Scene */
/** `so` are short sentences about what else stood there. @typedef {{where: string, say: string, next: string, so: string[]}} Shown */
/** @typedef {{patient: string, therapist: string, clinic: string, home: boolean}} Called */

const STILL = matchMedia("(prefers-reduced-motion: reduce)");
/** With still water nothing moves faster than a breath does: it is put where it is, once a second. */
const STILL_EVERY_MS = 1_000;

export class Stage {
  #root;
  #pacer;
  #shore;
  #called;
  #so;
  #cues = "";
  #key = "";
  #placed = -Infinity;

  /** @param {HTMLElement} root @param {Called} called */
  constructor(root, called) {
    this.#root = root;
    this.#called = called;
    show(root, true);
    this.#pacer = part(root, "[data-pacer]");
    this.#shore = new Shore(this.#pacer);
    this.#so = new List(part(root, "[data-stage-so]"), (/** @type {string} */ text) => make("li", { text }));
  }

  /** Whose screen it is. @returns {Role} */
  get side() {
    return find(this.#root, '[name="side"]:checked', HTMLInputElement).value === "therapist"
      ? "therapist"
      : "patient";
  }

  /**
   * @param {Told} told
   * @param {{at: number, seq: number | null, rate: number, moved: boolean, now: () => number}} clock
   */
  show(told, { at, seq, rate, moved, now }) {
    const { side } = this;
    const instant = told.at(at, side, seq);
    const view = instant?.view ?? null;
    const local = { ...NOTHING_LOCAL, stopping: instant?.pressing ?? false };
    const scene = sceneOf(view, local, side);
    mark(this.#root, "data-scene", scene.name);
    mark(this.#root, "data-side", side);
    this.#breathe(scene, instant, told, { rate, moved, now });
    // Words change with what was told, with a step that turns, and with the minute.
    const turned = view?.activity ? shownStep(view.activity, at) : -1;
    const key = JSON.stringify([side, scene, turned, Math.floor(at / 60_000), view && { ...view, pacer: 0 }]);
    if (key === this.#key) return;
    this.#key = key;
    const shown = !instant
      ? { where: "", say: t("Nothing yet."), next: "", so: [] }
      : side === "patient"
        ? patients(scene, instant, told, this.#called, at)
        : therapists(scene, instant, told, this.#called, at);
    const exercise = told.library.of(view);
    writeIn(part(this.#root, "[data-stage-where]"), shown.where, exercise);
    writeIn(part(this.#root, "[data-stage-words]"), shown.say, exercise);
    writeIn(part(this.#root, "[data-stage-next]"), shown.next, exercise);
    this.#so.show(shown.so.filter(Boolean));
  }

  /** @param {Scene} scene @param {Instant | null} instant @param {Told} told @param {{rate: number, moved: boolean, now: () => number}} clock */
  #breathe(scene, instant, told, { rate, moved, now }) {
    const view = instant?.view ?? null;
    const activity = view?.activity?.started_at ? view.activity : null;
    const step = activity && told.library.step(activity.exercise, shownStep(activity, now()));
    const words = {
      in: step?.words.cue_in || t("Breathe in"),
      out: step?.words.cue_out || t("and let go"),
      paused: t("Paused"),
      ready: scene.comfort === "dizzy" ? t("As you like") : "",
      language: step ? foreign(told.library.of(view)) : null,
    };
    const cues = JSON.stringify(words);
    if (cues !== this.#cues) {
      this.#cues = cues;
      this.#shore.words(words);
    }
    const pacer = scene.comfort === "dizzy" || scene.name === "stopped" ? null : (view?.pacer ?? null);
    if (!STILL.matches || rate <= 1)
      return this.#shore.show({ pacer, mode: scene.mode, serverNow: now, rate, moved });
    const due = moved || performance.now() - this.#placed >= STILL_EVERY_MS;
    if (due) this.#placed = performance.now();
    const at = now();
    this.#shore.show({ pacer, mode: scene.mode, serverNow: due ? () => at : now, rate: 0, moved: due });
  }
}

/** @param {Scene} scene @param {Instant} instant @param {Told} told @param {Called} called @param {number} at @returns {Shown} */
function patients(scene, { view, here, again }, { library }, { therapist, clinic, home }, at) {
  const names = {
    therapist,
    here: here.includes("therapist"),
    clinic,
    phone: "",
    ...(home && { known: NO_HURRY }),
  };
  if (scene.name === "stopped" || scene.name === "ended") {
    const [say, next] = home ? resting(scene, { held: true, therapist }) : restWords(scene, view, names);
    return { where: "", say, next, so: [wayOut(view, library, at)] };
  }
  const calm = home && (scene.name === "idle" || scene.name === "agreed");
  const said = calm ? still(view, again) : screen(scene, view, library, names, at);
  const { where, say, next } = home && !calm ? alone(scene, view, said) : said;
  const so = [];
  if (view.asking && scene.comfort !== "dizzy") {
    const asked = question(view.asking, view, library, names);
    so.push(`${home ? t("The next step asks you") : asked.who}: ${asked.what}`, asked.next);
  }
  if (view.care.suspended) so.push(t(view.care.suspended.say));
  return { where, say, next, so };
}

/** @param {Scene} scene @param {Instant} instant @param {Told} told @param {Called} called @param {number} at @returns {Shown} */
function therapists(scene, { view, here, felt }, { library }, { patient }, at) {
  const [where, words] = mirrored(scene, view, library, patient, at);
  const [state, since] = headline(scene, view, patient, felt, at);
  const so = [`${where}: ${words}`];
  so.push(
    here.includes("patient") ? t("{patient} is here", { patient }) : t("{patient} is away", { patient }),
  );
  if (view.pacer && scene.name === "running") so.push(t("Breath: {pace}", { pace: inWords(view.pacer) }));
  if (view.care.suspended?.reason)
    so.push(t("Work inside the body is suspended: {reason}.", { reason: t(view.care.suspended.reason) }));
  return { where: "", say: state, next: since, so };
}
