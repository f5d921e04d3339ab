// @ts-check
/** Two soft notes for whoever works in another window: somebody waits, or somebody feels uneasy. Never the only sign. */

/** @type {Record<'waiting' | 'uneasy' | 'message', number[]>} */
const NOTES_HZ = { waiting: [392, 523.3], uneasy: [329.6, 261.6], message: [523.3] };
const EACH_S = 0.42;

export class Chime {
  /** @type {AudioContext | null} */
  #context = null;
  #make;

  /** @param {() => AudioContext} [make] */
  constructor(make = () => new AudioContext()) {
    this.#make = make;
  }

  /**
   * Browsers keep a page silent until it was touched; then this does nothing, and gives false.
   * @param {'waiting' | 'uneasy' | 'message'} what
   */
  async ring(what) {
    if (navigator.userActivation?.hasBeenActive === false) return false;
    try {
      this.#context ??= this.#make();
      const context = this.#context;
      // Without a touch the promise of `resume` may stay open for ever, so it is not waited for.
      void context.resume();
      await Promise.resolve();
      if (context.state !== "running") return false;
      for (const [turn, hz] of NOTES_HZ[what].entries()) {
        this.#note(context, hz, context.currentTime + 0.03 + turn * EACH_S);
      }
      return true;
    } catch {
      return false;
    }
  }

  /** From inside a touch or a key press: the browser lets the page be heard from now on. */
  async unlock() {
    try {
      this.#context ??= this.#make();
      await this.#context.resume();
    } catch {
      // No sound device: the words on screen say everything.
    }
  }

  /** @param {AudioContext} context @param {number} hz @param {number} at */
  #note(context, hz, at) {
    const voice = context.createOscillator();
    const level = context.createGain();
    voice.frequency.value = hz;
    level.gain.setValueAtTime(0, at);
    level.gain.linearRampToValueAtTime(0.12, at + 0.05);
    level.gain.exponentialRampToValueAtTime(0.0008, at + EACH_S * 2);
    voice.connect(level).connect(context.destination);
    voice.start(at);
    voice.stop(at + EACH_S * 2);
  }
}
