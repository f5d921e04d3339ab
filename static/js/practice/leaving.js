// @ts-check
/**
 * Signing out: what waits here is delivered if it can be; what cannot is told, asked about once, and then deleted
 * with everything else that Ebb keeps in this browser.
 */

import { t, tn } from "../components/language.js";
import { ask } from "./ask.js";
import { Phone } from "./phone.js";
import { deleteDatabase } from "./store.js";
import { unregister } from "./worker.js";

const PATIENCE_MS = 5_000;

/** @param {HTMLFormElement} form leads to the server, which ends the login */
export async function signOut(form) {
  const phone = await Phone.open({ deliver: false });
  const lost = await whatWouldBeLost(phone);
  const reachable = await isReachable();
  if (lost.length || !reachable) {
    const words = reachable
      ? [...lost, t("Signing out deletes what Ebb keeps on this phone.")]
      : [
          t("There is no network now, and signing out needs one."),
          ...lost,
          t("You can delete now what Ebb keeps on this phone, and sign out later."),
        ];
    const yes = reachable ? t("Sign out and delete it") : t("Delete it now");
    if (!(await ask({ title: t("Sign out?"), words, yes, no: t("Not now") }))) return phone.close();
  }
  await clear(phone);
  if (reachable) form.submit();
  else location.assign("/blank");
}

/** Tries to deliver, and says what is still here. @param {Phone} phone @returns {Promise<string[]>} */
export async function whatWouldBeLost(phone) {
  const lost = [];
  if (await phone.hasUnderWay()) lost.push(t("A practice is not finished. It would be lost."));
  if (!(await phone.waiting())) return lost;
  const { waiting, say } = await phone.deliver();
  if (say && waiting) lost.push(say);
  if (waiting) {
    lost.push(tn("It would be lost for good.", "All {n} would be lost for good.", waiting));
  }
  return lost;
}

/** @param {Phone} phone */
export async function clear(phone) {
  await phone.turnOff();
  phone.close();
  await deleteDatabase();
  await unregister();
  for (const name of /** @type {const} */ (["localStorage", "sessionStorage"])) {
    try {
      const store = globalThis[name];
      for (const key of Object.keys(store)) if (key.startsWith("ebb.")) store.removeItem(key);
    } catch {
      // A store that cannot be read holds nothing of ours.
    }
  }
}

async function isReachable() {
  try {
    return (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })).ok;
  } catch {
    return false;
  }
}
