// @ts-check
/** How a picture is packed: in few ways, and small. It shows a face while people talk. */

const PICTURE_BITS = 500_000;
const CODECS = ["video/vp8", "video/h264", "video/rtx"];

/** A description with every way to pack a picture is longer than a frame may be. @param {RTCRtpTransceiver} place */
export function fewCodecs(place) {
  const all = globalThis.RTCRtpReceiver?.getCapabilities?.("video")?.codecs ?? [];
  const few = all.filter(({ mimeType }) => CODECS.includes(mimeType.toLowerCase()));
  if (few.length > 0) place.setCodecPreferences?.(few);
}

/** @param {RTCRtpSender} sender */
export async function sparing(sender) {
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings ?? []) encoding.maxBitrate = PICTURE_BITS;
  // Where it is not taken the browser finds its own measure.
  await sender.setParameters(parameters).catch(() => {});
}
