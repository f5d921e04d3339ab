// @ts-check
/** What may be chosen, and what a browser keeps of it: ids alone, and nothing where nothing was chosen. */

import assert from "node:assert/strict";
import test from "node:test";

import { choices, openDevice, remember, remembered } from "../../../static/js/call/devices.js";

/** @param {string} [kept] */
function store(kept) {
  const values = new Map(kept === undefined ? [] : [["ebb.devices", kept]]);
  return /** @type {Storage & {values: Map<string, string>}} */ (
    /** @type {unknown} */ ({
      values,
      getItem: (/** @type {string} */ name) => values.get(name) ?? null,
      setItem: (/** @type {string} */ name, /** @type {string} */ value) => values.set(name, value),
      removeItem: (/** @type {string} */ name) => values.delete(name),
    })
  );
}

/** @param {string} kind @param {string} deviceId @param {string} [label] */
const device = (kind, deviceId, label = "") => ({ kind, deviceId, label });

test("the usual one, which a browser names twice, is offered once; what has no name gets a number", () => {
  const known = [
    device("audioinput", "default", "Default - Built in"),
    device("audioinput", "a1", "Built in"),
    device("audioinput", "b2"),
    device("videoinput", "c3", "Front"),
    device("audiooutput", "communications", "Communications - x"),
  ];

  assert.deepEqual(choices(known, "microphone"), [
    { id: "a1", label: "Built in" },
    { id: "b2", label: "Microphone 2" },
  ]);
  assert.deepEqual(choices(known, "camera"), [{ id: "c3", label: "Front" }]);
  assert.deepEqual(choices(known, "speaker"), []);
});

test("before a permission browsers tell neither ids nor names, and there is nothing to choose", () => {
  assert.deepEqual(choices([device("audioinput", ""), device("videoinput", "")], "microphone"), []);
});

test("ids are kept and nothing else; the usual one again leaves nothing behind", () => {
  const kept = store();
  remember("microphone", "a1", kept);
  remember("speaker", "s9", kept);

  assert.deepEqual(JSON.parse(kept.values.get("ebb.devices") ?? ""), { microphone: "a1", speaker: "s9" });
  assert.equal(remembered("microphone", kept), "a1");
  assert.equal(remembered("camera", kept), null);

  remember("microphone", null, kept);
  remember("speaker", null, kept);
  assert.equal(kept.values.size, 0);
});

test("what somebody else wrote there, or a store that refuses, is no reason to stop", () => {
  for (const odd of ["", "[", "null", "7", '{"microphone": 7}', `{"microphone": "${"x".repeat(201)}"}`])
    assert.equal(remembered("microphone", store(odd)), null, odd);
  assert.equal(remembered("microphone", null), null);
  const full = store();
  full.setItem = () => {
    throw new DOMException("", "QuotaExceededError");
  };
  assert.doesNotThrow(() => remember("microphone", "a1", full));
});

/** @param {(wanted: MediaStreamConstraints) => unknown} answer */
function media(answer) {
  /** @type {MediaStreamConstraints[]} */
  const asked = [];
  const getUserMedia = async (/** @type {MediaStreamConstraints} */ wanted) => {
    asked.push(wanted);
    return answer(wanted);
  };
  return { asked, media: /** @type {MediaDevices} */ (/** @type {unknown} */ ({ getUserMedia })) };
}

test("the chosen one is asked for and no other; where it is gone, any other will do", async () => {
  const there = media(() => "a1");
  assert.equal(await openDevice("microphone", "a1", there), "a1");
  assert.deepEqual(there.asked, [{ audio: { deviceId: { exact: "a1" } } }]);

  const gone = media(({ video }) => {
    if (/** @type {MediaTrackConstraints} */ (video).deviceId)
      throw new DOMException("", "OverconstrainedError");
    return "another";
  });
  assert.equal(await openDevice("camera", "c3", { ...gone, more: { width: 640 } }), "another");
  assert.deepEqual(gone.asked, [
    { video: { width: 640, deviceId: { exact: "c3" } } },
    { video: { width: 640 } },
  ]);
});

test("a refusal is no reason to ask again, and no browser at all has words of its own", async () => {
  const denied = media(() => {
    throw new DOMException("", "NotAllowedError");
  });
  await assert.rejects(openDevice("microphone", "a1", denied), { name: "NotAllowedError" });
  assert.equal(denied.asked.length, 1);
  await assert.rejects(openDevice("microphone", null, { media: undefined }), { name: "NotSupportedError" });
});
