// @ts-check
/** Trying sound, microphone, camera and connection before a visit. Nothing is kept of it, and nobody hears it. */

import { DevicePicker, openDevice, remembered } from "../call/devices.js";
import { EchoTest } from "../call/echo.js";
import { echoWords } from "../call/hearing.js";
import { Meter } from "../call/meter.js";
import { speaker } from "../call/speaker.js";
import { deviceTrouble, troubleWords } from "../call/trouble.js";
import { measure } from "../check/network.js";
import { findings, numbers, verdict } from "../check/network-words.js";
import { show } from "../components/dom.js";
import { t } from "../components/language.js";

/** @typedef {'microphone' | 'camera'} Kind */

/** A fifth, soft, as the breath's own tones are. */
const TONES_HZ = [174.6, 261.6];
const TONE_S = 1.2;

/** @template {HTMLElement} T @param {Element} root @param {string} selector */
function part(root, selector) {
  return /** @type {T} */ (root.querySelector(selector));
}

class Check {
  #root;
  #picker;
  #opened;
  /** @type {AudioContext | null} */
  #audio = null;

  /** @param {Element} root */
  constructor(root) {
    this.#root = root;
    this.#opened = { microphone: new Microphone(root, this), camera: new Camera(root, this) };
    this.#picker = new DevicePicker(root, {
      chosen: (kind) => {
        if (kind !== "speaker") void this.#opened[kind].again();
        else void this.#play();
      },
    });
    this.#network();
    const sound = part(root, "[data-sound-test]");
    show(sound, typeof AudioContext !== "undefined");
    sound.addEventListener("click", () => void this.#play());
    document.addEventListener("visibilitychange", () => document.hidden && this.#close("hidden"));
    document.addEventListener("ebb-leave", () => this.#close());
    addEventListener("pagehide", () => this.#close());
  }

  /** After the browser was asked, it tells names. */
  refresh() {
    return this.#picker.refresh();
  }

  /** @param {import("../call/trouble.js").Trouble} [why] */
  #close(why) {
    for (const one of Object.values(this.#opened)) one.close(why);
  }

  async #play() {
    const words = part(this.#root, "[data-sound-words]");
    await this.#audio?.close();
    const audio = new AudioContext();
    this.#audio = audio;
    await audio.resume();
    if (audio.state !== "running") {
      words.textContent = t(
        "This browser holds sound back. Look for a crossed-out loudspeaker beside the address.",
      );
      return;
    }
    const { out, end } = await speaker(audio, remembered("speaker"));
    const now = audio.currentTime;
    const last = TONES_HZ.map((hertz, index) => tone(audio, out, hertz, now + 0.05 + index * TONE_S)).at(-1);
    last?.addEventListener("ended", end);
    words.textContent = t(
      "Two soft tones, the second one higher. Did you hear both? If not, turn the device up and play them again.",
    );
  }

  #network() {
    const button = /** @type {HTMLButtonElement} */ (part(this.#root, "[data-network-test]"));
    const words = part(this.#root, "[data-network-words]");
    const more = part(this.#root, "[data-network-more]");
    show(button, true);
    button.addEventListener("click", async () => {
      // Not disabled, which would lose the place of whoever works by keyboard.
      if (button.ariaDisabled === "true") return;
      button.ariaDisabled = "true";
      words.textContent = t("One moment: this takes about 5 seconds.");
      const found = await measure();
      words.textContent = verdict(found);
      const lines = findings(found);
      more.hidden = lines.length === 0;
      part(more, "[data-network-found]").replaceChildren(...lines.map((line) => made("li", line)));
      const rows = numbers(found).map(([name, value]) => {
        const row = document.createElement("div");
        row.append(made("dt", name), made("dd", value));
        return row;
      });
      part(more, "[data-network-numbers]").replaceChildren(...rows);
      button.textContent = t("Try it again");
      button.ariaDisabled = "false";
    });
  }
}

/** What microphone and camera have in common: asked for by a button, shown while open, closed by the same button. */
class Opened {
  kind;
  button;
  words;
  body;
  #check;
  #usual;
  /** @type {MediaStream | null} */
  stream = null;
  /** So that a slow answer of the browser to an older question opens nothing any more. */
  #asked = 0;

  /** @param {Kind} kind @param {Element} root @param {Check} check */
  constructor(kind, root, check) {
    this.kind = kind;
    this.#check = check;
    this.button = part(root, `[data-${kind}-test]`);
    this.words = part(root, `[data-${kind}-words]`);
    this.body = part(root, `[data-${kind}-body]`);
    this.#usual = this.button.textContent ?? "";
    show(this.button, true);
    this.button.addEventListener("click", () => (this.stream ? this.close() : void this.open()));
  }

  /** Another device was chosen: it is opened in place of the one before, if there was one. */
  async again() {
    if (!this.stream) return;
    this.#release();
    await this.open();
  }

  async open() {
    this.#asked += 1;
    const asked = this.#asked;
    this.words.textContent = t("The browser asks you now.");
    try {
      const stream = await openDevice(this.kind, remembered(this.kind), { more: this.more() });
      if (asked !== this.#asked) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.stream = stream;
      stream.getTracks()[0].addEventListener("ended", () => this.stream === stream && this.close("gone"));
      this.button.textContent = this.closing();
      this.words.textContent = this.opening();
      this.body.hidden = false;
      this.shown(stream);
      await this.#check.refresh();
    } catch (error) {
      if (asked !== this.#asked) return;
      this.close();
      this.words.textContent = await deviceTrouble(error, this.kind);
    }
  }

  /** @param {import("../call/trouble.js").Trouble} [why] why it was not the person who closed it */
  close(why) {
    const was = this.stream;
    this.#asked += 1;
    this.#release();
    this.body.hidden = true;
    this.button.textContent = this.#usual;
    if (was) this.words.textContent = why ? troubleWords(why, this.kind) : this.closed();
  }

  #release() {
    if (!this.stream) return;
    for (const track of this.stream.getTracks()) track.stop();
    this.stream = null;
    this.hide();
  }

  /** @returns {MediaTrackConstraints} */
  more() {
    return {};
  }
  opening() {
    return "";
  }
  closing() {
    return "";
  }
  closed() {
    return "";
  }
  /** @param {MediaStream} _stream */
  shown(_stream) {}
  hide() {}
}

class Microphone extends Opened {
  #meter;
  #echo;
  #echoWords;
  #echoUsual;
  /** @type {EchoTest | null} */
  #test = null;

  /** @param {Element} root @param {Check} check */
  constructor(root, check) {
    super("microphone", root, check);
    this.#meter = new Meter(this.body);
    this.#echo = part(this.body, "[data-echo]");
    this.#echoWords = part(this.body, "[data-echo-words]");
    this.#echoUsual = this.#echoWords.textContent ?? "";
    this.#echo.addEventListener("click", () => (this.#test ? this.#test.stop() : void this.#listen()));
  }

  /** @override */
  opening() {
    return t("The microphone is open for this page alone. Nothing leaves this device, and nothing is kept.");
  }
  /** @override */
  closing() {
    return t("Close it");
  }
  /** @override */
  closed() {
    return t("The microphone is closed again.");
  }
  /** @override @param {MediaStream} stream */
  shown(stream) {
    this.#meter.follow(stream);
  }
  /** @override */
  hide() {
    this.#test?.stop();
    this.#meter.stop();
    this.#echoWords.textContent = this.#echoUsual;
  }

  async #listen() {
    if (!this.stream) return;
    const test = new EchoTest();
    this.#test = test;
    this.#echo.textContent = t("Stop this");
    const echo = await test
      .run(this.stream, {
        speakerId: remembered("speaker"),
        on: (now) => {
          this.#echoWords.textContent =
            now === "speak" ? t("Speak now, for 4 seconds.") : t("Now listen: this is you.");
        },
      })
      .catch(() => null);
    this.#test = null;
    this.#echo.textContent = t("Hear yourself");
    this.#echoWords.textContent = echo ? echoWords(echo) : this.#echoUsual;
  }
}

class Camera extends Opened {
  /** @param {Element} root @param {Check} check */
  constructor(root, check) {
    super("camera", root, check);
  }

  /** @override */
  more() {
    return { width: { ideal: 640 }, height: { ideal: 480 } };
  }
  /** @override */
  opening() {
    return t("Only you see this. A face is enough, and no more than a face is ever asked for.");
  }
  /** @override */
  closing() {
    return t("Close it");
  }
  /** @override */
  closed() {
    return t("The camera is closed again.");
  }
  /** @override @param {MediaStream} stream */
  shown(stream) {
    this.#picture.srcObject = stream;
  }
  /** @override */
  hide() {
    this.#picture.srcObject = null;
  }

  get #picture() {
    return /** @type {HTMLVideoElement} */ (part(this.body, "[data-camera-picture]"));
  }
}

/** @param {AudioContext} audio @param {AudioNode} out @param {number} hertz @param {number} at_s */
function tone(audio, out, hertz, at_s) {
  const source = audio.createOscillator();
  const loudness = audio.createGain();
  source.frequency.value = hertz;
  loudness.gain.setValueAtTime(0, at_s);
  loudness.gain.linearRampToValueAtTime(0.25, at_s + 0.3);
  loudness.gain.linearRampToValueAtTime(0, at_s + TONE_S);
  source.connect(loudness).connect(out);
  source.start(at_s);
  source.stop(at_s + TONE_S);
  return source;
}

/** @param {string} name @param {string} text */
function made(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

for (const root of document.querySelectorAll('[data-module="check"]')) new Check(root);
