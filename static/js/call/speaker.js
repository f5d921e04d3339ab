// @ts-check
/** Where sound comes out, in browsers that let a page choose it. Elsewhere the device's own setting decides. */

/** @typedef {{setSinkId?: (id: string) => Promise<void>}} Sink */

export function canChooseSpeaker() {
  return "setSinkId" in (globalThis.HTMLMediaElement?.prototype ?? {});
}

/** An element that plays somebody's voice. False where that loudspeaker is not to be had. @param {Sink} element @param {string | null} id */
export async function playOn(element, id) {
  try {
    await element.setSinkId?.(id ?? "");
    return true;
  } catch {
    // Unplugged, or never allowed: the usual one then, which is where it plays already.
    return false;
  }
}

/**
 * The way out of an audio context to the chosen loudspeaker. `end` lets go of it.
 * @param {AudioContext} context @param {string | null} id @returns {Promise<{out: AudioNode, end: () => void}>}
 */
export async function speaker(context, id) {
  const usual = { out: context.destination, end: () => {} };
  if (!id || !canChooseSpeaker()) return usual;
  if ("setSinkId" in context) {
    await playOn(/** @type {Sink} */ (context), id);
    return usual;
  }
  const { stream, element, out } = through(context);
  await playOn(/** @type {Sink} */ (element), id);
  await element.play();
  return {
    out,
    end: () => {
      element.pause();
      element.srcObject = null;
      for (const track of stream.getTracks()) track.stop();
    },
  };
}

/** @param {AudioContext} context */
function through(context) {
  const out = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = out.stream;
  return { out, element, stream: out.stream };
}
