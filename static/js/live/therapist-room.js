// @ts-check
/** Starts the therapist's room on its page. */

import { part } from "../components/dom.js";
import { TherapistRoom } from "./therapist.js";

new TherapistRoom(part(document, '[data-module="room"][data-role="therapist"]')).start();
