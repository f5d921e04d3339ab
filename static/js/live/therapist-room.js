// @ts-check
/** Starts the therapist's room on its page. */

import { Door } from "../call/door.js";
import { part } from "../components/dom.js";
import { shownBelt } from "../heart/door.js";
import { TherapistRoom } from "./therapist.js";

const room = new TherapistRoom(part(document, '[data-module="room"][data-role="therapist"]'));
shownBelt(room, room.patient);
// Where the column of tools lies below the stage, voice stands at the head of it: always in sight.
if (!matchMedia("(min-width: 78rem)").matches)
  part(room.root, ".ebb-stage__head").append(
    part(room.root, "[data-call-row]"),
    part(room.root, "[data-call-place]"),
  );
new Door(room);
room.start();
