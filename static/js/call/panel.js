// @ts-check
/**
 * Voice in a room, on screen: holds the call, draws its bar and its sheet, and keeps it in step with the room.
 *
 * The visit never needs it. A Stop closes it before anything else is drawn, and only one's own tap opens a
 * microphone or a camera; nothing that somebody else sends can.
 */

import { show } from "../components/dom.js";
import { t } from "../components/language.js";
import { called } from "../live/words.js";
import { Bar } from "./bar.js";
import { Call } from "./call.js";
import { remembered } from "./devices.js";
import { Devices } from "./fold.js";
import { Framing } from "./framing.js";
import { wearsHeadphones } from "./headphones.js";
import { News } from "./news.js";
import { TalkSheet } from "./sheet.js";
import { afterStop, brief, said, together } from "./words.js";

/** @typedef {import("./call.js").CallState} CallState */
/** @typedef {import("./call.js").Other} Other */
/** @typedef {import("../live/room.js").Room} Room */
/** @typedef {import("../live/messages.js").View} View */
/** @typedef {import("../live/scene.js").Scene} Scene */
/** @typedef {import("./words.js").AfterStop} AfterStop */

const STYLES = ["../../css/call.css", "../../css/call-devices.css"];

export class Panel {
  /** Itself, once it can be seen as it is meant to be. @type {Promise<Panel>} */
  ready;
  #room;
  /** @type {'patient' | 'therapist' | 'support'} */
  #role;
  #call;
  #bar;
  #sheet;
  #news;
  #devices;
  #place;
  #row;
  /** @type {Framing | null} */
  #framing = null;
  /** A Stop of this screen or of anybody holds; taken back by the patient's "ready" alone. */
  #stopped = false;
  #ended = false;
  /** Voice was asked for here and is not there yet. */
  #joining = false;
  /** Who is on voice, as the server told it last. @type {import("../live/messages.js").CallPerson[]} */
  #there = [];
  #height_px = 0;
  /** What was last drawn, so that a level alone draws a level alone. */
  #drawn = "";

