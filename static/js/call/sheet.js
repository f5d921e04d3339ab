// @ts-check
/** "Talk to each other": what voice is, who is there, the camera, the words to compare, and the devices. */

import { List, make, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { Sheet } from "../components/sheet.js";
import { keepHeadphones, wearsHeadphones } from "./headphones.js";
import { there } from "./words.js";

/** @typedef {import("./call.js").CallState} CallState */
/** @typedef {import("./words.js").NameOf} NameOf */
/** @typedef {{key: string, name: string, words: string, may: boolean | null}} Row */
/** @typedef {{name: string, words: string[], digits: string, changed: boolean}} Code */
/**
 * `about` says what it is for this role; `listens`: somebody who joins without a microphone; `allows`: somebody who
 * has a say in whether a support person speaks.
 * @typedef {{about: string, listens: boolean, allows: boolean, join: () => void, leave: () => void,
 *   camera: () => void, headphones: () => void, allow: (person: string, speak: boolean) => void,
 *   devices: (place: HTMLElement) => void, closed: () => void}} Parts
 */

export class TalkSheet {
  /** Where the reminder stands before a camera is on. */
  framing = make("div", {});
  #parts;
  #sheet;
  #off;
  #on;
  #now = make("p", { class: "ebb-lead" });
  #aside = make("p", { class: "ebb-soft" });
  #people;
  #join;
  #leave;
  #cameraRow;
  #cameraWords = make("p", { class: "ebb-soft" });
  #camera;
  #compare;
  #codes;
  #fold;

  /** @param {HTMLElement} room @param {Parts} parts */
  constructor(room, parts) {
    this.#parts = parts;
    const { listens } = parts;
    const rows = make("ul", { class: "ebb-list" });
    const codes = make("div", { class: "ebb-stack" });
    this.#people = new List(rows, (/** @type {Row} */ row) => this.#row(row));
    this.#codes = new List(codes, code);
    this.#join = pressed("join", listens ? t("Listen") : t("Turn voice on"), parts.join, "ebb-button--main");
    this.#leave = pressed("leave", listens ? t("End listening") : t("End voice"), parts.leave);
    this.#camera = pressed("sheet-camera", "", parts.camera);
    const asked = listens
      ? t("Nothing is asked of your microphone, and nothing is recorded, here or at the clinic.")
      : t(
          "Your browser asks you about the microphone alone; the camera stays off. Nothing is recorded, here or at the clinic.",
        );
    this.#off = make("section", { class: "ebb-stack" }, [
      make("p", { text: parts.about }),
      make("p", { class: "ebb-soft", text: asked }),
    ]);
    const holding = t("While you hold Mute down, you are silent for just as long.");
    this.#on = make("section", { class: "ebb-stack" }, [
      this.#now,
      this.#aside,
      rows,
      ...(listens ? [] : [make("p", { class: "ebb-soft", text: holding })]),
    ]);
    this.#cameraRow = section(t("Camera, if you want one"), [this.#cameraWords, this.framing, this.#camera]);
    this.#compare = section(t("Words to compare"), [
      make("p", {
        class: "ebb-soft",
        text: t(
          "Read them to each other: the same words on both screens mean that nobody sits in between, not even this server. If they differ, end voice and tell the clinic; the visit goes on without it.",
        ),
      }),
      codes,
    ]);
    this.#fold = make("details", { class: "ebb-quiet" }, [
      make("summary", { text: t("Microphone and sound") }),
      make("div", { class: "ebb-quiet__body", "data-call-devices": "" }),
    ]);
    this.#fold.addEventListener("toggle", () => {
      if (this.#fold.open) parts.devices(part(this.#fold, "[data-call-devices]"));
    });
    const dialog = make(
      "dialog",
      { class: "ebb-dialog", "data-call-sheet": "", "aria-labelledby": "call-title" },
      [
        make("div", { class: "ebb-dialog__head" }, [
          make("h2", { id: "call-title", text: t("Talk to each other") }),
          make("button", { class: "ebb-link", type: "button", "data-close": "", text: t("Close") }),
        ]),
        make("div", { class: "ebb-dialog__body ebb-stack ebb-call-sheet" }, [
          this.#off,
          this.#on,
          this.#headphones(),
          make("div", { class: "ebb-row" }, [this.#join, this.#leave]),
          this.#cameraRow,
          this.#compare,
          this.#fold,
        ]),
      ],
    );
    room.append(dialog);
    this.#sheet = new Sheet(dialog, { closed: parts.closed });
  }

  get isOpen() {
    return this.#sheet.open;
  }

  open() {
    this.#sheet.show();
  }

  close() {
    this.#sheet.close();
  }

  /** @param {CallState} state @param {import("./words.js").Said} said @param {NameOf} nameOf @param {string} you whose screen it is */
  show({ phase, why, own, others }, said, nameOf, you) {
    const on = phase === "on" || phase === "failed";
    const opening = phase === "asking" || phase === "joining";
    show(this.#off, !on);
    show(this.#on, phase !== "off");
    write(this.#now, said.now);
    // With somebody there, each row says it of them.
    show(this.#now, !on || others.length === 0);
    // What is wrong with one of them stands in their own row.
    write(this.#aside, why ?? "");
    show(this.#aside, why !== null && why !== said.now);
    show(this.#join, !on && !opening);
    show(this.#leave, on || opening);
    this.#people.show(on ? others.map((other) => this.#told(other, nameOf(other), own, you)) : []);
    show(this.#cameraRow, on && own.speaks);
    write(this.#cameraWords, cameraWords(own));
    write(this.#camera, own.camera ? t("Turn camera off") : t("Turn camera on"));
    show(this.#camera, !this.framing.hasChildNodes());
    const codes = others.flatMap((other) =>
      other.code ? [{ name: nameOf(other), ...other.code, changed: other.codeChanged }] : [],
    );
    this.#codes.show(on ? codes : []);
    show(this.#compare, on && codes.length > 0);
  }

  /** @param {import("./call.js").Other} other @param {string} name @param {CallState["own"]} own @param {string} you @returns {Row} */
  #told(other, name, own, you) {
    const may = other.role === "support" && this.#parts.allows ? other.allowedBy.includes(you) : null;
    return { key: other.person, name, words: there(other, name, own), may };
  }

  /** @param {Row} row */
  #row({ key, name, words, may }) {
    const lines = [make("span", { text: words })];
    if (may === null) return make("li", {}, lines);
    const tick = make("input", { type: "checkbox", "data-key": key, ...(may && { checked: "" }) });
    tick.addEventListener("change", () => this.#parts.allow(key, tick.checked));
    const label = make("label", { class: "ebb-tick" }, [
      tick,
      make("span", {}, [
        t("{name} may speak too", { name }),
        make("small", {
          class: "ebb-soft",
          text: t("Once both of you have ticked this, until one takes it back."),
        }),
      ]),
    ]);
    return make("li", {}, [...lines, label]);
  }

  #headphones() {
    const tick = make("input", { type: "checkbox", "data-call-headphones": "" });
    tick.checked = wearsHeadphones();
    tick.addEventListener("change", () => {
      keepHeadphones(tick.checked);
      this.#parts.headphones();
    });
    const advice = t("They are best here: voices and the sound of the breath then stay apart.");
    return make("label", { class: "ebb-tick" }, [
      tick,
      make("span", {}, [t("I wear headphones"), make("small", { class: "ebb-soft", text: advice })]),
    ]);
  }
}

/** @param {CallState["own"]} own */
function cameraWords({ camera, thin, blurred }) {
  if (thin) return t("It went off by itself, since the line is thin. Voice goes on.");
  if (!camera) return t("It is off. Everything here works without it.");
  const behind = blurred
    ? t("Your browser blurs what is behind you.")
    : t("This browser cannot blur what is behind you: a plain wall or a curtain does it as well.");
  return [t("It is on."), behind].join(" ");
}

/** @param {Code} one */
function code({ name, words, digits, changed }) {
  return make("div", { class: "ebb-call__code" }, [
    make("p", { class: "ebb-soft", text: t("With {name}", { name }) }),
    ...(changed ? [make("p", { text: t("This connection is a new one. Compare again.") })] : []),
    make("p", { class: "ebb-call__code-words", "data-call-code": "", text: words.join(" ") }),
    make("p", { class: "ebb-soft" }, [
      t("In different languages, compare the figures:"),
      " ",
      make("span", { class: "ebb-figures", "data-call-digits": "", text: digits }),
    ]),
  ]);
}

/** @param {string} title @param {Node[]} children */
function section(title, children) {
  return make("section", { class: "ebb-stack" }, [make("h2", { text: title }), ...children]);
}

/** @param {string} name @param {string} text @param {() => void} act @param {string} [style] */
function pressed(name, text, act, style = "") {
  const button = make("button", {
    class: `ebb-button ${style}`.trim(),
    type: "button",
    [`data-call-${name}`]: "",
    text,
  });
  button.addEventListener("click", act);
  return button;
}
