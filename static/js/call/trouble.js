// @ts-check
/** Why a microphone or a camera is not to be had, and what to do: one sentence for each reason, for every page. */

import { t } from "../components/language.js";

/** @typedef {'microphone' | 'camera'} Kind */
/** @typedef {'insecure' | 'unable' | 'denied' | 'unanswered' | 'none' | 'busy' | 'gone' | 'hidden' | 'unknown'} Trouble */

/**
 * Which trouble a browser means by its error.
 * @param {unknown} error what `getUserMedia` threw
 * @param {{secure?: boolean, able?: boolean, permission?: string}} [about] `permission`: what the browser says of it
 * @returns {Trouble}
 */
export function troubleOf(error, { secure = true, able = true, permission = "" } = {}) {
  if (!secure) return "insecure";
  if (!able) return "unable";
  switch (error instanceof Error || error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
      // Closed without an answer, the question will be asked again; answered with a no, it will not.
      return permission === "prompt" ? "unanswered" : "denied";
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    case "NotSupportedError":
      return "unable";
    default:
      return "unknown";
  }
}

/** The same for an error of this browser, now. @param {unknown} error @param {Kind} kind @returns {Promise<Trouble>} */
export async function troubleHere(error, kind) {
  let permission = "";
  try {
    const name = /** @type {PermissionName} */ (/** @type {unknown} */ (kind));
    permission = (await navigator.permissions.query({ name })).state;
  } catch {
    // Not every browser tells of these two; then a no is taken for a no.
  }
  const able = Boolean(navigator.mediaDevices?.getUserMedia);
  return troubleOf(error, { secure: globalThis.isSecureContext, able, permission });
}

/** A sentence for a person. @param {Trouble} trouble @param {Kind} kind */
export function troubleWords(trouble, kind) {
  return kind === "camera" ? camera(trouble) : microphone(trouble);
}

/** Both steps in one, for whoever only shows it. @param {unknown} error @param {Kind} kind */
export async function deviceTrouble(error, kind) {
  return troubleWords(await troubleHere(error, kind), kind);
}

/** @param {Trouble} trouble */
function microphone(trouble) {
  switch (trouble) {
    case "insecure":
      return t(
        "Browsers open the microphone at an https address alone, and this is none. Whoever runs Ebb can change that.",
      );
    case "unable":
      return t("This browser has no way to a microphone. A current Firefox, Chrome, Edge or Safari has.");
    case "denied":
      return t(
        "Your browser keeps the microphone closed for Ebb. To open it: touch the sign beside the address, or the browser's menu and there the settings of this site, allow the microphone, then try again. If nothing changes, look under privacy in the settings of the device.",
      );
    case "unanswered":
      return t(
        "The browser's question was closed without an answer, so the microphone stays closed. If you would like to use it, try again and choose to allow it.",
      );
    case "none":
      return t("No microphone was found. Plug one in or turn it on, then try again.");
    case "busy":
      return t(
        "The microphone does not answer. Something else may be using it, such as a call or another tab: close that, then try again.",
      );
    case "gone":
      return t("The microphone is gone: unplugged, or turned off. Plug it in again or choose another one.");
    case "hidden":
      return t("The microphone was closed because this page was not in front. One tap opens it again.");
    default:
      return t("The microphone could not be opened. Close this browser, open it again and try once more.");
  }
}

/** @param {Trouble} trouble */
function camera(trouble) {
  switch (trouble) {
    case "insecure":
      return t(
        "Browsers open the camera at an https address alone, and this is none. Whoever runs Ebb can change that.",
      );
    case "unable":
      return t("This browser has no way to a camera. A picture is never needed.");
    case "denied":
      return t(
        "Your browser keeps the camera closed for Ebb, and a picture is never needed. To open it: touch the sign beside the address, or the browser's menu and there the settings of this site, allow the camera, then try again.",
      );
    case "unanswered":
      return t(
        "The browser's question was closed without an answer, so the camera stays closed. A picture is never needed.",
      );
    case "none":
      return t("No camera was found. A picture is never needed.");
    case "busy":
      return t(
        "The camera does not answer. Something else may be using it, such as a call or another tab. A picture is never needed.",
      );
    case "gone":
      return t("The camera is gone: unplugged, or turned off. A picture is never needed.");
    case "hidden":
      return t("The camera was closed because this page was not in front. One tap opens it again.");
    default:
      return t("The camera could not be opened. A picture is never needed.");
  }
}
