// @ts-check
/** The patient's room at home: the same room, and here the patient drives. */

import { button, List, make, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { placeOf } from "../live/library.js";
import { coming, faster } from "../live/pace.js";
import { PatientRoom } from "../live/patient.js";
import { showBeginning, showWalk } from "./begin.js";
import { Guide } from "./guide.js";
import { LocalLine } from "./line.js";
import { OwnClock } from "./own-clock.js";
import { alone, beginning, keeping, NO_HURRY, ownPace, resting, still } from "./practice-words.js";
import { voiceOf } from "./voice.js";
import { wrongSheet } from "./wrong.js";

/** @typedef {import("../live/messages.js").View} View */
/** @typedef {import("../live/messages.js").Activity} Activity */
/** @typedef {import("../live/messages.js").Asking} Asking */
/** @typedef {import("../live/messages.js").Rung} Rung */
/** @typedef {import("../live/messages.js").Changed} Changed */
/** @typedef {import("../live/scene.js").Scene} Scene */
/** @typedef {import("./own-machine.js").Bundle} Bundle */
/** @typedef {import("./own-machine.js").Wish} Wish */
/** @typedef {import("./line.js").Store & {trouble: string | null, state: string,
 *   recording(exercise: string, version: number, step: number): Promise<Blob | null>}} Keeper */

/** What may lead inside, and is refused where today's questions are not answered. */
const INWARD = new Set(["activity.offer", "activity.start", "activity.resume", "activity.answer", "step.go"]);

export class PracticeRoom extends PatientRoom {
  #line;
  #keeper;
  #guide;
  #rungs;
  #left;
  #screen;
  #next;
  #previous;
  /** @type {Bundle} */
  #bundle;
  /** What is practised: an item of the programme, and its exercise. @type {{item: string | null, exercise: string} | null} */
  #chosen = null;
  /** A smaller size, chosen before it begins. @type {string | null} */
  #rung = null;
  /** Whether something has run in this practice already. */
  #again = false;
  #started = false;

  /**
   * @param {HTMLElement} root
   * @param {{bundle: Bundle, keeper: Keeper, left: () => void, screen: () => Promise<boolean>}} parts `left`: this
   *   room is done with; `screen` asks today's questions and is back here, or leads elsewhere
   */
  constructor(root, { bundle, keeper, left, screen }) {
    const clock = new OwnClock();
    /** @type {LocalLine | null} */
    let line = null;
    const voice = voiceOf(keeper);
    super(root, {
      clock,
      line: (on) => {
        line = new LocalLine({ on, clock, store: keeper });
        return line;
      },
      speech: voice.Speech,
      // The scripts are on this phone already: the room is given them as if they had been fetched.
      ask: async () => Response.json((line?.practice?.bundle ?? bundle).library),
    });
    this.#line = /** @type {LocalLine} */ (/** @type {unknown} */ (line));
    this.#keeper = keeper;
    this.#bundle = bundle;
    this.#left = left;
    this.#screen = screen;
    this.#guide = new Guide(this, voice);
    wrongSheet(root, { bundle, tell: (told) => this.tell({ type: "flags.tell", ...told }) });
    this.#rungs = new List(part(root, "[data-begin-rungs]"), (/** @type {Rung} */ { id, label }) => {
      const choose = make("button", { class: "ebb-link", type: "button", text: label, "data-key": id });
      choose.addEventListener("click", () => {
        this.#rung = id;
        this.update();
      });
      return make("li", {}, [choose]);
    });
    this.#next = this.unhurried("[data-next]", () => this.step(1));
    this.#previous = this.unhurried("[data-previous]", () => this.step(-1));
    this.#controls();
  }

  /** A practice of an item. @param {Bundle} bundle @param {string | null} item @param {string} exercise */
  begin(bundle, item, exercise) {
    this.#bundle = bundle;
    this.#fresh(item, exercise);
    this.#line.begin(bundle, item);
    this.#live();
  }

  /** A practice that was under way. @param {import("./line.js").Practice} practice */
  goOn(practice) {
    this.#bundle = practice.bundle;
    const { programme } = practice.bundle;
    const exercise = programme?.items.find(({ id }) => id === practice.item)?.exercise ?? "";
    this.#fresh(practice.item, exercise);
    this.#again = practice.entries.some(({ type }) => type === "activity.start");
    this.#line.goOn(practice);
    this.#live();
  }

  /** Today's screening, or what is wrong: said before anything runs. @param {Wish} wish */
  tell(wish) {
    return this.ask(/** @type {any} */ (wish));
  }

  /**
   * What only waits for today's questions asks them, and then goes on: yesterday's say nothing of today.
   * @override @param {import("../live/messages.js").Wish} wish
   */
  async ask(wish) {
    const answer = await super.ask(wish);
    const well = this.scene.comfort !== "uneasy" && this.scene.comfort !== "dizzy";
    if (answer.ok || !well || !INWARD.has(wish.type) || !this.#lacksToday) return answer;
    this.notice("");
    // Nothing runs unseen behind the questions.
    const ran = this.scene.name === "running";
    if (ran) await this.pause();
    if (!(await this.#screen())) return answer;
    if (ran) await this.resume();
    // The question ended with the pause; it is asked anew by whoever goes on to that step.
    return wish.type === "activity.answer" ? answer : super.ask(wish);
  }

  /** What is practised, as the practice has it. */
  get bundle() {
    return this.#bundle;
  }

  get exercise() {
    return this.#chosen?.exercise ?? "";
  }

  /** Whether something has begun that has a way out of its own. */
  get onStage() {
    return this.scene.name === "running" || this.scene.name === "paused";
  }

  /** Whether today's questions come before anything else here. */
  get asksFirst() {
    return (this.scene.name === "idle" || this.scene.name === "agreed") && this.#lacksToday;
  }

  get #lacksToday() {
    const { internal = false } = this.#bundle.library.exercises[this.exercise] ?? {};
    return internal && this.#line.waitsForToday;
  }

  /** It ends, if it has begun at all; what happened is sealed. */
  async finish() {
    if (this.#line.touched && this.#line.state === "live") await this.tell({ type: "practice.end" });
    await this.#line.seal();
  }

  /** The item that this practice was of, if any of it was done. */
  get practised() {
    return this.#again ? (this.#chosen?.item ?? null) : null;
  }

  /** Whether a practice is under way that has not ended. */
  get under() {
    return this.#line.touched && this.#line.state === "live";
  }

  /** @override */
  get names() {
    const { clinic, you } = this.#bundle;
    return {
      therapist: this.therapist,
      here: false,
      clinic: clinic.name,
      phone: clinic.phone,
      you: you.called,
      known: NO_HURRY,
    };
  }

  /** @override @param {Scene} scene @param {View | null} view */
  words(scene, view) {
    if (scene.name === "idle" || scene.name === "agreed" || scene.name === "joining")
      return still(view, this.#again);
    return alone(scene, view, super.words(scene, view));
  }

  /** @override @param {Asking} asking @param {View} view */
  question(asking, view) {
    return { ...super.question(asking, view), who: t("The next step asks you") };
  }

  /** @override @param {Scene} scene */
  rest(scene) {
    return resting(scene, {
      held: this.#keeper.state === "open" && !this.#keeper.trouble,
      therapist: this.therapist,
    });
  }

  /** @override */
  get keeping() {
    return keeping(this.#bundle);
  }

  /** @override */
  syncWords() {
    return ownPace(this.scene);
  }

  /** @override */
  home() {
    // What has begun ends with a word of its own, from where one goes on; what has not is simply left.
    if (this.under) void this.finish();
    else this.#left();
  }

  /** @override @param {Scene} scene @param {View | null} view */
  draw(scene, view) {
    // First of all: the step is told while it is drawn, and its voice is looked up at that moment.
    this.#guide.show(scene, view);
    super.draw(scene, view);
    const { root } = this;
    const quiet = scene.name === "idle" && !this.#again && scene.comfort === null;
    for (const name of ["[data-controls]", "[data-more]"]) if (quiet) show(part(root, name), false);
    this.#beginning(scene, view);
    this.#walk(scene, view);
    show(part(root, "[data-pace]"), scene.mode === "running");
    // Somebody who is dizzy and alone is told to call for help: whom, stands beside it.
    if (scene.comfort === "dizzy") show(part(root, "[data-step-calls]"), true);
    const trouble = this.#keeper.trouble ?? "";
    write(part(root, "[data-banner-words]"), trouble);
    show(part(root, "[data-banner]"), trouble !== "" && scene.name !== "stopped");
    this.reveal();
  }

  /** @override @param {Changed} changed */
  happened(changed) {
    super.happened(changed);
    if (changed.event.type === "activity.started") this.#again = true;
    // How it was comes first; whether once more, after it.
    this.update();
  }

  /** @override */
  ticked() {
    this.#guide.tick();
  }

  /** One step along the way that is walked; the last one leads to the end. @param {1 | -1} way */
  async step(way) {
    const place = this.#place();
    if (!place) return;
    const to = way > 0 ? place.next : place.before;
    if (to) await this.ask({ type: "step.go", to: to.index });
    else if (way > 0) await this.ask({ type: "activity.finish" });
  }

  #place() {
    const activity = this.view?.activity;
    const exercise = activity ? this.library.exercise(activity.exercise) : null;
    return activity && exercise ? placeOf(exercise, activity.step) : null;
  }

  /** @param {string | null} item @param {string} exercise */
  #fresh(item, exercise) {
    this.#chosen = { item, exercise };
    this.#rung = null;
    this.#again = false;
    this.notice("");
    this.#guide.fresh();
  }

  #live() {
    if (this.#started) return void this.library.load();
    this.#started = true;
    this.start();
  }

  /** Before it begins, and before it begins again. @param {Scene} scene @param {View | null} view */
  #beginning(scene, view) {
    const { root } = this;
    const asked = !part(root, "[data-after]").hidden;
    const exercise = this.library.exercise(this.#chosen?.exercise ?? "");
    const well = scene.comfort !== "uneasy" && scene.comfort !== "dizzy";
    const on = (scene.name === "idle" || scene.name === "agreed") && well && !asked && exercise !== null;
    show(part(root, "[data-begin]"), on);
    if (!on || !exercise || !view) return;
    const rungs = exercise.uses_ladder ? view.care.rungs : [];
    const at = rungs.findIndex(({ id }) => id === this.#given());
    showBeginning(root, beginning(exercise, rungs[at]?.label ?? "", this.#item(), this.#again), this.#again);
    show(part(root, "[data-begin-sizes]"), at > 0);
    this.#rungs.show(at > 0 ? rungs.slice(0, at) : []);
  }

  /** @param {Scene} scene @param {View | null} view */
  #walk(scene, view) {
    const { root } = this;
    const activity = view?.activity?.started_at ? view.activity : null;
    const place = this.#place();
    const on = scene.name === "running" && activity !== null && view?.asking === null;
    const well = scene.comfort !== "uneasy" && scene.comfort !== "dizzy";
    show(part(root, "[data-walk]"), on && well);
    // A second tap is not the step after it, nor the way back, which takes half of the place, nor the end.
    this.#next.show(on && well, String(activity?.step));
    this.#previous.show(on && well && place?.before != null);
    if (!on || !activity) return;
    const out = activity.internal && this.#wayOut(activity) !== null;
    showWalk(root, { out, last: !place?.next });
  }

  /** @param {Activity} activity */
  #wayOut(activity) {
    return this.library.step(activity.exercise, activity.step)?.way_out ?? null;
  }

  #item() {
    return this.#bundle.programme?.items.find(({ id }) => id === this.#chosen?.item) ?? null;
  }

  /** The size it begins with: what was chosen here, else the item's, else where they are now. */
  #given() {
    return this.#rung ?? this.#item()?.rung ?? this.view?.care.rung ?? null;
  }

  #controls() {
    const { root } = this;
    const on = (/** @type {string} */ selector, /** @type {() => unknown} */ act) =>
      button(root, selector).addEventListener("click", () => {
        this.notice("");
        void act();
      });
    on("[data-start]", () => this.#start());
    on("[data-begin-tell]", () => {
      const exercise = this.#chosen?.exercise ?? "";
      this.describe(exercise, this.library.exercise(exercise)?.title ?? "");
    });
    on("[data-begin-no]", () => this.home());
    on("[data-out]", () => this.#comeOut());
    on("[data-pace-slower]", () => button(root, "[data-slower]").click());
    on("[data-faster]", () => this.#faster());
    on("[data-after-later]", () => this.update());
    part(root, "[data-after-end]").addEventListener("click", (event) => {
      event.preventDefault();
      void this.finish().then(() => this.#left());
    });
    // What was not sealed yet is, while the page is put away; the entries themselves are kept already.
    addEventListener("pagehide", () => void this.#line.seal());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") void this.#line.seal();
    });
  }

  /** Offered and begun in one press: from here to the first breath nothing is fetched and nobody is asked. */
  async #start() {
    const chosen = this.#chosen;
    const exercise = chosen && this.library.exercise(chosen.exercise);
    if (!chosen || !exercise) return;
    if (this.scene.name === "idle") {
      const item = this.#item();
      const rung = exercise.uses_ladder ? this.#given() : null;
      const offer = { type: /** @type {const} */ ("activity.offer"), exercise: chosen.exercise };
      const offered = this.ask({
        ...offer,
        ...(rung && { rung }),
        ...(item?.minutes && { minutes: item.minutes }),
      });
      // The machine answers before this line; only what it refused is waited for, to be told or asked about.
      if (this.view?.running !== "agreed" && !(await offered).ok) return;
    }
    const started = this.ask({ type: "activity.start" });
    // Still inside the press, and after it has been dated: on a slow phone this takes a tenth of a second.
    this.#guide.unlock();
    await started;
  }

  #comeOut() {
    const activity = this.view?.activity;
    const to = activity ? this.#wayOut(activity) : null;
    return to === null ? null : this.ask({ type: "step.go", to });
  }

  async #faster() {
    const pacer = this.view?.pacer;
    const next = pacer ? faster(coming(pacer)) : null;
    if (!next) return this.notice(t("This is the fastest breath that Ebb guides."));
    const { ok } = await this.ask({ type: "pacer.set", ...next });
    if (ok) this.notice(t("From the next breath in it is a little faster."));
  }
}
