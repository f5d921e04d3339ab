// @ts-check
/**
 * Passkeys, made and used: the form fetches what is to be signed, the device asks its person, and the form is sent
 * with the answer. All that is said stands in the page already, so that signing in loads no words.
 */

import { base64url, fromBase64url } from "../practice/bytes.js";

/** A little sooner than the server forgets what it asked for. */
const RENEW_MS = 9 * 60_000;
const ABOUT_MS = 1_000;

class Passkey {
  /** @type {AbortController | null} */
  #waiting = null;
  #busy = false;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.makes = form.dataset.passkey === "make";
    this.status = form.querySelector("[data-passkey-status]");
    this.button = form.querySelector("button[type=submit]");
    const missing = this.#missing();
    if (missing) {
      this.#say(missing);
      if (this.button instanceof HTMLButtonElement) this.button.disabled = true;
      return;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#ask();
    });
    // Back from the next page, with this one as it was left.
    addEventListener("pageshow", ({ persisted }) => persisted && this.#free());
    this.#free();
  }

  /** Which words say why this browser has none here, if it has none. */
  #missing() {
    // Browsers know no passkey for a number, and their own message says nothing of it.
    if (/^[\d.]+$|:/.test(location.hostname)) return "number";
    return window.isSecureContext && "PublicKeyCredential" in window && navigator.credentials
      ? ""
      : "unsupported";
  }

  /** Somebody pressed the button. */
  async #ask() {
    if (this.#busy) return;
    this.#busy = true;
    this.#waiting?.abort();
    this.#waiting = null;
    this.#say("asking");
    const began = performance.now();
    let most = Number.POSITIVE_INFINITY;
    try {
      const given = await this.#given();
      if (given) {
        most = given.options.timeout ?? most;
        this.#send(given, this.makes ? await made(given.options) : await used(given.options));
        return;
      }
    } catch (error) {
      this.#say(told(error, { makes: this.makes, late: performance.now() - began > most - ABOUT_MS }));
    }
    this.#free();
  }

  #free() {
    this.#busy = false;
    if (this.form.hasAttribute("data-passkey-waits")) void this.#wait();
  }

  /** The device's own list below the address field, where the browser has one. It waits until somebody takes one. */
  async #wait() {
    if (this.#busy || this.#waiting) return;
    const offers = await PublicKeyCredential.isConditionalMediationAvailable?.();
    if (!offers || this.#busy || this.#waiting) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    const again = setTimeout(() => waiting.abort(), RENEW_MS);
    try {
      const given = await this.#given({ quietly: true });
      if (given) this.#send(given, await used(given.options, waiting.signal));
    } catch {
      // Nobody asked for it, so nobody is told. The button is there.
    }
    clearTimeout(again);
    const renew = this.#waiting === waiting && waiting.signal.aborted;
    if (this.#waiting === waiting) this.#waiting = null;
    if (!renew) return;
    if (document.visibilityState === "visible") void this.#wait();
    else document.addEventListener("visibilitychange", () => void this.#wait(), { once: true });
  }

  /**
   * What the server wants to have signed, or nothing where it has said why not.
   * @param {{ quietly?: boolean }} [how]
   * @returns {Promise<{ asked: string, options: any } | undefined>}
   */
  async #given({ quietly = false } = {}) {
    let answer;
    try {
      answer = await fetch(this.form.dataset.options ?? "", {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(/** @type {any} */ (new FormData(this.form))),
      });
    } catch {
      if (!quietly) this.#say("network");
      return undefined;
    }
    // Led to a page: who one is comes first there, and then this page again.
    if (answer.redirected) {
      if (!quietly) location.reload();
      return undefined;
    }
    const body = await answer.json();
    if (answer.ok) return body;
    if (!quietly) this.#show(body.message ?? "");
    return undefined;
  }

  /**
   * @param {{ asked: string }} given
   * @param {object} answer
   */
  #send(given, answer) {
    put(this.form, "asked", given.asked);
    put(this.form, "answer", JSON.stringify(answer));
    this.form.submit();
  }

  /** @param {string} what */
  #say(what) {
    this.#show(this.form.querySelector(`[data-passkey-says="${what}"]`)?.textContent ?? "");
  }

  /** @param {string} words */
  #show(words) {
    if (this.status) this.status.textContent = words;
  }
}

/**
 * A new passkey, as JSON.
 * @param {any} options
 */
async function made(options) {
  const publicKey = {
    ...options,
    challenge: fromBase64url(options.challenge),
    user: { ...options.user, id: fromBase64url(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  };
  const credential = /** @type {PublicKeyCredential} */ (await navigator.credentials.create({ publicKey }));
  const response = /** @type {AuthenticatorAttestationResponse} */ (credential.response);
  return written(credential, {
    clientDataJSON: encoded(response.clientDataJSON),
    attestationObject: encoded(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  });
}

/**
 * A passkey's answer, as JSON. With a signal it waits in the browser's own list.
 * @param {any} options
 * @param {AbortSignal} [signal]
 */
async function used(options, signal) {
  const publicKey = {
    ...options,
    challenge: fromBase64url(options.challenge),
    allowCredentials: described(options.allowCredentials),
  };
  const asked = signal
    ? { publicKey, signal, mediation: /** @type {const} */ ("conditional") }
    : { publicKey };
  const credential = /** @type {PublicKeyCredential} */ (await navigator.credentials.get(asked));
  const response = /** @type {AuthenticatorAssertionResponse} */ (credential.response);
  return written(credential, {
    clientDataJSON: encoded(response.clientDataJSON),
    authenticatorData: encoded(response.authenticatorData),
    signature: encoded(response.signature),
    userHandle: response.userHandle ? encoded(response.userHandle) : null,
  });
}

/**
 * @param {PublicKeyCredential} credential
 * @param {object} response
 */
function written(credential, response) {
  const { id, type, rawId } = credential;
  return { id, type, rawId: encoded(rawId), response };
}

/**
 * Which words go with what a browser says. It does not tell cancelling from waiting in vain; the clock does.
 * @param {unknown} error
 * @param {{ makes: boolean, late: boolean }} how
 */
function told(error, { makes, late }) {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "AbortError":
      return late ? "late" : "cancelled";
    case "InvalidStateError":
      return makes ? "known" : "trouble";
    case "NotSupportedError":
    case "ConstraintError":
      return "lock";
    default:
      return "trouble";
  }
}

/** @param {any[] | undefined} list */
function described(list) {
  return (list ?? []).map((one) => ({ ...one, id: fromBase64url(one.id) }));
}

/** @param {ArrayBuffer} buffer */
const encoded = (buffer) => base64url(new Uint8Array(buffer));

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @param {string} value
 */
function put(form, name, value) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value;
}

for (const form of document.querySelectorAll('form[data-module="passkey"]')) {
  if (form instanceof HTMLFormElement) new Passkey(form);
}
