// @ts-check
/** Asks the server for what a practice needs without it. */

/**
 * As `GET /practice/bundle.json` tells it; here only what this phone itself looks at.
 * @typedef {{format: 1, fetched_ms: number, you: {id: string, called: string}, key: {id: string, public: string},
 *   recordings: import("./recordings.js").Recording[]} & Record<string, any>} Bundle
 */

const URL = "/practice/bundle.json";
const FORMAT = 1;
const PATIENCE_MS = 20_000;

/** @returns {Promise<{state: 'fresh', bundle: Bundle} | {state: 'offline' | 'signed_out' | 'somebody_else' | 'refused'}>} */
export async function fetchBundle() {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(URL, {
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) {
      // By this phone's own clock, which may be years off: how old it is, is told by one clock alone.
      const bundle = { ...(await answer.json()), got_ms: Date.now() };
      return bundle?.format === FORMAT && bundle.you?.id ? { state: "fresh", bundle } : { state: "refused" };
    }
  } catch {
    return { state: "offline" };
  }
  if (answer.status === 401) return { state: "signed_out" };
  // Somebody is signed in who has no programme: a therapist who lent a hand, say.
  if (answer.status === 404) return { state: "somebody_else" };
  return { state: answer.status >= 500 || answer.status === 429 ? "offline" : "refused" };
}
