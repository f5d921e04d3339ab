// @ts-check
/**
 * What both rooms share: the line, the clock, the view, the senses and Stop. A role's room draws what it shows.
 *
 * Whatever changes leads to `update`, which works out the screen from the view and from what was done here and
 * not told yet, and draws all of it. Nothing on screen waits for the network.
 */

import { button, mark, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Leave } from "../components/leave.js";
import { Unhurried } from "../components/unhurried.js";
import { syncMark } from "../pacer/drawing.js";
import { nextBreathAt, periodMs } from "../pacer/pattern.js";
import { Companions } from "./companions.js";
import { Company } from "./company.js";
import { Library } from "./library.js";
import { Mirror } from "./mirror.js";
import { NOTHING_LOCAL, sceneOf } from "./scene.js";
import { Senses } from "./senses.js";
import { OwnStop } from "./stop.js";

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Wish} Wish */
/** @typedef {import("./messages.js").Answer} Answer */
/** @typedef {import("./messages.js").Person} Person */
/** @typedef {import("./messages.js").Changed} Changed */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./clock.js").SyncState} SyncState */
/**
 * What a room stands on: a visit's line reaches its server, a home practice keeps both on this device. `speech` and
 * `ask` replace the device's own voice and the network where something else speaks or answers.
 * @typedef {Pick<import("./clock.js").Clock, "serverNow" | "readWall" | "correction" | "rejoin" | "state" | "boundMs" |
 *   "offsetAt">} RoomClock
 * @typedef {Pick<import("./connection.js").Connection, "state" | "waiting" | "start" | "send" | "sendFirst" |
 *   "takeBack" | "look"> & Partial<Pick<import("./connection.js").Connection, "sendFrame">>} RoomLine
 * @typedef {{clock: RoomClock, line: (on: import("./connection.js").Handlers) => RoomLine,
 *   speech?: typeof import("../components/speech.js").Speech, ask?: typeof fetch}} Ground
 */

const TICK_MS = 1_000;
const NOTICE_MS = 15_000;
/** An estimate that moved by less is the same to any eye or ear. */
const SAME_OFFSET_MS = 0.5;

export class Room {
  /** @type {Scene} */
  scene;
  /** @type {Person[]} */
  people = [];
  /** What lives beside the breath, such as voice; told what the room is told. */
  companions = new Companions();
  /** Why the line is not mended any more, or null while it is. @type {import("./connection.js").End | null} */
  end = null;
  #root;
  #role;
  #own;
  #clock;
  #mirror = new Mirror();
  #library;
  #senses;
  #line;
  #local = { ...NOTHING_LOCAL };
  /** The pause that this side asked for and that is not stored yet. @type {string | null} */
  #pauseId = null;
  /** Server minus monotonic time by the greeting alone, for the second until it is measured. */
  #roughOffset = Date.now() - performance.now();
  /** Until then the breath on screen is still the one from before a jump of the clock. */
  #joinsAt = -Infinity;
  #offset = Number.NaN;
  #company;
  #stepTimer = 0;
  #noticeTimer = 0;
  /** @type {SyncState | null} */
  #markShown = null;

