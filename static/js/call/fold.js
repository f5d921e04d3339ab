// @ts-check
/**
 * "Microphone and sound" in the sheet: which devices, whether one is heard, and a test to hear oneself, which is
 * offered while nobody else would hear it too. Made when the fold is first opened.
 */

import { button, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { DevicePicker, openDevice, remembered } from "./devices.js";
import { EchoTest } from "./echo.js";
import { echoWords } from "./hearing.js";
import { Meter } from "./meter.js";
import { deviceTrouble } from "./trouble.js";

/** @typedef {import("./call.js").Call} Call */
/** @typedef {import("./call.js").CallState} CallState */

export class Devices {
  #room;
  #call;
  #speaker;
  /** @type {HTMLElement | null} */
  #place = null;
  /** @type {DevicePicker | null} */
  #picker = null;
  /** @type {Meter | null} */
  #meter = null;
  /** @type {EchoTest | null} */
  #echo = null;

  /** @param {import("../live/room.js").Room} room @param {Call} call @param {(id: string | null) => void} speaker */
  constructor(room, call, speaker) {
    this.#room = room;
    this.#call = call;
    this.#speaker = speaker;
  }

  /** @param {HTMLElement} place */
  open(place) {
    if (!this.#picker) {
      const parts = this.#room.root.querySelector("template[data-call-devices]");
      if (!(parts instanceof HTMLTemplateElement)) return;
      place.append(parts.content.cloneNode(true));
      this.#place = place;
      this.#meter = new Meter(place);
      this.#picker = new DevicePicker(place, {
        chosen: (kind, id) => (kind === "speaker" ? this.#speaker(id) : void this.#call.use(kind, id)),
      });
      button(place, "[data-call-echo]").addEventListener("click", () => void this.#hearOneself());
    }
    this.refresh();
    this.show(this.#call.state);
  }

  /** After a permission the devices have names. */
  refresh() {
    void this.#picker?.refresh();
    for (const kind of /** @type {const} */ (["microphone", "camera", "speaker"]))
      this.#picker?.select(kind, remembered(kind));
  }

  /** Several times a second, while the fold is open. @param {CallState} state */
  show({ phase, own }) {
    if (!this.#place || !this.#meter) return;
    const on = phase === "on" || phase === "failed";
    if (on) this.end();
    show(part(this.#place, "[data-call-echo-row]"), !on);
    show(part(this.#place, ".ebb-meter"), (on && own.microphone) || this.#echo !== null);
    if (on && own.microphone) this.#meter.level(own.level);
  }

  /** Whatever listens here stops at once. */
  end() {
    this.#echo?.stop();
  }

  async #hearOneself() {
    if (this.#echo) return this.end();
    const place = /** @type {HTMLElement} */ (this.#place);
    const words = part(place, "[data-call-echo-words]");
    const start = button(place, "[data-call-echo]");
    write(start, t("Stop this"));
    /** @type {MediaStream | null} */
    let stream = null;
    this.#echo = new EchoTest();
    try {
      stream = await openDevice("microphone", remembered("microphone"));
      this.refresh();
      this.#meter?.follow(stream);
      this.show(this.#call.state);
      const heard = await this.#echo.run(stream, {
        speakerId: remembered("speaker"),
        on: (what) =>
          write(words, what === "speak" ? t("Speak now, for 4 seconds.") : t("Now listen: this is you.")),
      });
      write(words, heard === null ? "" : echoWords(heard));
    } catch (error) {
      write(words, await deviceTrouble(error, "microphone"));
    } finally {
      for (const track of stream?.getTracks() ?? []) track.stop();
      this.#meter?.stop();
      this.#echo = null;
      write(start, t("Hear yourself"));
      this.show(this.#call.state);
    }
  }
}
