// @ts-check
/** A patient's page for their therapist: its charts are read by keys. */

import { Chart } from "../components/chart.js";

for (const root of document.querySelectorAll("[data-module=chart]")) {
  if (root instanceof HTMLElement) new Chart(root);
}
