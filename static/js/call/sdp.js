// @ts-check
/** The few lines of a description that are changed before a browser gets it: how it is to send speech. */

/**
 * Speech as it goes over a thin line: nothing while nobody speaks (DTX), enough in each packet to mend the one that
 * was lost before it (FEC), one channel, and 24 kbit/s at most.
 */
const SPEECH = {
  usedtx: "1",
  useinbandfec: "1",
  maxaveragebitrate: "24000",
  stereo: "0",
  "sprop-stereo": "0",
};

/** Half as many packets as usual: on a thin line what each is wrapped in weighs as much as what is said. */
const PACKET_MS = 40;

/**
 * What the other side asks for, with what is asked of this side's speech. What a browser is told by the other's
 * description is how to send, so that this needs no setting that only some have.
 * @param {string} sdp
 */
export function forSpeech(sdp) {
  const found = /^a=rtpmap:(\d+) opus\/48000.*?(\r?\n)/im.exec(sdp);
  if (!found) return sdp;
  const [mapped, payload, end] = found;
  const line = new RegExp(`^a=fmtp:${payload} (.*?)\\r?\\n`, "m");
  const given = line.exec(sdp)?.[1] ?? "";
  return sdp
    .replace(line, "")
    .replace(/^a=(max)?ptime:.*\r?\n/gm, "")
    .replace(mapped, `${mapped}a=fmtp:${payload} ${parameters(given)}${end}a=ptime:${PACKET_MS}${end}`);
}

/** @param {string} given */
function parameters(given) {
  const pairs = given
    .split(";")
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => /** @type {[string, string]} */ (one.split("=", 2)));
  return Object.entries({ ...Object.fromEntries(pairs), ...SPEECH })
    .map(([name, value]) => (value === undefined ? name : `${name}=${value}`))
    .join(";");
}

/** The names under which both ends look for each other in this description: they change with each new start. @param {string | undefined} sdp */
export function fragmentsOf(sdp) {
  return new Set([...(sdp ?? "").matchAll(/^a=ice-ufrag:(\S+)/gm)].map(([, name]) => name));
}

const FRAME_CHARS = 12_000;

/** As much as a frame takes. What it leaves out are ways, and those are told one by one too. @param {string} sdp */
export function fitting(sdp) {
  return sdp.length <= FRAME_CHARS ? sdp : sdp.replace(/^a=(candidate:|end-of-candidates).*\r?\n/gm, "");
}

/** Whether a way belongs to this description. @param {import("../live/messages.js").Candidate} candidate @param {Set<string>} fragments those of the description that is known */
export function isFor({ candidate, usernameFragment }, fragments) {
  const name = usernameFragment ?? /\bufrag (\S+)/.exec(candidate)?.[1];
  return name === undefined || fragments.has(name);
}
