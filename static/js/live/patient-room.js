// @ts-check
/** Starts the patient's room on its page. */

import { Door } from "../call/door.js";
import { part } from "../components/dom.js";
import { ownBelt } from "../heart/door.js";
import { visitOn } from "./connection.js";
import { PatientRoom } from "./patient.js";

const root = part(document, '[data-module="room"][data-role="patient"]');
const room = new PatientRoom(root, visitOn(root));
ownBelt(room, room.therapist);
new Door(room);
room.start();
