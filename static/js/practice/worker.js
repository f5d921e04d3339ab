// @ts-check
/** This phone's copy of the pages that work without network: made, renewed, and taken away again. */

const SCRIPT = "/sw.js";

/** A practice holds it for as long as it runs: nothing is exchanged under it. */
export const PRACTISING = "ebb-practice";

/** Which files this page runs on: the version stands in the address of every one of them. */
const USES = `ebb-uses-${new URL(import.meta.url).pathname.split("/")[2]}`;

let held = false;

/** Says, for as long as this page lives, that its files are still needed. */
export function holdVersion() {
  if (held) return;
  held = true;
  void globalThis.navigator?.locks
    ?.request(USES, { mode: "shared" }, () => new Promise(() => {}))
    .catch(() => {});
}

/** @returns {Promise<boolean>} whether this browser can do it, and did */
export async function register() {
  if (!globalThis.navigator?.serviceWorker) return false;
  try {
    await navigator.serviceWorker.register(SCRIPT, { scope: "/", updateViaCache: "none" });
    return true;
  } catch {
    return false;
  }
}

/** Until a cold start without network would work. @returns {Promise<boolean>} */
export async function isReady() {
  if (!globalThis.navigator?.serviceWorker) return false;
  const registration = await navigator.serviceWorker.getRegistration("/");
  const worker = registration?.installing ?? registration?.waiting ?? registration?.active;
  if (!registration || !worker) return false;
  if (registration.active) return true;
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve(true);
      if (worker.state === "redundant") resolve(false);
    });
  });
}

/** A newer version that waits may take over now; where a practice runs, in this window or another, it does not. */
export async function renew() {
  const registration = await globalThis.navigator?.serviceWorker?.getRegistration("/").catch(() => undefined);
  if (!registration) return;
  const let_ = () => registration.waiting?.postMessage("take-over");
  let_();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", let_);
  });
}

export async function unregister() {
  const found = (await globalThis.navigator?.serviceWorker?.getRegistrations().catch(() => [])) ?? [];
  await Promise.all(found.map((registration) => registration.unregister().catch(() => false)));
  try {
    for (const name of await caches.keys()) if (name.startsWith("ebb-")) await caches.delete(name);
  } catch {
    // Where there are no caches there is nothing in them.
  }
}
