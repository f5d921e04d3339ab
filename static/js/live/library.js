// @ts-check
/**
 * The words and the order of every exercise, fetched once; the room itself only hears of names and numbers.
 * They come in the patient's own words, and again when those have changed.
 */

/** @typedef {import("./messages.js").Breath} Breath */
/** @typedef {import("./messages.js").View} View */
/** @typedef {{exercise: string, version: number}} Named */
/** @typedef {{say: string, eyes_open: string, seated: string | null, on_side: string | null, cue_in: string | null,
 *   cue_out: string | null}} StepWords */
/** @typedef {{id: string, act: string, seconds: number, internal: boolean, way_out: number | null,
 *   pattern: Breath | null, words: StepWords}} Step */
/** @typedef {{title: string, summary: string, why: string, needs_enabling: boolean, recovery: boolean,
 *   internal: boolean, uses_ladder: boolean, group: string, with_support: boolean, seconds: number, version: number,
 *   review?: {status: string, by_clinic: boolean}, language?: string, draft?: boolean, cautions: string[],
 *   steps: Step[]}} Exercise */
/** @typedef {{id: string, name: string, pattern: Breath, use: string, offered: boolean}} Preset */

const AGAIN_MS = [1_000, 3_000, 8_000, 20_000];

export class Library {
  #url;
  #fetch;
  #arrived;
  /** @type {Record<string, Exercise>} */
  #exercises = {};
  /** @type {Preset[]} */
  #presets = [];
  /** What stands for each place of the body and of care. @type {Record<string, string>} */
  #places = {};
  /** Tells these words from others; null until they are here. @type {string | null} */
  #words = null;
  /** The words that it was asked for again, so that one change is one question. @type {string | null} */
  #wanted = null;
  /** The version that it was asked for again. @type {string | null} */
  #met = null;
  /** Whether the first try is over, well or not. */
  tried = false;

  /** @param {string} url @param {() => void} arrived @param {typeof fetch} [ask] */
  constructor(url, arrived, ask = (input, init) => fetch(input, init)) {
    this.#url = url;
    this.#arrived = arrived;
    this.#fetch = ask;
  }

  get presets() {
    return this.#presets;
  }

  /** @returns {[string, Exercise][]} */
  get all() {
    return Object.entries(this.#exercises);
  }

  /** The patient's word for a place, for a sentence that is no script's. @param {string} place */
  word(place) {
    return this.#places[place] ?? place;
  }

  /** @param {string} slug @returns {Exercise | null} */
  exercise(slug) {
    return this.#exercises[slug] ?? null;
  }

  /** @param {string} slug @param {number} index @returns {Step | null} */
  step(slug, index) {
    return this.#exercises[slug]?.steps[index] ?? null;
  }

  /**
   * The view in the language of this reader. What a session keeps of a script is in English; where it is translated,
   * its name and the words of its way out are told from the translation of the same version.
   * @param {View | null} view @returns {View | null}
   */
  told(view) {
    if (!view || !this.all.some(([, { language }]) => language)) return view;
    const translated = (/** @type {Named} */ { exercise: slug, version }) => {
      const found = this.#exercises[slug];
      return found?.language && found.version === version ? found : null;
    };
    const { activity, asking, way_out } = view;
    const names = (/** @type {Named & {title: string}} */ named) => translated(named)?.title ?? named.title;
    return {
      ...view,
      activity: activity && { ...activity, title: names(activity) },
      asking: asking && { ...asking, title: names(asking) },
      way_out: way_out && {
        ...way_out,
        say: translated(way_out)?.steps[way_out.step]?.words.say ?? way_out.say,
      },
    };
  }

  /** The exercise that a screen speaks of: on stage, asked about, or left by its way out. @param {View | null} view */
  of(view) {
    const named = view?.activity ?? view?.asking ?? view?.way_out;
    return named ? this.exercise(named.exercise) : null;
  }

  /** Asks again where the words are not those that the server speaks of. @param {string} words */
  heed(words) {
    if (this.#words === null || this.#words === words || this.#wanted === words) return;
    this.#wanted = words;
    // What this address gave before may be kept for good.
    void this.load(0, "reload");
  }

  /**
   * Asks again where the stage speaks of a version that is not here: a clinic may word an exercise anew at any time.
   * @param {View} view
   */
  meet({ activity, asking }) {
    const named = activity ?? asking;
    const known = named && this.#exercises[named.exercise];
    if (!named || !known || known.version === named.version) return;
    const met = `${named.exercise} ${named.version}`;
    if (this.#met === met) return;
    this.#met = met;
    void this.load(0, "reload");
  }

  /**
   * The room works without it, with titles instead of words; so it is asked for until it comes.
   * @param {number} [tries] @param {RequestCache} [cache]
   */
  async load(tries = 0, cache = "default") {
    try {
      const response = await this.#fetch(this.#url, { credentials: "same-origin", cache });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const { exercises, places, presets, words } = await response.json();
      this.#words = words;
      this.#places = places;
      this.#exercises = exercises;
      this.#presets = presets;
    } catch {
      this.tried = true;
      setTimeout(() => void this.load(tries + 1, cache), AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)]);
      return;
    }
    this.tried = true;
    this.#arrived();
  }
}

/** The steps that one walks through: a way out is only walked when it is needed. @param {Exercise} exercise */
export function walked({ steps }) {
  const waysOut = new Set(steps.map((step) => step.way_out).filter((index) => index !== null));
  return steps.map((step, index) => ({ step, index })).filter(({ index }) => !waysOut.has(index));
}

/** Where "step 3 of 7" stands; null on a way out. @param {Exercise} exercise @param {number} index */
export function placeOf(exercise, index) {
  const steps = walked(exercise);
  const at = steps.findIndex((entry) => entry.index === index);
  return at < 0
    ? null
    : { at: at + 1, of: steps.length, next: steps[at + 1] ?? null, before: steps[at - 1] ?? null };
}
