// @ts-check
/** The voice of a device: each language by a voice of its own, or not at all. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Speech } from "../../static/js/components/speech.js";

/** @typedef {{text: string, lang: string, onend: () => void, onerror: () => void}} Spoken */

/** What the device was given to say. @type {Spoken[]} */
let spoken = [];

class Utterance {
  lang = "";
  onend = () => {};
  onerror = () => {};
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/** A device with voices of these languages. @param {...string} languages */
function device(...languages) {
  const voices = languages.map((lang) => ({ lang, localService: true }));
  const synth = {
    getVoices: () => [...voices, { lang: "fr-FR", localService: false }],
    speak: (/** @type {Spoken} */ words) => spoken.push(words),
    cancel: () => {},
    addEventListener: () => {},
  };
  const store = { getItem: () => "on", setItem: () => {} };
  return new Speech({
    language: "es",
    synth: /** @type {SpeechSynthesis} */ (/** @type {unknown} */ (synth)),
    store: /** @type {Storage} */ (/** @type {unknown} */ (store)),
  });
}

const said = () => spoken.map(({ text, lang }) => [text, lang]);
const MIXED = [
  { text: "Después: ", language: null },
  { text: "Notice your feet.", language: "en" },
  { text: ".", language: null },
];

describe("a device that reads a step aloud", () => {
  beforeEach(() => {
    spoken = [];
    Object.assign(globalThis, { SpeechSynthesisUtterance: Utterance });
  });

  test("says words in the language of the page", () => {
    void device("en-GB", "es-MX").say("Percibe tus pies.");
    assert.deepEqual(said(), [["Percibe tus pies.", "es-MX"]]);
  });

  test("says words of another language by a voice of that language", () => {
    void device("es-ES", "en-GB").say("", MIXED);
    assert.deepEqual(said(), [
      ["Después: ", "es-ES"],
      ["Notice your feet.", "en-GB"],
    ]);
  });

  test("is silent about words that it has no voice for", () => {
    void device("es-ES").say("", MIXED);
    assert.deepEqual(said(), [["Después: ", "es-ES"]]);
  });

  test("takes no voice that would send the words away, and none of another language", async () => {
    await device("es-ES").say("", [{ text: "Bonjour.", language: "fr" }]);
    await device("en-GB").say("Percibe tus pies.");
    assert.deepEqual(said(), []);
  });

  test("is done when the last words are, or when it is cut short", async () => {
    const speech = device("es-ES", "en-GB");
    let over = 0;
    const first = speech.say("", MIXED).then(() => over++);
    spoken[0]?.onend();
    await Promise.resolve();
    assert.equal(over, 0);
    spoken[1]?.onend();
    await first;

    const second = speech.say("Percibe.").then(() => over++);
    speech.cancel();
    await second;
    assert.equal(over, 2);
  });
});