  /** @param {HTMLElement} root @param {'patient' | 'therapist' | 'support'} role @param {Ground} ground */
  constructor(root, role, { clock, line, speech, ask }) {
    this.#root = root;
    this.#role = role;
    this.#clock = clock;
    this.#own = new OwnStop(this.data("session"));
    this.scene = sceneOf(null, this.#seen(), role);
    // Before anything else: from here on Stop works, whatever happens to the rest.
    part(root, "[data-stop]").addEventListener("click", () => this.#pressStop());
    this.#senses = new Senses(root, () => this.now(), speech);
    // Whoever hears that a breath turned finds the clock beside it that it turned by.
    this.#senses.element.addEventListener("ebb-phase", () => this.#sync());
    this.#library = new Library(this.data("library"), () => this.update(), ask);
    this.#company = new Company(this.data("company"), this.data("companyUrl"), () => this.update());
    this.#line = line(this.#handlers());
    new Leave({ before: () => this.#senses.silence(), target: this.data("leaveTo") });
  }

  /** A value that the page was given. @param {string} name */
  data(name) {
    return this.#root.dataset[name] ?? "";
  }

  get root() {
    return this.#root;
  }

  /** @returns {View | null} */
  get view() {
    return this.#library.told(this.#mirror.view);
  }

  get you() {
    return this.#mirror.you;
  }

  get library() {
    return this.#library;
  }

  get senses() {
    return this.#senses;
  }

  /** What those are called whom the patient lets be there, by id. @returns {Record<string, string>} */
  get company() {
    return this.#company.names;
  }

  get connection() {
    return this.#line.state;
  }

  /** How many things that were written or pressed wait for the line. */
  get waiting() {
    return this.#line.waiting;
  }

  /** Whether a Stop of this side is not stored yet. */
  get stopping() {
    return this.#own.pending;
  }

  /** Server time, as well as it is known. */
  now() {
    const mono = performance.now();
    return this.#clock.serverNow(mono) ?? mono + this.#roughOffset;
  }

  /** As `ask`, where a refusal is nobody's concern. @param {Wish} wish */
  quietly(wish) {
    return this.#line.send(wish).answer;
  }

  /** What is passed on and never recorded; its id, or null where no line takes it. @param {any} frame */
  sendFrame(frame) {
    return this.#line.sendFrame?.(frame) ?? null;
  }

  /** The whole page begins to live. */
  start() {
    // What takes time on its way goes first; and drawing has a turn of its own, so that a slow phone can take a tap in
    // between.
    this.#line.start();
    void this.#library.load();
    setTimeout(() => this.update());
    setInterval(() => this.#tick(), TICK_MS);
    addEventListener("online", () => this.#line.look());
    addEventListener("pageshow", () => this.#look());
    document.addEventListener("visibilitychange", () => this.#look());
  }

  /**
   * Asks the server for something; a refusal is said near the controls.
   * @param {Wish} wish
   * @returns {Promise<Answer>}
   */
  async ask(wish) {
    const answer = await this.#line.send(wish).answer;
    if (answer.ok) return answer;
    // A practice at home is refused by this phone, whose machine speaks English.
    const message = t(answer.message);
    this.notice(message);
    return { ...answer, message };
  }

  /** Pause is true here at once, and then told. */
  async pause() {
    if (this.#local.pausing) return;
    this.#local.pausing = true;
    const { id, answer } = this.#line.send({ type: "activity.pause" });
    this.#pauseId = id;
    this.#senses.silence();
    this.update();
    const { ok, ...rest } = await answer;
    this.#pauseId = null;
    this.#local.pausing = false;
    // A pause taken back, or one that came after the end, has nothing to say.
    if (!ok && "code" in rest && rest.code !== "not_done" && rest.code !== "not_now")
      this.notice(t(rest.message));
    this.update();
  }

  async resume() {
    if (this.#pauseId !== null && this.#line.takeBack(this.#pauseId)) return;
    await this.ask({ type: "activity.resume" });
  }

  /** What the patient feels is true here at once, and then told. @param {import("./messages.js").Comfort} level */
  async feel(level) {
    if (level !== "settled") {
      this.#local.felt = level;
      this.update();
    }
    const answer = await this.ask({ type: "comfort.set", level });
    if (level !== "settled" && this.#local.felt === level) this.#local.felt = null;
    this.update();
    return answer;
  }

  /** A calm sentence beside the controls; an empty one takes it away. @param {string} text */
  notice(text) {
    const place = part(this.#root, "[data-notice]");
    write(place, text);
    show(place, text !== "");
    if (text) this.#senses.mention(text);
    clearTimeout(this.#noticeTimer);
    if (text) this.#noticeTimer = setTimeout(() => this.notice(""), NOTICE_MS);
  }

  /** A button that leads on, where another has just been. @param {string} selector @param {() => unknown} act */
  unhurried(selector, act) {
    return new Unhurried(button(this.#root, selector), {
      act: () => {
        this.notice("");
        void act();
      },
      early: (label) =>
        this.notice(t("“{label}” had only just appeared. Press it once more if you mean it.", { label })),
    });
  }

  /** Works out the screen and draws it. */
  update() {
    const { view } = this;
    // A script that is being told is told to its end in the words that it was offered in.
    if (view && !view.activity && !view.asking) this.#library.heed(view.care.words);
    if (view) this.#library.meet(view);
    this.scene = sceneOf(view, this.#seen(), this.#role);
    const { name, mode } = this.scene;
    mark(this.#root, "data-seq", String(Math.max(0, this.#mirror.seq)));
    mark(this.#root, "data-connection", this.#line.state);
    mark(this.#root, "data-scene", name);
    show(part(this.#root, "[data-stop]"), name !== "stopped" && name !== "ended");
    show(part(this.#root, "[data-stop-done]"), name === "stopped" || name === "ended");
    const pacer = this.scene.comfort === "dizzy" || name === "stopped" ? null : (view?.pacer ?? null);
    this.#senses.breathe(pacer, mode);
    this.#sync();
    this.#turnLater();
    this.draw(this.scene, view);
    this.companions.tell("drawn", this.scene, view);
    // Until it is known what is to be seen, the water stays away: it would only jump from place to place.
    if ((view && this.#library.tried) || name === "stopped") this.#root.removeAttribute("data-opening");
  }

  /** What a role's room shows. @param {Scene} _scene @param {View | null} _view */
  draw(_scene, _view) {
    throw new Error("a room draws itself");
  }

  /** One event, after the view has it. @param {Changed} _changed */
  happened(_changed) {}

  /** About once a second. */
  ticked() {}

  /** The state of the line in words, for this role. @param {SyncState} _state @param {number} _bound_ms @returns {string} */
  syncWords(_state, _bound_ms) {
    return "";
  }

  /** Where the page goes when there is nothing more to do here. @param {import("./connection.js").End} how */
  closed(how) {
    this.end = how;
    if (how === "ended") this.#own.forget();
    // Whoever is in the middle of something is not torn away: the page says it, and waits.
    const busy =
      this.scene.name === "running" || this.scene.name === "paused" || this.scene.name === "stopped";
    if (how !== "ended" && !busy) location.reload();
    this.update();
  }

  #seen() {
    return { ...this.#local, stopping: this.#own?.pending ?? false };
  }

  #pressStop() {
    this.#own.press();
    this.#line?.sendFirst();
    this.#senses?.silence();
    this.companions.tell("stopped");
    this.update();
  }

  /** @returns {import("./connection.js").Handlers} */
  #handlers() {
    return {
      state: (state) => {
        this.companions.tell("line", state);
        this.update();
      },
      first: () => this.#own.frame(),
      greeted: (hello, arrived) => {
        this.#roughOffset = hello.now - arrived;
        this.#local.halted = false;
        this.#mirror.greet(hello);
        this.update();
        this.companions.tell("greeted", hello);
      },
      changed: (changed) => {
        if (!this.#mirror.change(changed)) return;
        if (changed.event.type === "session.stopped") this.#local.halted = false;
        this.update();
        this.happened(changed);
        this.companions.tell("happened", changed);
      },
      answered: (message) => {
        if (this.#own.answer(message)) {
          this.notice("");
          this.update();
        } else if (message.type === "refused" && message.id === this.#own.frame()?.id) {
          setTimeout(() => this.#line.sendFirst(), message.retry_ms ?? TICK_MS);
        }
      },
      halted: () => {
        this.#local.halted = true;
        this.#senses.silence();
        this.companions.tell("stopped");
        this.update();
      },
      people: (people) => {
        this.people = people;
        this.update();
        void this.#company.meet(people);
      },
      call: (frame) => this.companions.tell("call", frame),
      heart: (frame) => this.companions.tell("heart", frame),
      measured: () => this.#sync(),
      ended: (how) => this.closed(how),
    };
  }

  #look() {
    if (document.visibilityState !== "visible") return;
    this.#line.look();
    this.#tick();
  }

  #tick() {
    const mono = performance.now();
    if (this.#clock.readWall(mono, Date.now())) this.#line.look();
    const far = this.#clock.correction(mono).mode === "rejoin";
    if (far) {
      this.#clock.rejoin(mono);
      const pacer = this.view?.pacer ?? null;
      // The shore finishes its breath first and joins at the next one; until then it says so.
      if (pacer) this.#joinsAt = nextBreathAt(pacer, this.now() + periodMs(pacer));
    }
    this.#senses.tick(far);
    this.#sync();
    this.ticked();
  }

  /** What the pacer's element and the line of words say about the clock. */
  #sync() {
    const mono = performance.now();
    const measured = this.#clock.state(mono);
    const joining = measured === "in-sync" && this.scene.mode === "running" && this.now() < this.#joinsAt;
    const state = joining ? "stale" : measured;
    const bound_ms = this.#clock.boundMs(mono);
    const { element } = this.#senses;
    mark(element, "data-sync", state);
    mark(element, "data-sync-ms", Number.isFinite(bound_ms) ? String(Math.ceil(bound_ms)) : null);
    const offset = this.#clock.offsetAt(mono);
    if (offset !== null && !(Math.abs(offset - this.#offset) < SAME_OFFSET_MS)) {
      this.#offset = offset;
      mark(element, "data-clock-offset-ms", (offset - performance.timeOrigin).toFixed(3));
    }
    write(part(this.#root, "[data-sync-words]"), this.syncWords(state, bound_ms));
    if (state === this.#markShown) return;
    this.#markShown = state;
    this.#root.querySelector("[data-sync-line] svg")?.replaceWith(syncMark(state));
  }

  /** A step turns at a boundary that lies ahead: draw again then. */
  #turnLater() {
    clearTimeout(this.#stepTimer);
    const activity = this.view?.activity ?? null;
    if (!activity || activity.was === null) return;
    const wait_ms = activity.step_at_ms - this.now();
    if (wait_ms > 0 && wait_ms < 60_000) this.#stepTimer = setTimeout(() => this.update(), wait_ms + 2);
  }
}
