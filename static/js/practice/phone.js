// @ts-check
/**
 * This phone: what a page may do with what is kept here, without knowing of keys, boxes and transactions. `change`
 * is fired when state, trouble, or what waits is different, also when another window made it so.
 */

import { Delivery, practices } from "./deliver.js";
import { Keeper } from "./keeper.js";
import { delivered_words } from "./phone-words.js";
import { Recordings } from "./recordings.js";
import { fetchBundle } from "./refresh.js";
import { seal } from "./seal.js";
import { holdVersion, PRACTISING, renew } from "./worker.js";

/** @typedef {import("./refresh.js").Bundle} Bundle */
/** @typedef {import("./keeper.js").Unlocking} Unlocking */
/** @typedef {import("./deliver.js").Outcome & {say: string | null}} Delivered */
/** @typedef {{state: 'fresh', bundle: Bundle} | {state: 'offline' | 'signed_out' | 'somebody_else' | 'refused'}} Refreshed */

const BUNDLE = "bundle";

export class Phone extends EventTarget {
  #keeper = new Keeper();
  /** @type {Bundle | null} */
  #bundle = null;
  /** @type {Delivered | null} */
  #delivery = null;
  #recordings = new Recordings(this.#keeper);
  #deliverer = new Delivery({
    outbox: {
      owner: () => this.owner,
      parts: () => this.#keeper.parts(),
      took: (parts, keptAside) => this.#keeper.took(parts, keptAside),
    },
    heard: (outcome) => {
      this.#delivery = { ...outcome, say: delivered_words(outcome) };
      this.#changed();
    },
  });
  #ending = new AbortController();

  /** Never throws: where this browser keeps nothing, state is "off", and `trouble` says why. */
  static async open({ deliver = true } = {}) {
    const phone = new Phone();
    holdVersion();
    phone.#keeper.onChange = () => phone.#changed();
    phone.#keeper.onLocked = () => {
      phone.#bundle = null;
      phone.#recordings.forget();
    };
    await phone.#keeper.look();
    phone.#listen(deliver);
    return phone;
  }

  get state() {
    return this.#keeper.state;
  }

  get hasPin() {
    return this.#keeper.hasPin;
  }

  get owner() {
    return this.#keeper.device?.owner ?? null;
  }

  /** A sentence to show: storage is full, was taken away, or there is none. */
  get trouble() {
    return this.#keeper.trouble;
  }

  get delivery() {
    return this.#delivery;
  }

  /** How many practices arrived that could not be opened there, and of which nobody has read here yet. */
  get keptAside() {
    return this.#keeper.device?.kept_aside ?? 0;
  }

  /** How long the next PIN has to wait. */
  get wait_ms() {
    return this.#keeper.wait_ms;
  }

  /** @param {string} pin @returns {Promise<Unlocking>} */
  unlock(pin) {
    return this.#keeper.unlock(pin);
  }

  /** The key and whatever is readable leave memory. Without a PIN there is nothing that this would protect. */
  lock() {
    this.#keeper.lock();
  }

  /** Deletes what only the PIN could open. What waits to be delivered stays. */
  forgetPin() {
    return this.#keeper.giveUp();
  }

  /** @returns {Promise<Bundle | null>} */
  async bundle() {
    this.#bundle ??= await this.#keeper.readJson(BUNDLE);
    return this.#bundle;
  }

  /**
   * What was told on this phone holds here too, until the clinic is heard again. Needs state "open".
   * @param {Bundle} bundle
   */
  async holdBack(bundle) {
    if (this.state !== "open") return;
    this.#bundle = bundle;
    await this.#keeper.write({ [BUNDLE]: bundle });
  }

  /**
   * Fetches the programme anew. Needs state "open". `told`: what the clinic's computer said, before the voices of the
   * programme are here as well.
   * @param {{told?: (found: Refreshed) => void}} [on] @returns {Promise<Refreshed>}
   */
  async refresh({ told = () => {} } = {}) {
    const found = await this.#fetched();
    told(found);
    if (found.state === "fresh") {
      await this.#recordings.fetchAll(found.bundle.recordings ?? []);
      this.#changed();
    }
    return found;
  }

  /** @returns {Promise<Refreshed>} */
  async #fetched() {
    // Asked before: what is delivered while the answer is on its way is not in it yet.
    const waits = (await this.waiting()) > 0;
    const found = await fetchBundle();
    if (found.state !== "fresh") return found;
    if (found.bundle.you.id !== this.owner) return { state: "somebody_else" };
    if (this.state !== "open") return { state: "refused" };
    if (waits) found.bundle.care = stillHeld(found.bundle.care, (await this.bundle())?.care);
    this.#bundle = found.bundle;
    await this.#keeper.write({ [BUNDLE]: found.bundle });
    return found;
  }

  /** @param {string} exercise @param {number} version @param {number} step @returns {Promise<Blob | null>} */
  recording(exercise, version, step) {
    return this.#recordings.get(exercise, version, step);
  }

  recordings() {
    return this.#recordings.list();
  }

  /** The practice under way, after each entry. @param {unknown} practice @returns {Promise<boolean>} */
  keep(practice) {
    return this.#keeper.save({ practice });
  }

  /** @returns {Promise<any>} */
  underWay() {
    return this.#keeper.underWay();
  }

  /** That there is one can be seen without the PIN. */
  hasUnderWay() {
    return this.#keeper.hasUnderWay();
  }

  forgetUnderWay() {
    return this.#keeper.save({ practice: null });
  }

  /**
   * Seals a part of a practice and puts it where it waits to be delivered. `keep`, in the same transaction: what
   * the practice under way is from now on, or null where this was its last part.
   * @param {string} session @param {number} n @param {unknown} plain
   * @param {{keep?: unknown}} [options]
   * @returns {Promise<boolean>} whether it is written; where not, it is held in memory
   */
  async seal(session, n, plain, { keep } = {}) {
    const bundle = await this.bundle();
    if (!bundle) throw new Error("this phone is locked: there is no key to seal to");
    const sealed = await seal(plain, bundle.key, { session, n });
    const part = { session, n, sealed, sealed_wall_ms: Date.now() };
    return this.#keeper.save({ practice: keep, parts: [part] });
  }

  /** The last part of a practice. @param {string} session @param {number} n @param {unknown} plain */
  async finish(session, n, plain) {
    const written = await this.seal(session, n, plain, { keep: null });
    void this.deliver();
    return written;
  }

  /** How many practices wait to be delivered. */
  async waiting() {
    return practices(await this.#keeper.parts());
  }

  /** @returns {Promise<{session: string, n: number}[]>} */
  async waitingParts() {
    return (await this.#keeper.parts()).map(({ session, n }) => ({ session, n }));
  }

  /** @returns {Promise<Delivered>} */
  async deliver() {
    await this.#deliverer.now();
    return /** @type {Delivered} */ (this.#delivery);
  }

  async readKeptAside() {
    await this.#keeper.note({ kept_aside: 0 });
    this.#changed();
  }

  /**
   * Runs a practice. While it does, no new version takes over and no lock is exchanged, in any window.
   * @template T
   * @param {() => Promise<T>} run
   * @returns {Promise<T>}
   */
  async practising(run) {
    if (!navigator.locks) return run();
    try {
      return await navigator.locks.request(PRACTISING, run);
    } finally {
      void renew();
    }
  }

  /**
   * From now on this phone keeps a programme. What another person left here is deleted.
   * @param {Bundle} bundle
   * @throws {import("./store.js").Trouble} where this browser keeps nothing, or has no room
   */
  async turnOn(bundle) {
    await this.#keeper.begin(bundle.you.id, { [BUNDLE]: bundle });
    await this.#recordings.fetchAll(bundle.recordings ?? []);
  }

  /** Deletes everything that is kept here, what waits as well. */
  async turnOff() {
    await this.#keeper.clear();
  }

  /**
   * Another PIN, or none. Needs state "open", or the PIN that there is.
   * @param {string | null} pin @param {string} [now]
   * @returns {Promise<Unlocking>} `say` empty: not while a practice runs
   */
  async setPin(pin, now = "") {
    if (this.hasPin) {
      this.lock();
      const answer = await this.unlock(now);
      if (!answer.open) return answer;
    }
    return (await this.#keeper.exchange(pin)) ? { open: true } : { open: false, say: "", wait_ms: 0 };
  }

  close() {
    this.#ending.abort();
    this.#deliverer.close();
    this.#keeper.close();
  }

  /** @param {boolean} deliver */
  #listen(deliver) {
    const { signal } = this.#ending;
    // Leaving quickly: whoever takes this phone next finds it locked, also by "Back".
    document.addEventListener("ebb-leave", () => this.lock(), { signal });
    if (!deliver) return;
    const now = () => void this.deliver();
    addEventListener("online", now, { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && now(), {
      signal,
    });
    if (!this.owner) return;
    void renew();
    now();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * What was told here and waits to be delivered may have suspended what the server still takes for open.
 * @param {any} fresh @param {any} known
 */
export function stillHeld(fresh, known) {
  return fresh.suspended || !known?.suspended ? fresh : { ...fresh, suspended: known.suspended };
}
