// @ts-check
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { quiet } from "./fakes.js";
import { agreed, begin, byManners, joined, live, patient, reload, server, therapist } from "./two.js";

beforeEach(begin);

describe("what comes back", () => {
  test("a socket that comes back keeps the connection, and says anew what may have been lost", async () => {
    await live();
    const [peer, id] = [patient.peer, patient.state.own.peer];
    patient.drop();
    await quiet();
    assert.equal(therapist.other.away, true);
    assert.equal(therapist.other.state, "live");
    // Turned on while there is no line: it is offered once there is one.
    await patient.call.camera(true);
    await quiet();
    patient.back();
    await quiet();
    assert.equal(patient.peer, peer);
    assert.equal(patient.state.own.peer, id);
    assert.equal(therapist.other.away, false);
    assert.deepEqual(agreed(therapist), [
      ["audio", "sendrecv"],
      ["video", "recvonly"],
    ]);
    assert.equal(therapist.other.camera, true);
  });

  test("a reload is another page: the old connection is let go and another one is made", async () => {
    await live();
    const [before, code] = [therapist.peer, therapist.other.code];
    reload();
    await patient.call.join();
    await quiet();
    assert.equal(before.closed, true);
    assert.equal(therapist.state.others.length, 1);
    assert.notEqual(therapist.peer, before);
    assert.ok(therapist.other.code);
    assert.notDeepEqual(therapist.other.code, code);
    assert.deepEqual(therapist.other.code, patient.other.code);
    assert.equal(therapist.other.codeChanged, false);
  });

  test("a network that fails is looked for anew, and credentials come first when they ran out", async () => {
    await live();
    therapist.peer.becomes("failed");
    await quiet();
    assert.equal(therapist.other.state, "mending");
    assert.equal(therapist.peer.restarts, 1);
    const names = patient.peer.candidates.map(({ usernameFragment }) => usernameFragment);
    assert.equal(new Set(names).size, 2);
    therapist.peer.becomes("connected");
    assert.equal(therapist.other.state, "live");
  });

  test("a disturbance is given 4 s to mend by itself", async () => {
    await live();
    patient.peer.becomes("disconnected");
    assert.equal(patient.other.state, "mending");
    await server.time.pass(3_900);
    assert.equal(patient.peer.restarts, 0);
    await server.time.pass(200);
    assert.equal(patient.peer.restarts, 1);
  });

  test("one that mended by itself is not begun anew", async () => {
    await live();
    patient.peer.becomes("disconnected");
    await server.time.pass(2_000);
    patient.peer.becomes("connected");
    await server.time.pass(10_000);
    assert.equal(patient.peer.restarts, 0);
  });

  test("both begin anew at once, and it comes to one", async () => {
    await live();
    for (const seat of [patient, therapist]) seat.peer.becomes("failed");
    await quiet();
    for (const seat of [patient, therapist]) {
      assert.equal(seat.peer.signalingState, "stable");
      seat.peer.becomes("connected");
      assert.equal(seat.other.state, "live");
      assert.equal(seat.other.codeChanged, false);
    }
  });

  test("a server that began anew knows of nobody, and media goes on meanwhile", async () => {
    await live();
    const peer = patient.peer;
    for (const seat of [patient, therapist]) seat.drop({ noticed: false });
    server.people = [];
    patient.back("two");
    await quiet();
    assert.equal(patient.other.away, true);
    assert.equal(patient.other.state, "live");
    therapist.back("two");
    await quiet();
    assert.equal(patient.other.away, false);
    assert.equal(patient.peer, peer);
    assert.equal(peer.closed, false);
  });

  test("whoever does not come back after that is gone after 30 s", async () => {
    await live();
    const peer = patient.peer;
    for (const seat of [patient, therapist]) seat.drop({ noticed: false });
    server.people = [];
    patient.back("two");
    await quiet();
    await server.time.pass(30_100);
    assert.equal(peer.closed, true);
    assert.equal(patient.state.others.length, 0);
  });

  test("a page that kept an old connection gets another one with whoever has a new one", async () => {
    await live();
    const [polite, other] = byManners();
    // The one was away for so long that the other let go of it; then it comes back as the same page.
    const before = other.peer;
    polite.drop({ noticed: false });
    server.people = server.people.filter(({ person }) => person !== polite.person);
    server.tell();
    await quiet();
    assert.equal(before.closed, true);
    const old = polite.peer;
    polite.back();
    await quiet();
    assert.equal(old.closed, true);
    for (const seat of [polite, other]) assert.equal(seat.peer.signalingState, "stable");
    assert.deepEqual(polite.other.code, other.other.code);
    assert.equal(polite.other.codeChanged, true);
  });

  test("the same where it is the polite one that has a new one", async () => {
    await live();
    const [polite, other] = byManners();
    other.drop({ noticed: false });
    server.people = server.people.filter(({ person }) => person !== other.person);
    server.tell();
    await quiet();
    other.back();
    await quiet();
    await server.time.pass(5_100);
    await quiet();
    for (const seat of [polite, other]) assert.equal(seat.peer.signalingState, "stable");
    assert.ok(polite.other.code);
    assert.deepEqual(polite.other.code, other.other.code);
  });

  test("without any connection for 20 s it says so, goes on trying, and takes it back", async () => {
    await joined();
    for (const seat of [patient, therapist]) seat.peer.becomes("failed");
    await server.time.pass(20_500);
    await quiet();
    assert.equal(patient.state.phase, "failed");
    assert.equal(
      patient.state.why,
      "A connection could not be made from here. The visit goes on without voice.",
    );
    assert.ok(patient.peer.restarts > 0);
    for (const seat of [patient, therapist]) seat.peer.becomes("connected");
    assert.equal(patient.state.phase, "on");
    assert.equal(patient.state.why, null);
  });

  test("what was too much at once is sent again when it may be, in its order", async () => {
    await live();
    const before = server.log.length;
    patient.call.silence(true);
    patient.told({
      type: "refused",
      id: `patient${patient.ids}`,
      code: "too_fast",
      message: "Wait.",
      retry_ms: 500,
    });
    await quiet();
    patient.call.silence(false);
    await quiet();
    assert.deepEqual(
      server.log.slice(before).map(({ microphone }) => microphone),
      [false],
    );
    await server.time.pass(600);
    await quiet();
    assert.deepEqual(
      server.log.slice(before).map(({ microphone }) => microphone),
      [false, false, true],
    );
  });

  test("credentials for a relay are asked for again before they end, with the same page", async () => {
    server.joined = {
      servers: [{ urls: ["turn:relay.example"], username: "1", credential: "x" }],
      relay_only: false,
      until_ms: server.time.now() + 600_000,
    };
    await live();
    const id = patient.state.own.peer;
    server.joined = {
      ...server.joined,
      servers: [{ urls: ["turn:relay.example"], username: "2", credential: "y" }],
      until_ms: server.time.now() + 1_200_000,
    };
    await server.time.pass(541_000);
    await quiet();
    assert.equal(patient.peer.config.iceServers[0].username, "2");
    assert.equal(patient.state.own.peer, id);
    assert.equal(patient.other.state, "live");
  });

  test("a way on which all comes seconds late is left for a new one, and not over and over", async () => {
    await live();
    patient.peer.reports = [
      { id: "t", type: "transport", selectedCandidatePairId: "p" },
      { id: "p", type: "candidate-pair", currentRoundTripTime: 6 },
    ];
    await server.time.pass(4_000);
    assert.equal(patient.peer.restarts, 0);
    await server.time.pass(2_000);
    assert.equal(patient.peer.restarts, 1);
    await server.time.pass(20_000);
    assert.equal(patient.peer.restarts, 1);
    patient.peer.reports[1].currentRoundTripTime = 0.2;
    await server.time.pass(60_000);
    assert.equal(patient.peer.restarts, 1);
  });
});