  /** @param {Room} room @param {{hello: any, people: any}} before what came while this was not here yet */
  constructor(room, { hello, people }) {
    this.#room = room;
    const { root } = room;
    this.#role = /** @type {any} */ (root.dataset.role);
    this.#place = /** @type {HTMLElement} */ (root.querySelector("[data-call-place]"));
    this.#row = /** @type {HTMLElement} */ (root.querySelector("[data-call-row]"));
    this.#call = new Call(
      {
        session: room.data("session"),
        line: { send: (/** @type {any} */ frame) => room.sendFrame(frame) },
        now: () => room.now(),
      },
      () => this.#draw(),
    );
    const call = this.#call;
    this.#bar = new Bar({
      mute: (on) => this.#microphone(!on),
      silence: (on) => call.silence(on),
      camera: () => this.#camera(),
      more: () => this.open(),
      again: () => void this.#join(),
      take: () => void this.#join({ take: true }),
      signal: () => void this.#signal(),
      keys: this.#role === "therapist" ? () => root.dataset.keys === "on" : null,
    });
    this.#place.append(this.#bar.root);
    // On a wide desk it lies in the column where it was opened, beside Stop and beside what the patient sees.
    this.#sheet = new TalkSheet(this.#place.closest(".ebb-sheet") ? this.#place : root, {
      about: this.#about(),
      listens: this.#role === "support",
      allows: this.#role !== "support",
      join: () => void this.#join(),
      leave: () => this.#leave(),
      camera: () => this.#camera(),
      headphones: () => this.#draw(),
      allow: (person, speak) => call.allow(person, speak),
      devices: (place) => this.#devices.open(place),
      closed: () => {
        this.#framing?.close();
        this.#devices.end();
        this.#draw();
      },
    });
    this.#news = new News(root);
    this.#devices = new Devices(room, call, (id) => void this.#bar.pictures.sink(id ?? ""));
    document.addEventListener("visibilitychange", () => call.hidden(document.visibilityState !== "visible"));
    // Whoever leaves quickly is gone from the call as well, before the next frame.
    document.addEventListener("ebb-leave", () => call.leave());
    addEventListener("pagehide", () => call.leave());
    room.companions.add(this);
    call.lineState(/** @type {any} */ (room.connection));
    if (hello) call.heard(hello);
    if (people) this.call(people);
    this.drawn(room.scene, room.view);
    this.ready = styled().then(() => {
      this.#draw();
      return this;
    });
  }

  /** @param {import("../live/connection.js").State} state */
  line(state) {
    this.#call.lineState(/** @type {any} */ (state));
  }

  /** @param {import("../live/messages.js").Hello} hello */
  greeted(hello) {
    // Nobody is named after a greeting where nobody takes part.
    this.#there = [];
    this.#call.heard(hello);
  }

  /** @param {any} frame */
  call(frame) {
    if (frame.type === "call.people") this.#there = frame.people;
    this.#call.heard(frame);
    this.#draw();
  }

  /** At once, before anything is drawn: also where no network answers. */
  stopped() {
    this.#stopped = true;
    this.#freeze();
    this.#draw();
  }

  /** @param {Scene} scene @param {View | null} _view */
  drawn({ name }, _view) {
    if (name === "ended" && !this.#ended) {
      this.#ended = true;
      this.#call.leave();
      this.#sheet.close();
    }
    const stopped = name === "stopped";
    if (stopped && !this.#stopped) this.stopped();
    else if (!stopped && this.#stopped && this.#room.view !== null) {
      this.#stopped = false;
      this.#call.thaw();
    }
    this.#draw();
  }

  open() {
    if (this.#stopped) return;
    show(this.#place, true);
    this.#sheet.open();
    this.#draw();
  }

  /** What the patient chose to follow a Stop. @returns {AfterStop} */
  get #chosen() {
    return this.#room.view?.after_stop ?? null;
  }

  /** @param {{person: string, role: string}} other */
  #name = ({ person, role }) => nameOf(this.#room, this.#role, { person, role });

  #freeze() {
    this.#framing?.close();
    this.#sheet.close();
    const heard = this.#chosen === "voice";
    if (this.#role === "patient") this.#call.freeze({ hear: heard, speak: false });
    else if (this.#role === "therapist") this.#call.freeze({ hear: heard, speak: heard ? true : "held" });
    else this.#call.freeze({ hear: false, speak: "held" });
  }

  async #join({ take = false } = {}) {
    this.#joining = true;
    await this.#call.join({
      take,
      microphone: this.#role !== "support",
      microphoneId: remembered("microphone"),
      cameraId: remembered("camera"),
    });
    if (this.#stopped) this.#freeze();
    this.#devices.refresh();
    this.#draw();
  }

  #leave() {
    this.#call.leave();
    this.#sheet.close();
    this.#news.mention(t("Voice is off here."));
  }

  /** @param {boolean} on */
  #microphone(on) {
    this.#call.microphone(on);
    this.#draw();
  }

  #camera() {
    if (this.#call.state.own.camera) {
      void this.#call.camera(false);
      return this.#draw();
    }
    if (this.#role === "therapist") return void this.#call.camera(true);
    this.#sheet.open();
    if (this.#framing) return;
    this.#framing = new Framing({
      names: together(this.#call.state.others.map(this.#name)),
      send: async () => void (await this.#call.camera(true)),
      done: () => {
        this.#framing = null;
        if (this.#call.state.own.camera) this.#sheet.close();
        this.#draw();
      },
    });
    this.#sheet.framing.replaceChildren(this.#framing.root);
    this.#draw();
    this.#framing.root.scrollIntoView({ block: "nearest" });
    this.#framing.root.querySelector("button")?.focus();
  }

  /** The one thing that may be said while everything is stopped. It goes in writing, so that it surely arrives. */
  async #signal() {
    const text = this.#signalWords();
    const { ok } = await this.#room.ask({ type: "message.say", text });
    if (ok) this.#room.notice(t("{name} can read it now.", { name: this.#opposite() }));
  }

  #signalWords() {
    if (!this.#stopped || this.#role === "support") return "";
    if (this.#role === "therapist") return t("I'm here");
    return this.#chosen === "voice" ? t("I can hear you") : t("I can read you");
  }

  /** Whom a patient and a therapist are there for, in a sentence. */
  #opposite() {
    const role = this.#role === "patient" ? "therapist" : "patient";
    return nameOf(this.#room, this.#role, { person: "", role });
  }

  #about() {
    const name = this.#opposite();
    if (this.#role === "support")
      return t("You listen to {name} and whoever treats them. You speak once both of them allow it.", {
        name,
      });
    if (this.#role === "therapist")
      return t(
        "{name} hears you, and you hear {name}, in this page. No visit needs it: everything works without.",
        {
          name,
        },
      );
    return t(
      "You and {name} can hear each other in this page. No visit needs it: everything works without.",
      {
        name,
      },
    );
  }

  #draw() {
    const { state } = this.#call;
    const { phase, own, others } = state;
    const on = phase === "on" || phase === "failed";
    const chosen = this.#chosen;
    // What the sheet was opened for is done; who is there and the words to compare stay one tap away.
    if (this.#joining && phase === "on") {
      this.#joining = false;
      this.#sheet.close();
    }
    const stopped = this.#stopped && on && others.length > 0;
    const there = this.#there.filter(({ person }) => person !== this.#room.you);
    const words = stopped
      ? { now: afterStop(this.#role, chosen, own, this.#opposite()), more: [] }
      : said(state, this.#name, there.map(this.#name));
    this.#senses(state);
    if (this.#sheet.isOpen) this.#devices.show(state);
    const silent = this.#stopped && (chosen !== "voice" || this.#role === "support");
    // What is dark by a stop is not shown as if it were there.
    const seen = silent ? others.map((other) => ({ ...other, camera: false })) : others;
    this.#bar.pictures.show(on ? seen : [], on && own.camera && !silent ? own.stream : null, this.#name);
    const calm = !["running", "paused", "asked"].includes(this.#room.scene.name);
    const shown = {
      said: stopped ? words : brief(words, { on, calm }),
      stopped: this.#stopped,
      silent,
      calm,
      signal: this.#signalWords(),
    };
    const key = JSON.stringify(
      [{ ...state, own: { ...own, level: 0 } }, shown, this.#framing === null, this.#sheet.isOpen],
      without,
    );
    if (key === this.#drawn) return this.#bar.level(state);
    this.#drawn = key;
    this.#bar.show(state, shown);
    this.#sheet.show(state, words, this.#name, this.#role);
    this.#news.tell([words.now, ...words.more]);
    const open = this.#room.view?.phase === "open" && !this.#ended;
    const bar = open && !this.#bar.root.hidden;
    show(this.#place, bar || (open && this.#sheet.isOpen));
    show(this.#row, open && !bar && !this.#stopped);
    this.#settle();
  }

  /** A question above the controls is seen whole, also once the line below it has grown. */
  #settle() {
    const height_px = this.#place.offsetHeight;
    // Only the patient's room asks questions.
    const room = /** @type {{reveal?: (again: boolean) => void}} */ (/** @type {unknown} */ (this.#room));
    if (height_px !== this.#height_px) room.reveal?.(true);
    this.#height_px = height_px;
  }

  /** The pacer leads: its cues step back for a voice, and are not made into somebody's open microphone. @param {CallState} state */
  #senses({ phase, own, others }) {
    const { senses } = this.#room;
    const on = phase === "on" || phase === "failed";
    senses.duck("voice", on && others.some(({ talking, speaks }) => talking && speaks));
    senses.hush(this.#role !== "patient" && on && own.microphone && !wearsHeadphones());
  }
}

/** @param {string} key @param {unknown} value */
function without(key, value) {
  return key === "stream" || key === "talking" ? undefined : value;
}

/**
 * What somebody is called on this screen.
 * @param {Room} room @param {'patient' | 'therapist' | 'support'} role @param {{person: string, role: string}} one
 */
function nameOf(room, role, one) {
  const support = called(room.company[one.person] ?? "");
  switch (one.role) {
    case "patient":
      return (
        (role === "therapist" && room.data("called")) || called(room.data("patient")) || t("The patient")
      );
    case "therapist":
      return role === "patient"
        ? called(room.data("therapist")) || t("Your therapist")
        : role === "support"
          ? t("The therapist")
          : t("Another therapist");
    default:
      return support || t("Support person");
  }
}

/** The style sheets of a call, once they are here. Without them all is plain, and works. */
function styled() {
  return Promise.all(
    STYLES.map(
      (path) =>
        new Promise((resolve) => {
          const link = document.createElement("link");
          link.rel = "stylesheet";
          link.href = new URL(path, import.meta.url).href;
          link.onload = link.onerror = resolve;
          document.head.append(link);
        }),
    ),
  );
}
