// @ts-check
/** Starts the patient's room on its page. */

import { part } from "../components/dom.js";
import { visitOn } from "./connection.js";
import { PatientRoom } from "./patient.js";

const root = part(document, '[data-module="room"][data-role="patient"]');
new PatientRoom(root, visitOn(root)).start();
