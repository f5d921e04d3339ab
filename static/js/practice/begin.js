// @ts-check
/** What stands above the controls while the patient leads: before it begins, and on the way through the steps. */

import { button, part, show, write } from "../components/dom.js";
import { t } from "../components/language.js";

/**
 * @param {HTMLElement} root @param {{who: string, what: string, next: string}} words
 * @param {boolean} again something has run in this practice already
 */
export function showBeginning(root, { who, what, next }, again) {
  write(part(root, "[data-begin-who]"), who);
  write(part(root, "[data-begin-what]"), what);
  write(part(root, "[data-begin-next]"), next);
  part(root, "[data-begin]").toggleAttribute("data-again", again);
  write(button(root, "[data-begin-no]"), again ? t("End for today") : t("Not today"));
}

/**
 * @param {HTMLElement} root
 * @param {{out: boolean, last: boolean}} way whether a step leads out, and whether none is left
 */
export function showWalk(root, { out, last }) {
  show(button(root, "[data-out]"), out);
  write(button(root, "[data-next]"), last ? t("Finish") : t("Next step"));
}
