// @ts-check
/** Starts a support person's room on its page. */

import { part } from "../components/dom.js";
import { SupportRoom } from "./support.js";

new SupportRoom(part(document, '[data-module="room"][data-role="support"]')).start();
