// @ts-check
/**
 * Which microphone, camera and loudspeaker: three lists, filled with what the browser tells, and what was chosen.
 *
 * What is kept is the browser's own id of a device, which says nothing of anybody: another site, or this one after
 * its data were cleared, is told another. It goes with the login, as all that Ebb keeps in a browser.
 */

import { t } from "../components/language.js";
import { canChooseSpeaker } from "./speaker.js";

/** @typedef {'microphone' | 'camera' | 'speaker'} Kind */
/** @typedef {{id: string, label: string}} Choice */

const STORE = "ebb.devices";
/** @type {Record<Kind, MediaDeviceKind>} */
const AS_BROWSERS_SAY = { microphone: "audioinput", camera: "videoinput", speaker: "audiooutput" };
/** @type {Kind[]} */
export const KINDS = ["microphone", "camera", "speaker"];
/** Chromium names the usual device twice: under these ids, and under its own. */
const USUAL = new Set(["", "default", "communications"]);
const ID_MOST = 200;

/** The device that was chosen on this browser, or null for the usual one. @param {Kind} kind @param {Storage | null} [store] */
export function remembered(kind, store = own()) {
  try {
    const id = JSON.parse(store?.getItem(STORE) ?? "{}")[kind];
    return typeof id === "string" && id && id.length <= ID_MOST ? id : null;
  } catch {
    return null;
  }
}

/** @param {Kind} kind @param {string | null} id null: the usual one @param {Storage | null} [store] */
export function remember(kind, id, store = own()) {
  try {
    const kept = Object.fromEntries(KINDS.map((one) => [one, one === kind ? id : remembered(one, store)]));
    const chosen = Object.entries(kept).filter(([, value]) => value);
    if (chosen.length) store?.setItem(STORE, JSON.stringify(Object.fromEntries(chosen)));
    else store?.removeItem(STORE);
  } catch {
    // Private windows may refuse to remember; the choice then lasts as long as the page.
  }
}

/** The store itself may be forbidden to look at. @returns {Storage | null} */
function own() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/**
 * What may be chosen of one kind, without the usual one, which is always there. Without permission browsers tell
 * neither ids nor names; then there is nothing to choose yet.
 * @param {{kind: string, deviceId: string, label: string}[]} known @param {Kind} kind @returns {Choice[]}
 */
export function choices(known, kind) {
  const mine = known.filter((one) => one.kind === AS_BROWSERS_SAY[kind] && !USUAL.has(one.deviceId));
  return mine.map(({ deviceId, label }, at) => ({ id: deviceId, label: label || unnamed(kind, at + 1) }));
}

/** @param {Kind} kind @param {number} number */
function unnamed(kind, number) {
  switch (kind) {
    case "microphone":
      return t("Microphone {number}", { number });
    case "camera":
      return t("Camera {number}", { number });
    default:
      return t("Loudspeaker {number}", { number });
  }
}

/**
 * Opens a microphone or a camera: the chosen one if it is there, any other if it is not. Asked for as a wish alone, a
 * browser may open the usual one and say nothing of it.
 * @param {'microphone' | 'camera'} kind @param {string | null} id null: the usual one
 * @param {{media?: MediaDevices, more?: MediaTrackConstraints}} [how] @returns {Promise<MediaStream>}
 * @throws whatever the browser says; `deviceTrouble` has the words for it
 */
export async function openDevice(kind, id, { media = globalThis.navigator?.mediaDevices, more = {} } = {}) {
  if (!media?.getUserMedia) throw new DOMException("", "NotSupportedError");
  const as = kind === "camera" ? "video" : "audio";
  if (id) {
    try {
      return await media.getUserMedia({ [as]: { ...more, deviceId: { exact: id } } });
    } catch (error) {
      if (!(error instanceof Error && ["OverconstrainedError", "NotFoundError"].includes(error.name)))
        throw error;
    }
  }
  return await media.getUserMedia({ [as]: more });
}

/** The lists of a page: `select[data-devices="microphone"]` and so on, each in a `[data-devices-of]` of its own. */
export class DevicePicker {
  #root;
  #chosen;
  #media;
  #store;
  #ending = new AbortController();

  /**
   * @param {Element} root
   * @param {{chosen?: (kind: Kind, id: string | null) => void, media?: MediaDevices, store?: Storage | null}} [parts]
   */
  constructor(root, { chosen = () => {}, media = globalThis.navigator?.mediaDevices, store = own() } = {}) {
    this.#root = root;
    this.#chosen = chosen;
    this.#media = media;
    this.#store = store;
    const { signal } = this.#ending;
    for (const kind of KINDS) {
      const list = this.#list(kind);
      list?.addEventListener("change", () => this.#choose(kind, list.value || null), { signal });
    }
    this.#media?.addEventListener?.("devicechange", () => void this.refresh(), { signal });
  }

  /** Once more what there is: after a permission, and when something is plugged in or out. */
  async refresh() {
    const known = (await this.#media?.enumerateDevices?.().catch(() => [])) ?? [];
    for (const kind of KINDS) {
      const list = this.#list(kind);
      if (!list) continue;
      const found = kind === "speaker" && !canChooseSpeaker() ? [] : choices(known, kind);
      this.#fill(list, kind, found);
      const frame = list.closest("[data-devices-of]");
      // One alone is no choice.
      if (frame instanceof HTMLElement) frame.hidden = found.length < 2;
    }
  }

  /** Marks one as chosen without telling anybody. @param {Kind} kind @param {string | null} id */
  select(kind, id) {
    const list = this.#list(kind);
    if (list) list.value = id ?? "";
  }

  close() {
    this.#ending.abort();
  }

  /** @param {Kind} kind @param {string | null} id */
  #choose(kind, id) {
    remember(kind, id, this.#store);
    this.#chosen(kind, id);
  }

  /** @param {HTMLSelectElement} list @param {Kind} kind @param {Choice[]} found */
  #fill(list, kind, found) {
    const before = list.value || remembered(kind, this.#store) || "";
    const usual = new Option(t("The usual one of this device"), "");
    list.replaceChildren(usual, ...found.map(({ id, label }) => new Option(label, id)));
    list.value = found.some(({ id }) => id === before) ? before : "";
  }

  /** @param {Kind} kind */
  #list(kind) {
    return /** @type {HTMLSelectElement | null} */ (
      this.#root.querySelector(`select[data-devices="${kind}"]`)
    );
  }
}
