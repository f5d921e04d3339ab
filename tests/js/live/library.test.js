// @ts-check
/** The scripts of a room: fetched once, and again when the patient's own words have changed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Library } from "../../../static/js/live/library.js";

/** A server whose words can change, and everything that was asked of it. */
function server() {
  const asked = /** @type {RequestInit[]} */ ([]);
  const at = { words: "" };
  const ask = /** @type {typeof fetch} */ (
    async (_url, init) => {
      asked.push(init ?? {});
      return new Response(
        JSON.stringify({ exercises: {}, places: { entrance: "door" }, presets: [], words: at.words }),
      );
    }
  );
  return { asked, at, ask };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("the library of a room", () => {
  test("is fetched once while the words stay as they are", async () => {
    const { asked, ask } = server();
    const library = new Library("/library/a.json", () => {}, ask);
    library.heed("other");
    await library.load();

    library.heed("");
    library.heed("");
    await settled();

    assert.equal(library.word("entrance"), "door");
    assert.equal(asked.length, 1, "before it is here, nothing tells that it is another");
  });

  test("is fetched again once where the stage speaks of a version that is not here", async () => {
    let version = 2;
    let asked = 0;
    const ask = /** @type {typeof fetch} */ (
      async () => {
        asked += 1;
        return new Response(
          JSON.stringify({ exercises: { calm: { version, steps: [] } }, places: {}, presets: [], words: "" }),
        );
      }
    );
    const library = new Library("/library/a.json", () => {}, ask);
    const view = (/** @type {number} */ told) =>
      /** @type {import("../../../static/js/live/messages.js").View} */ (
        /** @type {unknown} */ ({ activity: { exercise: "calm", version: told }, asking: null })
      );
    await library.load();
    library.meet(view(2));
    await settled();
    assert.equal(asked, 1, "it is here already");

    version = 2001;
    library.meet(view(2001));
    library.meet(view(2001));
    await settled();
    library.meet(view(2001));
    await settled();

    assert.equal(asked, 2);
    assert.equal(library.exercise("calm")?.version, 2001);
  });

  test("is fetched again once for each change, past what the browser keeps", async () => {
    const { asked, at, ask } = server();
    let arrived = 0;
    const library = new Library("/library/a.json", () => arrived++, ask);
    await library.load();

    at.words = "b";
    library.heed("b");
    library.heed("b");
    await settled();
    library.heed("b");
    at.words = "";
    library.heed("");
    await settled();

    assert.deepEqual(
      asked.map(({ cache }) => cache),
      ["default", "reload", "reload"],
    );
    assert.equal(arrived, 3);
  });

  test("asks no more than once for words that the server does not give", async () => {
    const { asked, ask } = server();
    const library = new Library("/library/a.json", () => {}, ask);
    await library.load();

    for (let tries = 0; tries < 5; tries++) {
      library.heed("elsewhere");
      await settled();
    }

    assert.equal(asked.length, 2);
  });
});
