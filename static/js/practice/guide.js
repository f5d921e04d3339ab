// @ts-check
/**
 * Guidance for closed eyes: what goes on by itself, what is heard and felt, and what a locked phone does to it.
 *
 * Each way is complete alone, is chosen before anything begins, and can be tried there. Steps outside may follow each
 * other by themselves, if that was chosen; a step inside never does.
 */

import { Chime } from "../components/chime.js";
import { button, find, part, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Speech } from "../components/speech.js";
import { Vibration } from "../components/vibrate.js";
import { placeOf } from "../live/library.js";
import { shownStep } from "../live/scene.js";
import { whenLocked } from "./practice-words.js";

/** @typedef {import("../live/messages.js").View} View */
/** @typedef {import("../live/scene.js").Scene} Scene */
/** @typedef {import("./practice-room.js").PracticeRoom} Room */

const HANDS_FREE = "ebb.hands-free";
/** What is turned on for a test alone is remembered nowhere. */
const FOR_A_TEST = /** @type {Storage} */ (
  /** @type {unknown} */ ({ getItem: () => "on", setItem() {}, removeItem() {} })
);

export class Guide {
  #room;
  #voice;
  #chime = new Chime();
  #on = remembered();
  /** How long the step on stage has been followed: not while paused, uneasy or asked. */
  #followed_ms = 0;
  #lastAt = 0;
  #step = "";
  #told = false;

  /** @param {Room} room @param {import("./voice.js").OwnVoice} voice */
  constructor(room, voice) {
    this.#room = room;
    this.#voice = voice;
    this.#wire();
    this.#session();
  }

  /** Another practice. */
  fresh() {
    this.#step = "";
    this.#voice.at(null);
  }

  /** From inside a press: the browser lets this page be heard from now on. */
  unlock() {
    void this.#chime.unlock();
    const session = /** @type {{type: string} | undefined} */ (Reflect.get(navigator, "audioSession"));
    // Where the platform knows of it, tones go on in a phone that is locked.
    if (session) session.type = "playback";
  }

  /** @param {Scene} scene @param {View | null} view */
  show(scene, view) {
    const { library } = this.#room;
    const activity = view?.activity?.started_at ? view.activity : null;
    const index = activity ? shownStep(activity, this.#room.now()) : 0;
    const say = activity ? library.step(activity.exercise, index)?.words.say : undefined;
    this.#voice.at(
      activity && say ? { exercise: activity.exercise, version: activity.version, step: index, say } : null,
    );
    if ("mediaSession" in navigator)
      navigator.mediaSession.playbackState =
        scene.name === "running" ? "playing" : scene.name === "paused" ? "paused" : "none";
  }

  /** About once a second. */
  tick() {
    const { view, scene } = this.#room;
    const activity = view?.activity?.started_at ? view.activity : null;
    const now = this.#room.now();
    const passed_ms = now - this.#lastAt;
    this.#lastAt = now;
    const step = activity ? `${activity.started_at} ${activity.step} ${activity.step_at_ms}` : "";
    if (step !== this.#step) {
      this.#step = step;
      this.#followed_ms = 0;
      this.#told = false;
      return;
    }
    const well = scene.comfort !== "uneasy" && scene.comfort !== "dizzy";
    if (!activity || scene.name !== "running" || !well || view?.asking || now < activity.step_at_ms) return;
    this.#followed_ms += passed_ms;
    if (!this.#on || this.#told || this.#followed_ms < activity.step_ms) return;
    this.#told = true;
    void this.#goOn(activity);
  }

  /** @param {import("../live/messages.js").Activity} activity */
  async #goOn(activity) {
    const exercise = this.#room.library.exercise(activity.exercise);
    const place = exercise ? placeOf(exercise, activity.step) : null;
    if (this.#sounds) await this.#chime.ring("message");
    // Its own words are told with the step; a step inside is asked for by nobody but its own button.
    if (place?.next && !place.next.step.internal) return this.#room.step(1);
    const words = place?.next
      ? t("The next step asks you first. It comes when you press “Next step”.")
      : t("That was the last step. Stay as long as you like.");
    this.#room.notice(words);
    this.#room.senses.tell(words);
  }

  get #sounds() {
    return button(this.#room.root, "[data-sound-toggle]").getAttribute("aria-pressed") === "true";
  }

  #wire() {
    const { root } = this.#room;
    const box = find(root, "[data-hands-free]", HTMLInputElement);
    box.checked = this.#on;
    box.addEventListener("change", () => {
      this.#on = box.checked;
      try {
        localStorage.setItem(HANDS_FREE, this.#on ? "on" : "off");
      } catch {
        // Private windows may refuse to remember; it holds for as long as this page is open.
      }
    });
    write(
      part(root, "[data-locked]"),
      whenLocked(/** @type {{wakeLock?: unknown, audioSession?: unknown}} */ (navigator)),
    );
    const voice = new Speech({ store: FOR_A_TEST });
    button(root, "[data-speech-test]").addEventListener("click", () => {
      if (voice.state !== "ready") return this.#room.notice(voice.words);
      void voice.say(t("This is the voice that reads each step to you."));
    });
    const touch = new Vibration({ store: FOR_A_TEST });
    button(root, "[data-vibrate-test]").addEventListener("click", () => touch.set(true));
    button(root, "[data-guide-open]").addEventListener("click", () => {
      const panel = find(root, ".ebb-room__sound", HTMLDetailsElement);
      panel.open = true;
      scrollTo(0, 0);
      part(panel, "summary").focus({ preventScroll: true });
    });
  }

  /** What a lock screen shows: a name that says nothing, and pause. */
  #session() {
    if (!("mediaSession" in navigator)) return;
    const { mediaSession } = navigator;
    mediaSession.metadata = new MediaMetadata({ title: "Ebb", artist: "" });
    mediaSession.setActionHandler("pause", () => void this.#room.pause());
    mediaSession.setActionHandler("play", () => void this.#room.resume());
  }
}

function remembered() {
  try {
    return localStorage.getItem(HANDS_FREE) === "on";
  } catch {
    return false;
  }
}
