// @ts-check
/** A heart-rate belt over Web Bluetooth: chosen by a tap, found again by itself for a while, let go at any time. */

import { t } from "../components/language.js";
import { browserTimers } from "../live/timers.js";
import { parse } from "./parse.js";

/** @typedef {import("../live/timers.js").Timers} Timers */
/** @typedef {import("./parse.js").Measurement} Measurement */
/**
 * `none`: Bluetooth is off. `refused`: it was not allowed. `mending`: lost, and looked for. `gone`: looked for in vain.
 * `plain`: it tells no intervals. `quiet`, `unreadable`: connected, and nothing that could be drawn comes.
 * @typedef {'off' | 'choosing' | 'connecting' | 'live' | 'quiet' | 'unreadable' | 'plain' | 'mending' | 'gone' |
 *   'refused' | 'none'} Phase
 * @typedef {{phase: Phase, contact: boolean | null, battery: number | null}} BeltState
 */
/**
 * What of Web Bluetooth is used; the types of browsers do not know it yet.
 * @typedef {EventTarget & {value?: DataView, startNotifications(): Promise<unknown>, readValue(): Promise<DataView>}}
 *   Characteristic
 * @typedef {{getCharacteristic(name: string): Promise<Characteristic>}} Service
 * @typedef {{connected: boolean, connect(): Promise<Server>, disconnect(): void,
 *   getPrimaryService(name: string): Promise<Service>}} Server
 * @typedef {EventTarget & {gatt?: Server}} Device
 * @typedef {{getAvailability?(): Promise<boolean>, requestDevice(options: object): Promise<Device>}} Bluetooth
 */

const CONNECT_WITHIN_MS = 15_000;
const QUIET_AFTER_MS = 8_000;
/** Between two tries to find a lost belt again; after the last it is given up. */
const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, 15_000];
const LOW_BATTERY = 15;
/** A belt sends several packets before its first interval. */
const PLAIN_AFTER = 12;

export class Belt {
  #bluetooth;
  #timers;
  #changed;
  #measured;
  /** @type {BeltState} */
  #state = { phase: "off", contact: null, battery: null };
  /** @type {Device | null} */
  #device = null;
  /** @type {Characteristic | null} */
  #source = null;
  /** Counts what was begun: whatever answers to an earlier one comes too late. */
  #turn = 0;
  #tries = 0;
  #without = 0;
  #unread = false;
  #cancelRetry = () => {};
  #cancelQuiet = () => {};
  #onLost = () => this.#lost();
  #onValue = (/** @type {Event} */ event) => this.#heard(/** @type {Characteristic} */ (event.target).value);

  /**
   * @param {{bluetooth: Bluetooth, changed: (state: BeltState) => void, measured: (measurement: Measurement) => void,
   *   timers?: Timers}} parts
   */
  constructor({ bluetooth, changed, measured, timers = browserTimers }) {
    this.#bluetooth = bluetooth;
    this.#timers = timers;
    this.#changed = changed;
    this.#measured = measured;
  }

  get state() {
    return this.#state;
  }

  /** Whether one was chosen and has not been let go or given up. */
  get on() {
    return this.#device !== null;
  }

