// @ts-check
/** What scripts say: English without a catalogue, else the catalogue's words, each value where it belongs. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

const MODULE = "../../static/js/components/language.js";
let pages = 0;

/**
 * The module as a page of this language has it.
 * @param {string} lang @param {unknown} [words] what the address of the words answers; nothing: the page names none
 * @returns {Promise<typeof import("../../static/js/components/language.js")>}
 */
async function page(lang, words) {
  const dataset = words === undefined ? {} : { words: "/words.json" };
  Object.assign(globalThis, { document: { documentElement: { lang, dataset } } });
  const { fetch } = globalThis;
  globalThis.fetch = async () => {
    if (words instanceof Error) throw words;
    return Response.json(words);
  };
  try {
    pages += 1;
    return await import(`${MODULE}?${pages}`);
  } finally {
    globalThis.fetch = fetch;
    Reflect.deleteProperty(globalThis, "document");
  }
}

describe("a sentence", () => {
  test("is English where there is no page, or the page names no catalogue", async () => {
    const outside = await import(MODULE);
    assert.equal(outside.t("Take your time."), "Take your time.");
    assert.equal(outside.LANGUAGE, "en");
    const { t, LOCALE } = await page("en");
    assert.equal(t("{name} is here", { name: "Maren" }), "Maren is here");
    assert.equal(LOCALE, "en-GB");
  });

  test("is English where the catalogue cannot be had, for Stop has to work", async () => {
    const { t, tn, LANGUAGE } = await page("es", new TypeError("no network"));
    assert.equal(t("Stopped."), "Stopped.");
    assert.equal(tn("1 practice waits", "{n} practices wait", 2), "2 practices wait");
    assert.equal(LANGUAGE, "es");
  });

  test("is the catalogue's, and English where that has none or an empty one", async () => {
    const { t, LOCALE } = await page("es", { Yes: "Sí", No: "" });
    assert.deepEqual(
      [t("Yes"), t("No"), t("Perhaps"), t("constructor")],
      ["Sí", "No", "Perhaps", "constructor"],
    );
    assert.equal(LOCALE, "es");
  });

  test("has its values where the translation wants them, as often as it wants them", async () => {
    const { t } = await page("es", { "{a} before {b}": "{b}, {a}, {b}" });
    assert.equal(t("{a} before {b}", { a: "uno", b: 2 }), "2, uno, 2");
  });

  test("takes a value as it is, whatever stands in it", async () => {
    const { t } = await page("en");
    assert.equal(t("“{words}”", { words: "$& $1 $` {words} \\n" }), "“$& $1 $` {words} \\n”");
  });

  test("keeps a place that has no value, for it may be filled with more than text", async () => {
    const { t } = await page("en");
    assert.equal(t("Call {number} now."), "Call {number} now.");
    assert.equal(t("{who} calls {number}", { who: "Ada" }), "Ada calls {number}");
    assert.equal(t("{n} min", { n: 0 }), "0 min");
  });
});

describe("a number of things", () => {
  const ONE = "{n} practice";
  const MANY = "{n} practices";
  /** @param {string} lang @param {string[]} forms @param {number[]} counts */
  const said = async (lang, forms, counts) => {
    const { tn } = await page(lang, { [ONE]: forms });
    return counts.map((n) => tn(ONE, MANY, n));
  };

  test("is one or many in English", async () => {
    const { tn } = await page("en");
    assert.deepEqual(
      [0, 1, 2].map((n) => tn(ONE, MANY, n)),
      ["0 practices", "1 practice", "2 practices"],
    );
    assert.equal(tn("{name} is here", "{name} are here", 1, { name: "Ada" }), "Ada is here");
  });

  test("has the forms of its language, in the order of gettext", async () => {
    assert.deepEqual(await said("es", ["{n} a", "{n} b"], [0, 1, 2, 1_000_000]), [
      "0 b",
      "1 a",
      "2 b",
      "1000000 b",
    ]);
    assert.deepEqual(await said("pl", ["{n} a", "{n} b", "{n} c"], [1, 2, 5, 22]), [
      "1 a",
      "2 b",
      "5 c",
      "22 b",
    ]);
    const arabic = ["{n} zero", "{n} one", "{n} two", "{n} few", "{n} many", "{n} other"];
    assert.deepEqual(await said("ar", arabic, [0, 1, 2, 3, 11, 100]), [
      "0 zero",
      "1 one",
      "2 two",
      "3 few",
      "11 many",
      "100 other",
    ]);
    assert.deepEqual(await said("ja", ["{n} a"], [0, 1, 9]), ["0 a", "1 a", "9 a"]);
  });

  test("is English where a form is missing", async () => {
    assert.deepEqual(await said("es", ["", ""], [1, 3]), ["1 practice", "3 practices"]);
    assert.deepEqual(await said("es", [], [1, 3]), ["1 practice", "3 practices"]);
  });
});
