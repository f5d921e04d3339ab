// @ts-check
/** Starts the patient's room on its page. */

import { part } from "../components/dom.js";
import { PatientRoom } from "./patient.js";

new PatientRoom(part(document, '[data-module="room"][data-role="patient"]')).start();