  /** Asks the person which belt, in the browser's own window. Call it from a tap. */
  async choose() {
    this.release();
    const turn = this.#turn;
    this.#become("choosing");
    try {
      // First of all: a browser lets a page ask only as long as the tap is fresh.
      const asked = this.#bluetooth.requestDevice({
        filters: [{ services: ["heart_rate"] }],
        optionalServices: ["battery_service"],
      });
      const device = await asked;
      if (turn !== this.#turn) return;
      this.#device = device;
      device.addEventListener("gattserverdisconnected", this.#onLost);
    } catch (error) {
      if (turn !== this.#turn) return;
      const name = error instanceof Error ? error.name : "";
      const there = await this.#available();
      if (turn !== this.#turn) return;
      // Whoever closes the browser's window has chosen none, and that is all.
      return this.#become(!there ? "none" : name === "NotFoundError" ? "off" : "refused");
    }
    this.#tries = 0;
    await this.#connect();
  }

  /** The belt is let go; nothing of it is remembered. */
  release() {
    this.#turn += 1;
    this.#cancelRetry();
    this.#cancelQuiet();
    this.#deaf();
    const device = this.#device;
    this.#device = null;
    device?.removeEventListener("gattserverdisconnected", this.#onLost);
    try {
      device?.gatt?.disconnect();
    } catch {
      // It was gone already.
    }
    this.#state = { phase: "off", contact: null, battery: null };
    this.#changed(this.#state);
  }

  async #available() {
    try {
      return (await this.#bluetooth.getAvailability?.()) ?? true;
    } catch {
      return true;
    }
  }

  async #connect() {
    const turn = ++this.#turn;
    const gatt = this.#device?.gatt;
    if (this.#state.phase !== "mending") this.#become("connecting");
    try {
      if (!gatt) throw new TypeError("a belt without a way to it");
      const source = await this.#within(this.#open(gatt));
      if (turn !== this.#turn) return;
      this.#deaf();
      this.#source = source;
      source.addEventListener("characteristicvaluechanged", this.#onValue);
      await this.#within(source.startNotifications());
      if (turn !== this.#turn) return;
      this.#without = 0;
      this.#become("live");
      this.#waitForMore();
      void this.#charge(gatt, turn);
    } catch {
      if (turn === this.#turn) this.#again();
    }
  }

  /** @param {Server} gatt */
  async #open(gatt) {
    const server = await gatt.connect();
    const service = await server.getPrimaryService("heart_rate");
    return service.getCharacteristic("heart_rate_measurement");
  }

  /** @template T @param {Promise<T>} answer @returns {Promise<T>} */
  #within(answer) {
    return new Promise((resolve, reject) => {
      const cancel = this.#timers.after(CONNECT_WITHIN_MS, () => reject(new Error("no answer")));
      answer.then(resolve, reject).finally(cancel);
    });
  }

  /** Many belts tell how full they are. Where one does not, nothing is said. @param {Server} gatt @param {number} turn */
  async #charge(gatt, turn) {
    try {
      const service = await gatt.getPrimaryService("battery_service");
      const level = await (await service.getCharacteristic("battery_level")).readValue();
      if (turn === this.#turn && level.byteLength > 0) this.#change({ battery: level.getUint8(0) });
    } catch {
      // It has none, or does not tell.
    }
  }

  /** @param {unknown} value */
  #heard(value) {
    if (!this.#device) return;
    const parsed = parse(value);
    if (!parsed.ok) {
      // One that is broken among many is nothing; when none can be read, the silence says so below.
      if (this.#state.phase === "quiet") this.#become("unreadable");
      this.#unread = true;
      return;
    }
    this.#unread = false;
    this.#tries = 0;
    this.#waitForMore();
    const { measurement } = parsed;
    this.#without = measurement.intervals_ms.length > 0 ? 0 : this.#without + 1;
    const plain = this.#without >= PLAIN_AFTER && measurement.contact !== false && measurement.rate > 0;
    this.#change({ phase: plain ? "plain" : "live", contact: measurement.contact });
    this.#measured(measurement);
  }

  #waitForMore() {
    this.#cancelQuiet();
    this.#cancelQuiet = this.#timers.after(QUIET_AFTER_MS, () =>
      this.#become(this.#unread ? "unreadable" : "quiet"),
    );
  }

  #lost() {
    if (!this.#device || this.#state.phase === "mending") return;
    this.#turn += 1;
    this.#again();
  }

  #again() {
    this.#cancelQuiet();
    this.#deaf();
    this.#change({ contact: null });
    const wait_ms = WAITS_MS[this.#tries];
    this.#tries += 1;
    if (wait_ms === undefined) {
      this.release();
      return this.#become("gone");
    }
    this.#become("mending");
    this.#cancelRetry();
    this.#cancelRetry = this.#timers.after(wait_ms, () => void this.#connect());
  }

  #deaf() {
    this.#source?.removeEventListener("characteristicvaluechanged", this.#onValue);
    this.#source = null;
  }

  /** @param {Phase} phase */
  #become(phase) {
    this.#change({ phase });
  }

  /** @param {Partial<BeltState>} changes */
  #change(changes) {
    const state = { ...this.#state, ...changes };
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#changed(state);
  }
}

/** How it is with the belt, in one sentence; empty where there is nothing to say. @param {BeltState} state */
export function beltWords({ phase, contact, battery }) {
  switch (phase) {
    case "choosing":
      return t("Your browser asks which belt it is.");
    case "connecting":
      return t("Connecting to the belt.");
    case "live":
      if (contact === false) return t("The belt does not feel your skin; a little water on its pads helps.");
      if (battery !== null && battery <= LOW_BATTERY)
        return t("The belt is connected, and its battery is nearly empty.");
      return t("The belt is connected.");
    case "quiet":
      return t("The belt is connected and sends nothing for the moment.");
    case "unreadable":
      return t("What this belt sends cannot be read here.");
    case "plain":
      return t("This belt does not tell the time between beats, so there is no line to draw.");
    case "mending":
      return t("The belt is out of reach; it is looked for again by itself.");
    case "gone":
      return t("The belt could not be found again. Choose it once more if you like, or go on without.");
    case "refused":
      return t("The belt could not be reached: this browser does not allow it here.");
    case "none":
      return t("Bluetooth is off on this device.");
    default:
      return "";
  }
}
