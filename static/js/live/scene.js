// @ts-check
/** Which screen it is: from the view as it was told, and from what was done on this side and not told yet. */

/** @typedef {import("./messages.js").View} View */
/** @typedef {import("./messages.js").Comfort} Comfort */
/** @typedef {import("./messages.js").Role} Role */
/** @typedef {import("./messages.js").Activity} Activity */
/** @typedef {'joining' | 'scheduled' | 'waiting' | 'idle' | 'asked' | 'agreed' | 'running' | 'paused' | 'stopped' | 'ended'} Name */

/** `halted`: somebody stopped and the server has not stored it yet. @typedef {{stopping: boolean, halted: boolean, pausing: boolean, felt: Comfort | null}} Local */
/**
 * `mode` is the shore's. `told` is false while the server does not know of what this screen shows.
 * @typedef {{name: Name, mode: 'running' | 'paused' | 'stopped' | 'ready', comfort: Comfort | null,
 *   pausedBy: Role | null, mayGoOn: boolean, told: boolean}} Scene
 */

/** @type {Readonly<Local>} */
export const NOTHING_LOCAL = Object.freeze({ stopping: false, halted: false, pausing: false, felt: null });

/**
 * @param {View | null} view
 * @param {Local} local
 * @param {Role} role of whoever looks
 * @returns {Scene}
 */
export function sceneOf(view, local, role) {
  const comfort = local.felt ?? view?.comfort ?? null;
  /** @type {Scene} */
  const still = {
    name: "idle",
    mode: "ready",
    comfort,
    pausedBy: null,
    mayGoOn: false,
    told: local.felt === null,
  };
  if (local.stopping) return { ...still, name: "stopped", mode: "stopped", told: false };
  if (view === null) return { ...still, name: "joining" };
  if (view.phase === "ended") return { ...still, name: "ended", mode: "stopped" };
  if (local.halted || view.stopped !== null) return { ...still, name: "stopped", mode: "stopped" };
  if (view.phase !== "open") return { ...still, name: view.phase };
  switch (view.running) {
    case "running":
    case "paused":
      return onStage(still, view, local, role);
    case "asking":
      return { ...still, name: "asked" };
    case "agreed":
      return { ...still, name: "agreed" };
    default:
      return still;
  }
}

/** @param {Scene} still @param {View} view @param {Local} local @param {Role} role @returns {Scene} */
function onStage(still, view, local, role) {
  const paused = view.activity?.paused ?? null;
  if (paused === null && !local.pausing) {
    const breathes = view.pacer !== null && still.comfort !== "dizzy";
    return { ...still, name: "running", mode: breathes ? "running" : "ready" };
  }
  // Whoever paused goes on; a pause by the patient or by the system is the patient's to lift.
  const pausedBy = local.pausing && (paused === null || role === "patient") ? role : (paused?.by ?? role);
  const mayGoOn = role === "therapist" ? pausedBy === "therapist" : pausedBy !== "therapist";
  return { ...still, name: "paused", mode: "paused", pausedBy, mayGoOn, told: still.told && !local.pausing };
}

/** The step on the screens at a server time: the one that was, until the one that is has turned. @param {Activity} activity @param {number} now_ms */
export function shownStep({ step, was, step_at_ms }, now_ms) {
  return was !== null && now_ms < step_at_ms ? was : step;
}
