// @ts-check
/** What a room and its server say to each other: the types of `ebb.v1`, and the one place that reads a frame. */

/** @typedef {import("../pacer/pattern.js").Pacer} Pacer */
/** @typedef {'patient' | 'therapist' | 'support' | 'system'} Role */
/** @typedef {'settled' | 'uneasy' | 'dizzy'} Comfort */
/** @typedef {{in_ms: number, hold_in_ms: number, out_ms: number, hold_out_ms: number}} Breath */

/** @typedef {{id: string, label: string, kind: string, diameter_mm: number | null, length_mm: number | null,
 *   set_name?: string | null, material?: string | null, colour?: string | null}} Rung */
/** @typedef {{seq: number, what: 'activity' | 'step', exercise: string, version: number, title: string, step: number,
 *   rung: string | null, minutes: number | null, at: number, told: boolean}} Asking */
/** @typedef {{ask: number, at: number, what: 'activity' | 'step'}} Consent */
/** @typedef {{exercise: string, version: number, title: string, step: number, steps: number, was: number | null,
 *   step_at_ms: number, step_ms: number, internal: boolean, consent: Consent | null, started_at: number | null,
 *   paused: {by: Role, at: number} | null, rung: string | null, minutes: number | null}} Activity */
/** @typedef {{suspended: {say: string, reason?: string} | null, enabled: string[], rung: string | null,
 *   half_step?: string | null, easing?: number | null, rungs: Rung[], words: string}} Care */
/** @typedef {{exercise: string, version: number, step: number, say: string}} WayOut */
/** @typedef {{safe: boolean, alone: boolean, telehealth_consent: boolean, identity: boolean, call_back_ok: boolean,
 *   place_given: boolean, phone_given: boolean, stop_word_given: boolean, people: {role: string, in_room: boolean}[],
 *   flags: string[], after_stop?: 'voice' | 'written' | null, place?: string, phone?: string, stop_word?: string, signal?: string, phrase?: string}} Arrival */
/** @typedef {{seq: number, at: number, rule: string, tier: string, say: string}} Concern */
/** @typedef {Record<string, string | number | boolean | null>} Answers */
/** @typedef {{seq: number, at: number, by: Role, kind: string, heard: boolean, answers: Answers | null,
 *   rung: Rung | null, corrected_at: number | null, private?: boolean}} Checkin */
/** @typedef {{seq: number, at: number, by: Role, person: string, text: string}} Said */
/** @typedef {{seq: number, at: number, person: string, text: string}} Note */

/**
 * The small view, without its lists. What only therapists see is optional.
 * @typedef {{kind: 'visit' | 'practice', phase: 'scheduled' | 'waiting' | 'open' | 'ended',
 *   running: 'idle' | 'asking' | 'agreed' | 'running' | 'paused' | 'stopped', asking: Asking | null,
 *   activity: Activity | null, pacer: Pacer | null, comfort: Comfort | null, stopped: {by: Role, at: number} | null,
 *   care: Care, way_out: WayOut | null, due_at: number, planned_minutes: number, overdue: boolean,
 *   opened_at: number | null, end_reason: string | null, declined: {exercise: string, step: number | null}[],
 *   after_stop?: 'voice' | 'written' | null,
 *   arrival?: Arrival | null, concerns?: Concern[], absent?: Record<string, number>}} SmallView
 */
/** @typedef {SmallView & {checkins: Checkin[], messages: Said[], notes?: Note[]}} View */

/** @typedef {{type: 'hello', protocol: number, oldest: number, now: number, boot: string, epoch: number, seq: number,
 *   you: {id: string, role: Role}, view: View}} Hello */
/** @typedef {{type: string, [field: string]: any}} HappenedEvent */
/** @typedef {{type: 'changed', seq: number, at: number, by: Role, event: HappenedEvent, cause?: string, view: SmallView}} Changed */
/** @typedef {{type: 'done', id: string, seq: number}} Done */
/** @typedef {{type: 'refused', id: string | null, code: string, message: string, fields?: Record<string, string>,
 *   retry_ms?: number}} Refused */
/** @typedef {{type: 'halt', by: Role}} Halt */
/** @typedef {{type: 'clock.pong', id: string, received: number, sent: number}} Pong */
/** @typedef {{id: string, role: Role, connected: boolean, since: number | null, rtt: number | null,
 *   sync: 'in-sync' | 'stale' | 'lost' | null}} Person */
