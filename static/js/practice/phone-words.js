// @ts-check
/** What this phone says of itself: trouble with what it keeps, and what became of what was delivered. */

import { t, tn } from "../components/language.js";

/** @param {import("./store.js").Why} why */
export function trouble_words(why) {
  switch (why) {
    case "full":
      return t(
        "This phone is full, so Ebb cannot store anything more on it. What you do now goes on, and is held until you close this page. Making room on the phone helps.",
      );
    case "gone":
      return t(
        "This phone has cleared what Ebb kept on it, as browsers do when room is short. What you do now goes on, and is held until you close this page.",
      );
    case "changed":
      return t("The lock was changed in another window. Open Ebb again in this one.");
    case "none":
      return t(
        "This browser keeps nothing for Ebb, as in a private window. Without a network only an open page works.",
      );
    default:
      throw new TypeError("trouble without words");
  }
}

/** @param {number} waiting */
export const waiting_words = (waiting) =>
  waiting
    ? tn("1 practice waits here to be delivered.", "{n} practices wait here to be delivered.", waiting)
    : t("Nothing waits here to be delivered.");

/** What is worth saying after trying, or null. @param {import("./deliver.js").Outcome} outcome */
export function delivered_words({ state, delivered, kept_aside, waiting }) {
  const said = [];
  if (delivered) said.push(tn("1 practice is delivered.", "{n} practices are delivered.", delivered));
  if (kept_aside) said.push(aside_words(kept_aside));
  if (!waiting) return said.join(" ") || null;
  said.push(waiting_words(waiting));
  if (state === "signed_out") said.push(t("Sign in to deliver."));
  else if (state === "somebody_else")
    said.push(t("Somebody else is signed in here. Sign in as yourself to deliver."));
  else if (state === "offline") said.push(t("There is no network now. It goes by itself when there is."));
  else if (state === "busy") said.push(t("The clinic's computer is busy. It goes by itself in a while."));
  else if (state === "left") {
    said.push(t("You left Ebb, so nobody takes it in any more. You can delete it here."));
  } else if (state === "refused") {
    said.push(t("The clinic's computer did not take it. It stays here. Please tell your clinic."));
  }
  return said.join(" ");
}

/** @param {number} n */
export const aside_words = (n) =>
  tn(
    "1 practice arrived, and could not be opened there. Nothing of it is thrown away, and your clinic sees that it is there. If something in it mattered, tell your therapist.",
    "{n} practices arrived, and could not be opened there. Nothing of them is thrown away, and your clinic sees that they are there. If something in them mattered, tell your therapist.",
    n,
  );
