// @ts-check
/**
 * Before a camera is on: what it would show, to oneself alone. Nothing of this leaves the device.
 *
 * The face is enough, always, and a picture that somebody has seen first holds no surprise.
 */

import { make, show, write } from "../components/dom.js";
import { t } from "../components/language.js";
import { openDevice, remembered } from "./devices.js";
import { deviceTrouble } from "./trouble.js";

/** What lies behind is blurred wherever the browser can do that by itself. */
const PICTURE = /** @type {MediaTrackConstraints} */ ({
  facingMode: { ideal: "user" },
  backgroundBlur: { ideal: true },
});

export class Framing {
  root;
  #video = make("video", { class: "ebb-call__preview", autoplay: "", playsinline: "", muted: "" });
  #alone = make("p", { class: "ebb-soft", text: t("Only you see this.") });
  #trouble = make("p", { role: "alert" });
  #blur = make("p", { class: "ebb-soft" });
  #look;
  #send;
  #done;
  /** @type {MediaStream | null} */
  #stream = null;

  /** @param {{send: () => Promise<void>, done: () => void, names: string}} parts `names`: who would see it */
  constructor({ send, done, names }) {
    this.#done = done;
    this.#video.muted = true;
    this.#video.setAttribute("aria-label", t("Your own picture"));
    this.#look = make("button", { class: "ebb-button", type: "button", text: t("Look first") });
    this.#send = make("button", {
      class: "ebb-button ebb-button--main",
      type: "button",
      text: names ? t("Let {names} see you", { names }) : t("Turn camera on"),
    });
    const not = make("button", { class: "ebb-button", type: "button", text: t("Not now") });
    this.#look.addEventListener("click", () => void this.#see());
    this.#send.addEventListener("click", async () => {
      await send();
      this.close();
    });
    not.addEventListener("click", () => this.close());
    show(this.#video, false);
    show(this.#alone, false);
    this.root = make("div", { class: "ebb-call__framing ebb-stack", "data-call-framing": "" }, [
      make("p", {
        text: t(
          "Your face alone is enough, and all that is ever asked for. Prop the device up so that only your face is in the picture.",
        ),
      }),
      this.#video,
      this.#alone,
      this.#blur,
      this.#trouble,
      make("div", { class: "ebb-row" }, [this.#send, this.#look, not]),
    ]);
  }

  /** At once: no camera stays on that nobody looks at. */
  close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
    this.root.remove();
    this.#done();
  }

  async #see() {
    this.#look.disabled = true;
    write(this.#trouble, "");
    try {
      const stream = await openDevice("camera", remembered("camera"), { more: PICTURE });
      if (!this.root.isConnected) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.#stream = stream;
      write(this.#blur, blurred(stream.getVideoTracks()[0]));
      this.#video.srcObject = stream;
      show(this.#video, true);
      show(this.#alone, true);
      show(this.#look, false);
      this.#send.scrollIntoView({ block: "nearest" });
    } catch (error) {
      write(this.#trouble, await deviceTrouble(error, "camera"));
      this.#look.disabled = false;
    }
  }
}

/** @param {MediaStreamTrack} track */
function blurred(track) {
  return /** @type {any} */ (track.getSettings()).backgroundBlur === true
    ? t("Your browser blurs what is behind you.")
    : t("This browser cannot blur what is behind you: a plain wall or a curtain does it as well.");
}
