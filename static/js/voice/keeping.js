// @ts-check
/** To the server and back: keeps, fetches and takes away. Whatever goes wrong on the way is a sentence. */

import { t } from "../components/language.js";

/**
 * @typedef {{listen: string, away: string, ms: number}} Kept where it is heard and taken away
 * @typedef {{done: true} | {done: false, say: string}} Done
 */

const PATIENCE_MS = 90_000;

/** @param {string} path @param {import("./microphone.js").Taken} taken @returns {Promise<Kept | {say: string}>} */
export async function keep(path, { blob, ms }) {
  const answer = await asked(path, {
    method: "POST",
    body: blob,
    headers: { "Content-Type": blob.type, "Ebb-Length-Ms": String(ms) },
  });
  if (!answer) return { say: t("It did not get there. It is still here: keep it when there is a network.") };
  if (answer.ok) return answer.json();
  return { say: await said(answer, t("It is still here: keep it again in a moment.")) };
}

/** @param {string} path @returns {Promise<Blob | {say: string}>} */
export async function fetched(path) {
  const answer = await asked(path);
  if (!answer) return { say: t("It could not be fetched: there is no network.") };
  if (answer.ok) return answer.blob();
  return { say: await said(answer, t("It could not be fetched. Open this page again.")) };
}

/** @param {string} path @returns {Promise<Done>} */
export async function takeAway(path) {
  const answer = await asked(path, { method: "POST", redirect: "manual" });
  // Gone already is gone: in another window, a moment ago.
  if (answer?.type === "opaqueredirect" || answer?.ok || answer?.status === 404) return { done: true };
  if (!answer) return { done: false, say: t("It is still kept: there is no network.") };
  return { done: false, say: await said(answer, t("It is still kept. Try again in a moment.")) };
}

/** @param {string} path @param {RequestInit} [how] @returns {Promise<Response | null>} null without a network */
async function asked(path, how = {}) {
  try {
    return await fetch(path, {
      cache: "no-store",
      redirect: "error",
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...how,
    });
  } catch {
    return null;
  }
}

/** @param {Response} answer @param {string} otherwise */
async function said(answer, otherwise) {
  if (answer.status === 401)
    return t("You are signed out. Sign in in another window, then come back here and try again.");
  const body = await answer.json().catch(() => null);
  return typeof body?.message === "string" ? body.message : otherwise;
}
