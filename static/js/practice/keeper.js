// @ts-check
/**
 * What is kept here, and the key to it: reads and writes boxes, and holds in memory what could not be written.
 *
 * A practice goes on whatever storage does. What could not be written is written with the next thing that can be, and
 * `trouble` says meanwhile in words what is the matter.
 */

import { trouble_words } from "./phone-words.js";
import { left_ms, wait_words, wrong_words } from "./pin.js";
import { Store, Trouble } from "./store.js";
import { newLock, open, opened, openJson, shut, shutJson } from "./vault.js";
import { PRACTISING } from "./worker.js";

/** @typedef {import("./store.js").Device} Device */
/** @typedef {import("./store.js").Part} Part */
/** @typedef {import("./store.js").Change} Change */
/** @typedef {import("./vault.js").Box} Box */
/** @typedef {Part & {key?: number}} Waiting without a key it is in memory alone */
/** @typedef {{open: true} | {open: false, say: string, wait_ms: number}} Unlocking `say` may be empty */
/** @typedef {{lock: string, key: CryptoKey}} Held a key, and the id of the lock that it opens */
/** @typedef {{practice: unknown, parts: Part[]}} Unwritten `practice`: undefined nothing, null that there is none */

const PRACTICE = "practice";
/** What a practice was begun with. It does not change, and is written once: the rest is after each tap. */
const BEGUN_WITH = "begun-with";
const CHANNEL = "ebb-phone";
/** The one thing outside the database: whether a page need look there at all. */
const HINT = "ebb.phone";

export class Keeper {
  /** @type {Store | null} */
  #store = null;
  /** @type {Device | null} */
  #device = null;
  /** @type {Held | null} */
  #held = null;
  /** @type {Unwritten} */
  #unwritten = nothing();
  /** Of the practice under way, as it lies in its box. @type {unknown} */
  #begunWith = null;
  #turn = Promise.resolve();
  #others = new BroadcastChannel(CHANNEL);
  /** @type {string | null} */
  trouble = null;
  /** Something is different now. */
  onChange = () => {};
  /** The key is gone: nothing readable is to be held any longer. */
  onLocked = () => {};

