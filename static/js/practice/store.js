// @ts-check
/**
 * What this phone keeps, in IndexedDB `ebb`: boxes that only the device key opens, and sealed parts that this phone
 * cannot open at all. Readable are whose they are, how many, and ids without meaning; the names of boxes say nothing.
 *
 * Each change is one transaction, which first looks whether the lock is still the one that the caller knows: a window
 * that was open while the PIN was set, or everything deleted, writes nothing under a key that is gone.
 */

/** @typedef {import("./vault.js").Lock} Lock */
/** @typedef {import("./vault.js").Box} Box */
/**
 * `kept_aside`: how many practices arrived and could not be opened there, until it was read here.
 * @typedef {{owner: string, lock: Lock, wrong: import("./pin.js").Wrong | null, since_wall_ms: number,
 *   kept_aside: number}} Device
 */
/** @typedef {{session: string, n: number, sealed: string, sealed_wall_ms: number}} Part */
/** @typedef {Part & {key: number}} StoredPart */
/**
 * `boxes`: what is written, or null to delete it. `only`: every other box is deleted. `device`: what changes in it.
 * @typedef {{boxes?: Record<string, Box | null>, only?: boolean, parts?: Part[], device?: Partial<Device>}} Change
 */
/** @typedef {'full' | 'gone' | 'changed' | 'none'} Why */

const NAME = "ebb";
const VERSION = 1;
const DEVICE = "device";
const BOXES = "boxes";
const OUTBOX = "outbox";
const ALL = [DEVICE, BOXES, OUTBOX];
/** There is one phone, so one line. */
const THIS = "this";

/** Storage did not do what was asked: no room left, taken away, changed by another window, or there is none. */
export class Trouble extends Error {
  /** @param {Why} why @param {unknown} [cause] */
  constructor(why, cause) {
    super(why, { cause });
    this.name = "Trouble";
    this.why = why;
  }
}

export class Store {
  #db;
  /** The browser took it away, or another window deletes everything. */
  onGone = () => {};

  /** @param {IDBDatabase} db */
  constructor(db) {
    this.#db = db;
    db.onclose = () => this.onGone();
    db.onversionchange = () => {
      db.close();
      this.onGone();
    };
  }

  /**
   * The store, or null where there is none and none is to be made: most phones keep nothing, and are left so.
   * @param {{create?: boolean}} [options]
   * @returns {Promise<Store | null>}
   * @throws {Trouble} where this browser keeps nothing
   */
  static open({ create = false } = {}) {
    return new Promise((resolve, reject) => {
      /** @type {IDBOpenDBRequest} */
      let request;
      try {
        request = indexedDB.open(NAME, VERSION);
      } catch (error) {
        // Reading the property itself may be forbidden.
        reject(new Trouble("none", error));
        return;
      }
      let absent = false;
      request.onupgradeneeded = () => {
        absent = !create;
        if (absent) request.transaction?.abort();
        else build(request.result);
      };
      request.onsuccess = () => resolve(new Store(request.result));
      request.onerror = (event) => {
        event.preventDefault();
        if (absent) resolve(null);
        else reject(new Trouble(isFull(request.error) ? "full" : "none", request.error));
      };
    });
  }

  close() {
    this.#db.close();
  }

