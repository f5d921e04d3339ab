// @ts-check
/** Starts a support person's room on its page. */

import { Door } from "../call/door.js";
import { part } from "../components/dom.js";
import { SupportRoom } from "./support.js";

const room = new SupportRoom(part(document, '[data-module="room"][data-role="support"]'));
new Door(room);
room.start();
