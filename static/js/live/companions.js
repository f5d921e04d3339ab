// @ts-check
/** What lives in a room beside the breath, and may be loaded late: each is told what it has an ear for. */

/**
 * `stopped` comes at once with a Stop, one's own or anybody's, before anything is drawn; `drawn` after each drawing.
 * @typedef {{
 *   line?: (state: import("./connection.js").State) => void,
 *   greeted?: (hello: import("./messages.js").Hello) => void,
 *   happened?: (changed: import("./messages.js").Changed) => void,
 *   drawn?: (scene: import("./scene.js").Scene, view: import("./messages.js").View | null) => void,
 *   stopped?: () => void,
 *   call?: (frame: any) => void,
 *   heart?: (frame: any) => void,
 * }} Companion
 */

export class Companions {
  /** @type {Set<Companion>} */
  #all = new Set();

  /** @param {Companion} companion */
  add(companion) {
    this.#all.add(companion);
  }

  /**
   * @template {keyof Companion} N
   * @param {N} name
   * @param {Parameters<NonNullable<Companion[N]>>} told
   */
  tell(name, ...told) {
    for (const one of this.#all) {
      const ear = /** @type {((...told: any[]) => void) | undefined} */ (one[name]);
      ear?.apply(one, told);
    }
  }
}
