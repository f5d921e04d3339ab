// @ts-check
/** Words of a script in another language than the page's: found in sentences, and told from what is translated. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Library } from "../../../static/js/live/library.js";
import { foreign, parted, provenance } from "../../../static/js/live/tongue.js";

/** @typedef {import("../../../static/js/live/library.js").Exercise} Exercise */
/** @typedef {import("../../../static/js/live/messages.js").View} View */

const SAY = "Notice your feet. Warm or cool.";

/** @param {Partial<Exercise>} [changes] @returns {Exercise} */
function exercise(changes = {}) {
  return /** @type {Exercise} */ ({
    title: "Body scan",
    version: 2,
    steps: [{ words: { say: SAY, eyes_open: "Look at your feet.", seated: null, on_side: null } }],
    ...changes,
  });
}

describe("the language of a script", () => {
  test("is English where none is named, and said only where the page has another", () => {
    assert.equal(foreign(exercise(), "es"), "en");
    assert.equal(foreign(exercise(), "en-GB"), null);
    assert.equal(foreign(exercise({ language: "es" }), "es"), null);
    assert.equal(foreign(exercise({ language: "es" }), "en"), "es");
    assert.equal(foreign(null, "es"), null);
  });

  test("is told of its own words in a sentence of the page, and of nothing else", () => {
    assert.deepEqual(parted(`Después, 90 s: ${SAY}`, exercise(), "es"), [
      { text: "Después, 90 s: ", language: null },
      { text: SAY, language: "en" },
    ]);
    assert.deepEqual(parted("Body scan, paso 1 de 6", exercise(), "es"), [
      { text: "Body scan", language: "en" },
      { text: ", paso 1 de 6", language: null },
    ]);
    assert.deepEqual(parted("Después, 90 s: Notice your feet.", exercise(), "es").at(-1), {
      text: "Notice your feet.",
      language: "en",
    });
  });

  test("leaves a sentence in one piece where the page has the same", () => {
    const text = `Next, 90 s: ${SAY}`;
    assert.deepEqual(parted(text, exercise(), "en"), [{ text, language: null }]);
    assert.deepEqual(parted("", exercise(), "es"), []);
  });

  test("comes with a line that says what it is", () => {
    assert.match(provenance(exercise(), "es"), /in English/);
    assert.match(provenance(exercise({ language: "es", draft: true }), "es"), /a draft/);
    assert.equal(provenance(exercise({ language: "es", draft: false }), "es"), "");
    assert.equal(provenance(exercise(), "en"), "");
  });
});

describe("what a session keeps in English", () => {
  /** @param {Record<string, Exercise>} exercises */
  async function library(exercises) {
    const ask = /** @type {typeof fetch} */ (
      async () => new Response(JSON.stringify({ exercises, places: {}, presets: [], words: "" }))
    );
    const made = new Library("/library/a.json", () => {}, ask);
    await made.load();
    return made;
  }
  const spanish = exercise({
    title: "Recorrido por el cuerpo",
    language: "es",
    steps: /** @type {Exercise["steps"]} */ ([{ words: { say: "Percibe tus pies." } }]),
  });
  const view = /** @type {View} */ (
    /** @type {unknown} */ ({
      asking: { exercise: "body-scan", version: 2, title: "Body scan" },
      activity: { exercise: "body-scan", version: 1, title: "Body scan" },
      way_out: { exercise: "body-scan", version: 2, step: 0, say: SAY },
    })
  );

  test("is told in the reader's language, where the same version is translated", async () => {
    const told = (await library({ "body-scan": spanish })).told(view);
    assert.equal(told?.asking?.title, "Recorrido por el cuerpo");
    assert.equal(told?.way_out?.say, "Percibe tus pies.");
    assert.equal(
      told?.activity?.title,
      "Body scan",
      "of another version: those are the words that were said",
    );
  });

  test("stays as it is where nothing is translated", async () => {
    assert.equal((await library({ "body-scan": exercise() })).told(view), view);
    assert.equal((await library({ "body-scan": spanish })).told(null), null);
  });
});