  constructor() {
    this.#others.addEventListener("message", ({ data }) => {
      if (data === "off") this.#over(null);
      else void this.look();
    });
  }

  /** @returns {'off' | 'locked' | 'open'} */
  get state() {
    const lock = this.#device?.lock;
    // A lock that was given up together with its PIN opens nothing any more.
    if (!lock?.key && !lock?.pin) return "off";
    return this.#held ? "open" : "locked";
  }

  get device() {
    return this.#device;
  }

  get hasPin() {
    return this.#device?.lock.pin != null;
  }

  get wait_ms() {
    return left_ms(this.#device?.wrong ?? null, Date.now());
  }

  /** What there is now: at the beginning, and when another window has changed it. */
  async look() {
    try {
      this.#hold(this.#store ?? (await Store.open()));
      const device = (await this.#store?.device()) ?? null;
      if (device?.lock.id !== this.#device?.lock.id) this.#forget();
      // What one person could not write down is never written down for another.
      if (device && this.#device && device.owner !== this.#device.owner) this.#unwritten = nothing();
      this.#device = device;
      if (device?.lock.key) this.#held ??= { lock: device.lock.id, key: device.lock.key };
    } catch (error) {
      this.#fail(error);
    }
    this.onChange();
  }

  /** @param {string} pin @returns {Promise<Unlocking>} */
  async unlock(pin) {
    // Another window may have counted a wrong one.
    await this.look();
    const device = this.#device;
    if (!device || this.state !== "locked") return { open: true };
    if (this.wait_ms) return { open: false, say: wait_words(this.wait_ms), wait_ms: this.wait_ms };
    const key = await opened(device.lock, pin);
    const count = (device.wrong?.count ?? 0) + 1;
    if (!key) await this.note({ wrong: { count, at_wall_ms: Date.now() } });
    else if (device.wrong) await this.note({ wrong: null });
    this.#held = key && { lock: device.lock.id, key };
    this.onChange();
    return key
      ? { open: true }
      : { open: false, say: wrong_words(count, this.wait_ms), wait_ms: this.wait_ms };
  }

  lock() {
    if (!this.hasPin) return;
    this.#forget();
    this.onChange();
  }

  /**
   * @template T
   * @param {string} name
   * @param {(key: CryptoKey, name: string, box: Box) => Promise<T>} as
   * @returns {Promise<T | null>} null where there is none, or it cannot be opened
   */
  async read(name, as) {
    const held = this.#held;
    if (!held) return null;
    try {
      const box = await this.#store?.box(name);
      return box ? await as(held.key, name, box) : null;
    } catch (error) {
      if (error instanceof Trouble) this.#fail(error);
      return null;
    }
  }

  /** @param {string} name @returns {Promise<any>} */
  readJson(name) {
    return this.read(name, openJson);
  }

  /**
   * Shuts values and writes them, or deletes where one is null.
   * @param {Record<string, unknown>} values a Blob's bytes, or what JSON can say
   * @returns {Promise<boolean>}
   */
  write(values) {
    return this.#inTurn(async ({ lock, key }) => this.#change({ boxes: await boxed(key, values) }, lock));
  }

  /** @param {Partial<Device>} device */
  async note(device) {
    if (!this.#device) return;
    this.#device = { ...this.#device, ...device };
    await this.#change({ device });
  }

  /**
   * @param {{practice?: unknown, parts?: Part[]}} what `practice`: what is under way from now on; null that nothing is
   * @returns {Promise<boolean>} whether it is written, together with whatever could not be before
   */
  save({ practice, parts = [] }) {
    this.#unwritten = {
      practice: practice === undefined ? this.#unwritten.practice : practice,
      parts: [...this.#unwritten.parts, ...parts],
    };
    return this.#inTurn(async ({ lock, key }) => {
      const wanted = this.#unwritten;
      const { values, begunWith } = this.#apart(wanted.practice);
      const boxes = await boxed(key, values);
      const written = await this.#change({ boxes, parts: wanted.parts }, lock);
      if (written) {
        this.#begunWith = begunWith;
        this.trouble = null;
        // What came meanwhile has a turn of its own.
        const { practice, parts } = this.#unwritten;
        const left = parts.filter((part) => !wanted.parts.includes(part));
        this.#unwritten = { practice: practice === wanted.practice ? undefined : practice, parts: left };
      }
      this.onChange();
      return written;
    });
  }

  /** @returns {Promise<any>} */
  async underWay() {
    if (this.#unwritten.practice !== undefined) return this.#unwritten.practice;
    const [practice, bundle] = [await this.readJson(PRACTICE), await this.readJson(BEGUN_WITH)];
    return practice && bundle ? { ...practice, bundle } : practice;
  }

  /**
   * The boxes of a practice. What it was begun with goes along where it does not lie there yet.
   * @param {any} practice
   * @returns {{values: Record<string, unknown>, begunWith: unknown}}
   */
  #apart(practice) {
    if (practice === undefined) return { values: {}, begunWith: this.#begunWith };
    const { bundle = null, ...rest } = practice ?? {};
    const values = { [PRACTICE]: practice && rest };
    if (bundle && bundle === this.#begunWith) return { values, begunWith: bundle };
    return { values: { ...values, [BEGUN_WITH]: bundle }, begunWith: bundle };
  }

  /** That there is one can be seen without the PIN. */
  async hasUnderWay() {
    if (this.#unwritten.practice !== undefined) return this.#unwritten.practice !== null;
    return Boolean(await this.#store?.box(PRACTICE).catch(() => null));
  }

  /** @returns {Promise<Waiting[]>} */
  async parts() {
    const stored = (await this.#store?.parts().catch(() => [])) ?? [];
    return [...stored, ...this.#unwritten.parts];
  }

  /** @param {Waiting[]} parts @param {number} keptAside */
  async took(parts, keptAside) {
    const { practice, parts: unwritten } = this.#unwritten;
    this.#unwritten = { practice, parts: unwritten.filter((part) => !parts.includes(part)) };
    const keys = parts.flatMap((part) => part.key ?? []);
    if (this.#device) this.#device = { ...this.#device, kept_aside: this.#device.kept_aside + keptAside };
    // Not deleted, it is sent once more, and is told to be there already.
    await this.#store?.remove(keys, keptAside).catch(() => {});
  }

  /**
   * From now on this phone keeps things for `owner`; what another one left is deleted.
   * @param {string} owner @param {Record<string, unknown>} values
   * @throws {Trouble}
   */
  async begin(owner, values) {
    const store = this.#store ?? (await Store.open({ create: true }));
    if (!store) throw new Trouble("none");
    this.#hold(store);
    const before = await store.device();
    const { lock, key } = await newLock(null);
    /** @type {Device} */
    const device = { owner, lock, wrong: null, since_wall_ms: Date.now(), kept_aside: 0 };
    const boxes = await boxed(key, values);
    if (before?.owner === owner) await store.change(before.lock.id, { only: true, boxes, device });
    else await store.begin(device, { boxes });
    hint(true);
    this.trouble = null;
    this.#others.postMessage("lock");
    await this.look();
  }

  /**
   * Another lock, with a PIN or without. Everything is locked anew: a key that lay open in this phone's storage does
   * not open what comes later. @param {string | null} pin
   * @returns {Promise<boolean>} false while a practice runs
   */
  async exchange(pin) {
    return unlessPractising(() =>
      this.#inTurn(async (held) => {
        const [store, device] = [this.#store, this.#device];
        if (!store || !device) return false;
        const { lock, key } = await newLock(pin);
        /** @type {Record<string, Box>} */
        const boxes = {};
        for (const [name, box] of await store.boxes()) {
          const plain = await open(held.key, name, box).catch(() => null);
          // What this key does not open, nothing does: it is not carried over, and holds nobody up.
          if (plain) boxes[name] = await shut(key, name, plain);
        }
        const change = { only: true, boxes, device: { lock, wrong: null } };
        if (!(await this.#change(change, held.lock))) return false;
        this.#device = { ...device, lock, wrong: null };
        // In place: what was asked for meanwhile, and waits for its turn, is written under the new lock.
        Object.assign(held, { lock: lock.id, key });
        if (!pin) this.#held ??= held;
        this.#others.postMessage("lock");
        this.onChange();
        return true;
      }),
    );
  }

  /** What only the PIN could open is deleted; what waits to be delivered stays, and is delivered. */
  async giveUp() {
    const { lock } = await newLock(null);
    await this.#change({ only: true, device: { lock: { ...lock, key: null }, wrong: null } });
    this.#others.postMessage("lock");
    await this.look();
  }

  /** Deletes everything, what waits to be delivered as well. */
  async clear() {
    hint(false);
    const store = this.#store ?? (await Store.open().catch(() => null));
    if (store) store.onGone = () => {};
    await store?.clear().catch(() => {});
    this.#others.postMessage("off");
    this.#over(null);
  }

  close() {
    this.#others.close();
    this.#store?.close();
    this.#store = null;
  }

  /** @param {Store | null} store */
  #hold(store) {
    this.#store = store;
    // The browser took it for want of room. (Where another window deletes it, that says so itself.)
    if (store) store.onGone = () => this.#over("gone");
  }

  /** Nothing is kept here any more. What runs goes on in memory, with the key that it has. @param {'gone' | null} why */
  #over(why) {
    this.#store = null;
    if (why) this.trouble = trouble_words(why);
    else {
      this.#device = null;
      this.#unwritten = nothing();
      this.#forget();
    }
    this.onChange();
  }

  #forget() {
    this.#held = null;
    this.#begunWith = null;
    this.onLocked();
  }

  /**
   * @param {Change} change @param {string} [lock] which one it was made for, by its id
   * @returns {Promise<boolean>}
   */
  async #change(change, lock = this.#device?.lock.id) {
    try {
      if (!this.#store || !lock) throw new Trouble("gone");
      await this.#store.change(lock, change);
      return true;
    } catch (error) {
      this.#fail(error, lock);
      return false;
    }
  }

  /**
   * One after the other, in the order asked for, each with the key that there was when it was asked: so that locking
   * loses nothing that was on its way.
   * @param {(held: Held) => Promise<boolean>} act @returns {Promise<boolean>}
   */
  #inTurn(act) {
    const held = this.#held;
    const done = this.#turn.then(() => (held ? act(held) : false));
    this.#turn = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** @param {unknown} error @param {string} [lock] */
  #fail(error, lock) {
    if (!(error instanceof Trouble)) throw error;
    this.trouble = trouble_words(error.why);
    // Where the lock that is there now is known already, its key stays.
    if (error.why === "changed" && lock === this.#device?.lock.id) this.#forget();
    this.onChange();
  }
}

/** @returns {Unwritten} */
const nothing = () => ({ practice: undefined, parts: [] });

/** @param {CryptoKey} key @param {Record<string, unknown>} values @returns {Promise<Record<string, Box | null>>} */
async function boxed(key, values) {
  /** @type {Record<string, Box | null>} */
  const boxes = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === null) boxes[name] = null;
    else if (value instanceof ArrayBuffer) boxes[name] = await shut(key, name, value);
    else boxes[name] = await shutJson(key, name, value);
  }
  return boxes;
}

/** @param {() => Promise<boolean>} act */
async function unlessPractising(act) {
  if (!navigator.locks) return act();
  return navigator.locks.request(PRACTISING, { ifAvailable: true }, async (lock) => (lock ? act() : false));
}

/** @param {boolean} on */
function hint(on) {
  try {
    if (on) localStorage.setItem(HINT, "on");
    else localStorage.removeItem(HINT);
  } catch {
    // Then this phone is looked at when one of its own pages is opened.
  }
}
