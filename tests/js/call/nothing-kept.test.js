// @ts-check
/** Nothing of a call is recorded anywhere: by design, and so that nobody adds it without taking this away first. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FOLDER = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../static/js/call");
/** What a browser keeps sound or pictures with, or hands them on to something that could. */
const KEEPS =
  /MediaRecorder|captureStream|MediaStreamTrackProcessor|createScriptProcessor|AudioWorklet|ImageCapture|drawImage/;

const files = readdirSync(FOLDER).filter((name) => name.endsWith(".js"));

test("there is a call to look at", () => {
  assert.ok(files.includes("call.js"));
});

for (const name of files) {
  test(`${name} keeps nothing of what is said or seen`, () => {
    assert.doesNotMatch(readFileSync(path.join(FOLDER, name), "utf8"), KEEPS);
  });
}
