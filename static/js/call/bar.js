// @ts-check
/** The calm line of a call: how it is in words and as a shape, the pictures, and the few things that one presses. */

import { make, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Hold, tapOrHold } from "./hold.js";
import { LevelMark } from "./level-mark.js";
import { Pictures } from "./pictures.js";

/** @typedef {import("./call.js").CallState} CallState */
/** @typedef {import("./words.js").Said} Said */
/**
 * What a bar can do. `signal` is the one way to say something while everything is stopped.
 * @typedef {{mute: (on: boolean) => void, silence: (on: boolean) => void, camera: () => void, more: () => void,
 *   again: () => void, take: () => void, signal: () => void, keys: (() => boolean) | null}} Acts
 */
/**
 * `stopped` while a Stop holds: `signal` then names its button, and `silent` says that nobody is heard. `calm`: nothing
 * runs, so that there is room to offer a camera.
 * @typedef {{said: Said, stopped: boolean, silent: boolean, calm: boolean, signal: string}} Shown
 */

export class Bar {
  root = make("div", { class: "ebb-call", "data-call": "" });
  pictures = new Pictures();
  #mark = new LevelMark();
  #now = make("p", { class: "ebb-call__now", "data-call-now": "" });
  #aside = make("p", { class: "ebb-call__more", "data-call-aside": "" });
  #strip = make("div", { class: "ebb-strip ebb-call__strip" });
  #mute;
  #hold;
  #camera;
  #more;
  #again;
  #take;
  #signal;
  #muteKey;
  #silent = false;

  /** @param {Acts} acts */
  constructor(acts) {
    const press = (/** @type {string} */ name, /** @type {() => void} */ act, style = "") => {
      const button = make("button", {
        type: "button",
        [`data-call-${name}`]: "",
        ...(style && { class: style }),
      });
      button.addEventListener("click", act);
      return button;
    };
    this.#mute = press("mute", () => {});
    const open = () => this.root.dataset.microphone === "on";
    tapOrHold(this.#mute, { tap: () => acts.mute(open()), may: open, silence: acts.silence });
    if (acts.keys) this.#mute.setAttribute("aria-keyshortcuts", "V");
    this.#hold = press("hold", () => {});
    this.#hold.setAttribute("aria-pressed", "false");
    this.#camera = press("camera", () => acts.camera());
    this.#more = press("more", () => acts.more(), "ebb-link");
    this.#again = press("again", () => acts.again(), "ebb-button");
    this.#take = press("take", () => acts.take(), "ebb-button");
    this.#signal = press("signal", () => acts.signal(), "ebb-button ebb-button--wide");
    new Hold(this.#hold, acts.silence, acts.keys ? { key: "h", heeds: acts.keys } : {});
    const key = (/** @type {string} */ letter) =>
      acts.keys ? [" ", make("kbd", { "aria-hidden": "true", text: letter })] : [];
    this.#muteKey = key("V");
    this.#hold.append(make("span", {}, [t("Hold to be silent"), ...key("H")]));
    write(this.#again, t("Try again"));
    write(this.#take, t("Bring it here"));
    this.#strip.append(this.#mute, this.#hold, this.#camera);
    this.root.append(
      this.pictures.root,
      make("div", { class: "ebb-call__said" }, [
        make("div", { class: "ebb-call__words" }, [
          this.#mark.root,
          make("div", {}, [this.#now, this.#aside]),
        ]),
        this.#more,
      ]),
      this.#signal,
      this.#strip,
      make("div", { class: "ebb-row ebb-call__ways" }, [this.#again, this.#take]),
    );
  }

  /** @param {CallState} state @param {Shown} shown */
  show(state, { said, stopped, silent, calm, signal }) {
    const { phase, own, others } = state;
    const on = phase === "on" || phase === "failed";
    const { dataset } = this.root;
    dataset.phase = phase;
    dataset.microphone = own.microphone ? "on" : "off";
    dataset.camera = own.camera ? "on" : "off";
    show(this.root, said.now !== "" || said.more.length > 0);
    write(this.#now, said.now);
    write(this.#aside, said.more.join(" "));
    show(this.#aside, said.more.length > 0);
    this.#silent = silent;
    this.level(state);
    show(this.#mute, on && own.speaks && !silent);
    const name = own.microphone ? t("Mute") : t("Unmute");
    if (this.#mute.dataset.name !== name) {
      this.#mute.dataset.name = name;
      this.#mute.replaceChildren(make("span", {}, [name, ...this.#muteKey]));
    }
    this.#mute.classList.toggle("ebb-call__off", !own.microphone);
    show(this.#hold, on && own.speaks && own.microphone && !stopped);
    write(this.#camera, own.camera ? t("Turn camera off") : t("Turn camera on"));
    this.#camera.toggleAttribute("data-on", own.camera);
    show(this.#camera, on && own.speaks && !silent && (own.camera || (calm && !stopped)));
    const pressed = [this.#mute, this.#hold, this.#camera].some(({ hidden }) => !hidden);
    show(this.#strip, pressed);
    write(this.#more, phase === "off" ? t("Talk to each other") : t("Voice"));
    show(this.#more, !stopped && phase !== "asking" && phase !== "joining");
    show(this.#again, phase === "refused");
    show(this.#take, phase === "elsewhere" || phase === "moved");
    write(this.#signal, signal);
    show(this.#signal, signal !== "" && on && others.length > 0);
  }

  /** The shape alone: it changes several times a second. @param {CallState} state */
  level({ phase, own }) {
    const open = own.microphone && !own.silenced && !this.#silent;
    this.#mark.show(phase === "on" || phase === "failed" ? (open ? "open" : "muted") : "waiting", own.level);
  }
}
