// @ts-check
/** Which tab of this device takes part: one, or two would send the same voice twice and howl. */

export class Hold {
  #name;
  #locks;
  #lost;
  /** Gives it back. @type {(() => void) | null} */
  #release = null;
  #turn = 0;

  /**
   * @param {string} name
   * @param {{locks?: Pick<LockManager, "request"> | null, lost: () => void}} parts `lost`: another tab took it. Without
   * locks every tab may, and the server says which one does
   */
  constructor(name, { locks = globalThis.navigator?.locks ?? null, lost }) {
    this.#name = name;
    this.#locks = locks;
    this.#lost = lost;
  }

  /** @param {{steal: boolean}} how @returns {Promise<boolean>} whether this tab has it now */
  async take({ steal }) {
    this.release();
    const locks = this.#locks;
    if (!locks) return true;
    this.#turn += 1;
    const turn = this.#turn;
    return new Promise((answer) => {
      const held = locks.request(this.#name, steal ? { steal: true } : { ifAvailable: true }, (lock) => {
        if (!lock || turn !== this.#turn) {
          answer(false);
          return undefined;
        }
        answer(true);
        return new Promise((release) => {
          this.#release = () => release(undefined);
        });
      });
      held.catch(() => {
        answer(false);
        if (turn !== this.#turn || !this.#release) return;
        this.#release = null;
        this.#lost();
      });
    });
  }

  release() {
    this.#turn += 1;
    this.#release?.();
    this.#release = null;
  }
}