/** @typedef {{type: 'people', people: Person[]}} People */
/** @typedef {{type: 'bye', reason: string, retry_ms?: number | null}} Bye */

/**
 * What is said beside the record: for voice, and by a belt. `servers` are what the browser calls ICE servers.
 * @typedef {{type: 'offer' | 'answer' | 'pranswer' | 'rollback', sdp: string}} Description
 * @typedef {{candidate: string, sdpMid: string | null, sdpMLineIndex: number | null,
 *   usernameFragment: string | null}} Candidate
 * @typedef {{description: Description} | {candidate: Candidate | null} |
 *   {code: {commit: string} | {reveal: string}}} Signal
 * @typedef {{person: string, role: Role, peer: string, microphone: boolean, camera: boolean, hidden: boolean,
 *   away: boolean, speaks: boolean, allowed_by: Role[]}} CallPerson
 * @typedef {{type: 'call.joined', id: string, servers: {urls: string[], username?: string, credential?: string}[],
 *   relay_only: boolean, until_ms: number | null}} CallJoined
 * @typedef {{type: 'call.people', people: CallPerson[]}} CallPeople
 * @typedef {{type: 'call.signal', from: string, person: string} & Signal} CallSignal
 * @typedef {CallJoined | CallPeople | CallSignal | {type: 'call.moved'}} CallFrame
 * @typedef {{type: 'heart.beats', person: string, beats: [number, number][]}} HeartBeats
 */
/** @typedef {Hello | Changed | Done | Refused | Halt | Pong | People | Bye | CallFrame | HeartBeats} Message */

/**
 * What somebody asks for, before it gets its id.
 * @typedef {{type: 'visit.admit' | 'visit.end' | 'activity.withdraw' | 'activity.start' | 'activity.finish' |
 *     'activity.pause' | 'activity.resume' | 'session.ready'} |
 *   {type: 'session.stop', ago_ms?: number} |
 *   {type: 'activity.offer', exercise: string, step?: number, rung?: string, minutes?: number} |
 *   {type: 'activity.answer', ask: number, answer: 'yes' | 'tell_me_first' | 'not_today'} |
 *   {type: 'activity.reopen', exercise: string} |
 *   {type: 'step.go', to: number} |
 *   {type: 'rung.choose', rung: string} |
 *   ({type: 'pacer.set'} & Breath) |
 *   {type: 'comfort.set', level: Comfort} |
 *   {type: 'checkin.record', kind: string, answers: Answers, heard?: boolean, private?: boolean} |
 *   {type: 'checkin.correct', of: number, answers: Answers | null} |
 *   {type: 'checkin.share', of: number} |
 *   {type: 'heart.record', swing_tenths: number, rate: number, breaths: number} |
 *   {type: 'message.say' | 'note.write', text: string}} Wish
 */
/** @typedef {Wish & {id: string}} Command */
/** @typedef {{type: 'clock.ping', id: string, rtt_ms?: number, bound_ms?: number, sync?: string}} Ping */
/**
 * What goes out beside the record, before it gets its id: nothing of it is stored, sent again or answered with `done`.
 * @typedef {{type: 'call.join', peer: string, microphone: boolean, camera: boolean, take?: boolean} |
 *   {type: 'call.leave', peer: string} |
 *   {type: 'call.tell', peer: string, microphone: boolean, camera: boolean, hidden: boolean} |
 *   {type: 'call.allow', person: string, speak: boolean} |
 *   ({type: 'call.signal', to: string} & Signal) |
 *   {type: 'heart.beats', beats: [number, number][]}} Beside
 */

/**
 * What became of a command. `code` is the server's, or `not_done` where it never got there.
 * @typedef {{ok: true, seq: number} |
 *   {ok: false, code: string, message: string, fields: Record<string, string>, retry_ms: number | null}} Answer
 */

const KNOWN = new Set([
  "hello",
  "changed",
  "done",
  "refused",
  "halt",
  "clock.pong",
  "people",
  "bye",
  "call.joined",
  "call.people",
  "call.signal",
  "call.moved",
  "heart.beats",
]);

/**
 * The message in a frame. Throws on what is not known: a room that guesses would show something untrue.
 * @param {string} text
 * @returns {Message}
 */
export function read(text) {
  const message = JSON.parse(text);
  if (!KNOWN.has(message?.type)) throw new TypeError(`this room does not know the message ${message?.type}`);
  return message;
}

/** A UUID for a command. On a clinic's own network there may be no secure context, and then no `randomUUID`. */
export function newId() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
