// @ts-check
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fingerprintOf, readable } from "../../../static/js/call/code.js";
import { codeWords } from "../../../static/js/call/code-words.js";
import { fitting, forSpeech, isFor } from "../../../static/js/call/sdp.js";
import { Thin, wayOf } from "../../../static/js/call/thin.js";

const CHROMIUM = [
  "v=0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
  "a=rtpmap:111 opus/48000/2",
  "a=rtcp-fb:111 transport-cc",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:63 red/48000/2",
  "a=fmtp:63 111/111",
  "",
].join("\r\n");

describe("a description", () => {
  test("asks for speech on a thin line, and leaves all else as it was", () => {
    const fmtp = "a=fmtp:111 minptime=10;useinbandfec=1";
    const asked = `${fmtp};usedtx=1;maxaveragebitrate=24000;stereo=0;sprop-stereo=0`;
    const [first, second] = ["a=rtpmap:111 opus/48000/2\r\n", "a=rtcp-fb:111 transport-cc\r\n"];
    assert.equal(
      forSpeech(CHROMIUM),
      CHROMIUM.replace(`${fmtp}\r\n`, "").replace(
        `${first}${second}`,
        `${first}${asked}\r\na=ptime:40\r\n${second}`,
      ),
    );
  });

  test("overrules what asks for more", () => {
    const greedy = CHROMIUM.replace("useinbandfec=1", "maxaveragebitrate=510000;stereo=1;useinbandfec=0");
    const asked = /a=fmtp:111 (.*)\r\n/.exec(forSpeech(greedy))?.[1].split(";");
    assert.deepEqual(asked?.sort(), [
      "maxaveragebitrate=24000",
      "minptime=10",
      "sprop-stereo=0",
      "stereo=0",
      "usedtx=1",
      "useinbandfec=1",
    ]);
  });

  test("gets the line that it lacks, and without this codec stays what it is", () => {
    const bare = CHROMIUM.replace("a=fmtp:111 minptime=10;useinbandfec=1\r\n", "");
    assert.match(forSpeech(bare), /a=rtpmap:111 opus\/48000\/2\r\na=fmtp:111 usedtx=1;/);
    assert.equal(forSpeech("v=0\r\nm=video 9 X 96\r\n"), "v=0\r\nm=video 9 X 96\r\n");
  });

  test("that is too long for a frame leaves out the ways, which are told one by one too", () => {
    const way = "a=candidate:1 1 udp 2122260223 192.0.2.10 54321 typ host generation 0\r\n";
    const long = CHROMIUM + way.repeat(200);
    assert.equal(fitting(long), CHROMIUM);
    assert.equal(fitting(CHROMIUM + way), CHROMIUM + way);
  });

  test("names its fingerprints, in one way whatever their case", () => {
    const print = Array.from({ length: 32 }, (_, at) => at.toString(16).padStart(2, "0")).join(":");
    const [here, there] = [print, print.toUpperCase()].map(
      (one) => `v=0\r\na=fingerprint:sha-256 ${one}\r\n`,
    );
    assert.equal(fingerprintOf(here), fingerprintOf(there));
    assert.equal(fingerprintOf(here).length, 64);
    assert.equal(fingerprintOf(`${here}${there}`), fingerprintOf(here));
    // Where a second end hides behind the first, both count.
    assert.equal(fingerprintOf(`${here}a=fingerprint:sha-256 ${"EE:".repeat(31)}EE\r\n`).length, 128);
    assert.equal(fingerprintOf("v=0\r\na=fingerprint:sha-1 AA:BB\r\n"), "");
  });

  test("knows which ways are its own", () => {
    const names = new Set(["abcd"]);
    const way = {
      candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag wxyz",
      sdpMid: "0",
      sdpMLineIndex: 0,
    };
    assert.equal(isFor({ ...way, usernameFragment: "abcd" }, names), true);
    assert.equal(isFor({ ...way, usernameFragment: null }, names), false);
    assert.equal(isFor({ ...way, candidate: "candidate:1", usernameFragment: null }, names), true);
  });
});

describe("the words", () => {
  test("are 256, each another one", () => {
    assert.equal(codeWords().length, 256);
    assert.equal(new Set(codeWords()).size, 256);
  });

  test("and the digits say the same 32 bits", () => {
    const words = codeWords();
    assert.deepEqual(readable("ff00017f".padEnd(64, "0")), {
      words: [words[255], words[0], words[1], words[127]],
      digits: "42781 90463",
    });
    assert.equal(readable("0".repeat(64)).digits, "00000 00000");
    assert.equal(readable("f".repeat(64)).digits, "42949 67295");
  });
});

describe("a thin line", () => {
  /** @param {number | null} bits_per_s @param {number | null} [round_trip_ms] */
  const line = (bits_per_s, round_trip_ms = 50) => ({ bits_per_s, round_trip_ms });

  test("is one that was too thin in 5 looks, less those that were good", () => {
    const thin = new Thin();
    const looks = [100, 100, 400, 100, 100, 100].map((kbit) => thin.measure(line(kbit * 1_000)));
    assert.deepEqual(looks, [false, false, false, false, false, false]);
    assert.equal(thin.measure(line(100_000)), true);
    thin.forget();
    assert.equal(thin.measure(line(100_000)), false);
  });

  test("is one on which all comes late too, and soon when nobody can talk any more", () => {
    const late = new Thin();
    const looks = [1, 2, 3, 4, 5].map(() => late.measure(line(null, 1_000)));
    assert.deepEqual(looks, [false, false, false, false, true]);
    const hopeless = new Thin();
    assert.deepEqual(
      [1, 2, 3].map(() => hopeless.measure(line(400_000, 3_000))),
      [false, false, true],
    );
  });

  test("is none where the browser says nothing of it, nor over a satellite", () => {
    const thin = new Thin();
    for (let look = 0; look < 20; look += 1) {
      assert.equal(thin.measure(line(null, null)), false);
      assert.equal(thin.measure(line(400_000, 650)), false);
    }
  });

  test("is measured on the way in use, as each browser names it", () => {
    const ends = [
      { id: "l", type: "local-candidate", candidateType: "host" },
      { id: "r", type: "remote-candidate", candidateType: "relay" },
    ];
    const pair = { id: "p", type: "candidate-pair", localCandidateId: "l", remoteCandidateId: "r" };
    const chromium = [
      ...ends,
      { ...pair, availableOutgoingBitrate: 9, currentRoundTripTime: 0.2 },
      { id: "i", type: "remote-inbound-rtp", roundTripTime: 0.3 },
      { id: "t", type: "transport", selectedCandidatePairId: "p" },
    ];
    assert.deepEqual(wayOf(chromium), { route: "relay", bits_per_s: 9, round_trip_ms: 300, way_ms: 200 });
    assert.deepEqual(wayOf([...ends, { ...pair, selected: true }]), {
      route: "relay",
      bits_per_s: null,
      round_trip_ms: null,
      way_ms: null,
    });
    assert.deepEqual(wayOf(ends), { route: null, bits_per_s: null, round_trip_ms: null, way_ms: null });
  });
});
