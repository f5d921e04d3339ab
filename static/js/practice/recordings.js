// @ts-check
/** The therapist's voice, step by step, as far as it has been fetched. Boxes are named by chance: a name would tell. */

import { hex, random } from "./bytes.js";
import { open } from "./vault.js";

/**
 * @typedef {{exercise: string, version: number, step: number, mime: string, ms: number, url: string}} Recording
 * @typedef {Recording & {box: string}} Kept
 */

const LIST = "recordings";
const MOST_BYTES = 20_000_000;

export class Recordings {
  #keeper;
  /** @type {Kept[] | null} */
  #kept = null;

  /** @param {import("./keeper.js").Keeper} keeper */
  constructor(keeper) {
    this.#keeper = keeper;
  }

  /** @returns {Promise<Kept[]>} */
  async list() {
    this.#kept ??= (await this.#keeper.readJson(LIST)) ?? [];
    return /** @type {Kept[]} */ (this.#kept);
  }

  /** @param {string} exercise @param {number} version @param {number} step @returns {Promise<Blob | null>} */
  async get(exercise, version, step) {
    const found = (await this.list()).find(
      (one) => one.exercise === exercise && one.version === version && one.step === step,
    );
    const bytes = found && (await this.#keeper.read(found.box, open));
    return bytes ? new Blob([bytes], { type: found.mime }) : null;
  }

  /** Fetches those that are not here, and deletes those that are none any more. @param {Recording[]} wanted */
  async fetchAll(wanted) {
    const here = await this.list();
    const gone = here.filter((kept) => !wanted.some((one) => one.url === kept.url));
    let kept = here.filter((one) => !gone.includes(one));
    if (gone.length) await this.#written(kept, Object.fromEntries(gone.map((one) => [one.box, null])));
    for (const one of wanted) {
      if (kept.some((other) => other.url === one.url)) continue;
      const bytes = await fetched(one.url);
      if (!bytes) continue;
      const box = `r-${hex(random(8))}`;
      kept = [...kept, { ...one, box }];
      // Whatever does not fit is spoken by the phone's own voice instead.
      if (!(await this.#written(kept, { [box]: bytes }))) return;
    }
  }

  forget() {
    this.#kept = null;
  }

  /** @param {Kept[]} kept @param {Record<string, unknown>} boxes */
  async #written(kept, boxes) {
    const written = await this.#keeper.write({ [LIST]: kept, ...boxes });
    if (written) this.#kept = kept;
    return written;
  }
}

/** @param {string} url @returns {Promise<ArrayBuffer | null>} */
async function fetched(url) {
  if (!url.startsWith("/") || url.startsWith("//")) return null;
  try {
    const answer = await fetch(url, { cache: "no-store", redirect: "error" });
    const bytes = answer.ok ? await answer.arrayBuffer() : null;
    return bytes?.byteLength && bytes.byteLength <= MOST_BYTES ? bytes : null;
  } catch {
    return null;
  }
}
