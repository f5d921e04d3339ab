// @ts-check
/** A room is flat to load: its page names every module, so that none is found only by following imports. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const PAGES = path.join(ROOT, "server/templates/pages");

/** @param {string} entry below static/ @returns {Set<string>} the entry and everything that it imports */
function needed(entry) {
  const found = new Set([entry]);
  for (const name of found) {
    const text = readFileSync(path.join(ROOT, "static", name), "utf8");
    for (const [, target] of text.matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]+)"/gm)) {
      found.add(path.posix.join(path.posix.dirname(name), target));
    }
  }
  return found;
}

/** @param {string} file */
const named = (file) =>
  [...readFileSync(path.join(PAGES, file), "utf8").matchAll(/'(js\/[^']+)'/g)].map(([, name]) => name);

describe("a room's page", () => {
  for (const role of ["patient", "therapist", "support"]) {
    test(`names every module of the ${role}'s room, and none that it does not need`, () => {
      const listed = new Set([...named("room_parts.jinja"), ...named(`room_${role}.html.jinja`)]);
      assert.deepEqual([...listed].sort(), [...needed(`js/live/${role}-room.js`)].sort());
    });
  }
});
