// @ts-check
/** Whether somebody wears headphones on this device: chosen once, kept here, and asked nowhere else. */

const STORE = "ebb.headphones";

/** @param {Pick<Storage, "getItem">} [store] */
export function wearsHeadphones(store = globalThis.localStorage) {
  try {
    return store.getItem(STORE) === "on";
  } catch {
    return false;
  }
}

/** @param {boolean} on @param {Pick<Storage, "setItem">} [store] */
export function keepHeadphones(on, store = globalThis.localStorage) {
  try {
    store.setItem(STORE, on ? "on" : "off");
  } catch {
    // Private windows may refuse to remember.
  }
}