  /** @returns {Promise<Device | null>} */
  async device() {
    return (await this.#read(DEVICE, (store) => store.get(THIS))) ?? null;
  }

  /** @param {string} name @returns {Promise<Box | null>} */
  async box(name) {
    return (await this.#read(BOXES, (store) => store.get(name))) ?? null;
  }

  /** @returns {Promise<Map<string, Box>>} */
  async boxes() {
    const names = /** @type {string[]} */ (await this.#read(BOXES, (store) => store.getAllKeys()));
    const found = new Map();
    for (const name of names) {
      const box = await this.box(name);
      if (box) found.set(name, box);
    }
    return found;
  }

  /** In the order in which they were sealed. @returns {Promise<StoredPart[]>} */
  parts() {
    return this.#read(OUTBOX, (store) => store.getAll());
  }

  /** The first line of a phone: nothing of anybody may be here before. @param {Device} device @param {Change} change */
  begin(device, change) {
    return this.#write((tx) => {
      for (const name of ALL) tx.objectStore(name).clear();
      tx.objectStore(DEVICE).put(device, THIS);
      this.#apply(tx, device, change);
    });
  }

  /**
   * @param {string} lockId the lock under which the boxes were shut
   * @param {Change} change
   * @throws {Trouble} full, gone, or changed by another window
   */
  change(lockId, change) {
    return this.#write((tx, refuse) => {
      const asked = tx.objectStore(DEVICE).get(THIS);
      asked.onsuccess = () => {
        /** @type {Device | undefined} */
        const device = asked.result;
        if (!device) return refuse("gone");
        if (device.lock.id !== lockId) return refuse("changed");
        this.#apply(tx, device, change);
        // Said now, it is carried out also where this page is left in the next instant.
        if (!change.parts?.length) tx.commit?.();
      };
    });
  }

  /** Delivered. @param {readonly number[]} keys @param {number} keptAside how many practices among them were */
  remove(keys, keptAside = 0) {
    return this.#write((tx) => {
      for (const key of keys) tx.objectStore(OUTBOX).delete(key);
      if (!keptAside) return;
      const asked = tx.objectStore(DEVICE).get(THIS);
      asked.onsuccess = () => {
        if (!asked.result) return;
        tx.objectStore(DEVICE).put(
          { ...asked.result, kept_aside: asked.result.kept_aside + keptAside },
          THIS,
        );
      };
    });
  }

  /** Everything, at once; then the database itself, as soon as no other window holds it. */
  async clear() {
    try {
      await this.#write((tx) => {
        for (const name of ALL) tx.objectStore(name).clear();
      });
    } finally {
      this.#db.close();
      await deleteDatabase();
    }
  }

  /** @param {IDBTransaction} tx @param {Device} device @param {Change} change */
  #apply(tx, device, { boxes = {}, only = false, parts = [], device: changed }) {
    const kept = tx.objectStore(BOXES);
    if (only) kept.clear();
    for (const [name, box] of Object.entries(boxes)) {
      if (box) kept.put(box, name);
      else kept.delete(name);
    }
    if (changed) tx.objectStore(DEVICE).put({ ...device, ...changed }, THIS);
    const outbox = tx.objectStore(OUTBOX);
    for (const part of parts) {
      const asked = outbox.index("place").getKey([part.session, part.n]);
      // What is sealed is never overwritten: the same part again is the first one.
      asked.onsuccess = () => asked.result === undefined && outbox.add(part);
    }
  }

  /** @param {string} name @param {(store: IDBObjectStore) => IDBRequest} ask @returns {Promise<any>} */
  #read(name, ask) {
    return new Promise((resolve, reject) => {
      try {
        const request = ask(this.#db.transaction(name, "readonly").objectStore(name));
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Trouble("gone", request.error));
      } catch (error) {
        reject(new Trouble("gone", error));
      }
    });
  }

  /**
   * @param {(tx: IDBTransaction, refuse: (why: Why) => void) => void} act
   * @returns {Promise<void>}
   */
  #write(act) {
    return new Promise((resolve, reject) => {
      /** @type {Why | null} */
      let refused = null;
      try {
        const tx = this.#db.transaction(ALL, "readwrite", { durability: "strict" });
        tx.oncomplete = () => resolve();
        tx.onabort = () => reject(new Trouble(refused ?? (isFull(tx.error) ? "full" : "gone"), tx.error));
        act(tx, (why) => {
          refused = why;
          tx.abort();
        });
      } catch (error) {
        reject(new Trouble(isFull(error) ? "full" : "gone", error));
      }
    });
  }
}

/** @param {IDBDatabase} db */
function build(db) {
  db.createObjectStore(DEVICE);
  db.createObjectStore(BOXES);
  const outbox = db.createObjectStore(OUTBOX, { keyPath: "key", autoIncrement: true });
  outbox.createIndex("place", ["session", "n"], { unique: true });
}

/** Without opening it: as when somebody signs out. Another window that holds it lets go when it is asked to. */
export function deleteDatabase() {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.deleteDatabase(NAME);
      request.onsuccess = request.onerror = request.onblocked = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
}

/** @param {unknown} error */
function isFull(error) {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}
