// Reads FHIR JSON from stdin, and prints what the npm package `fhir` finds wrong with it, as JSON.
// It is not ours: Lantana's FHIR.js, with the definitions of R4 (4.0.1) that it brings along.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Fhir } = createRequire(import.meta.url)("fhir");
const { messages } = new Fhir().validate(JSON.parse(readFileSync(0, "utf8")), { errorOnUnexpected: true });
process.stdout.write(JSON.stringify(messages));
