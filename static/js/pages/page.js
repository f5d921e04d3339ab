// @ts-check
/** What every page does: leave quickly, and put the reader where something is to be mended. */

import { Leave } from "../components/leave.js";

new Leave();

const errors = document.querySelector("[data-errors]");
if (errors instanceof HTMLElement) errors.focus();
