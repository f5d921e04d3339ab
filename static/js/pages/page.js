// @ts-check
/**
 * What every page does: leave quickly, put the reader where something is to be mended, hand over what waits on this
 * phone, and ask before signing out deletes it.
 */

import { Leave } from "../components/leave.js";

new Leave();

const errors = document.querySelector("[data-errors]");
// Whoever has begun to type by the time this is here, as on a slow network, goes on typing.
if (errors instanceof HTMLElement && document.activeElement === document.body) errors.focus();

if (keepsThings()) void import("../practice/start.js").then(({ start }) => start());

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.getAttribute("action") !== "/sign-out") return;
  event.preventDefault();
  import("../practice/leaving.js").then(
    ({ signOut }) => signOut(form),
    // Then the server's answer clears this browser, as it does without a script.
    () => form.submit(),
  );
});

/** Whether practising without network is on in this browser: most pages have nothing more to load. */
function keepsThings() {
  try {
    return localStorage.getItem("ebb.phone") === "on";
  } catch {
    return false;
  }
}
