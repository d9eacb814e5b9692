// Reading QR codes from a camera. The decoder is loaded when a camera is opened.

/** How often a frame is looked at, in milliseconds. */
const every = 160;

/** The longer side at which frames are read, in pixels: enough for 177 modules. */
const longest = 640;

/**
 * Opens a camera, shows it in the video element and resolves with the first code that
 * accept takes. Rejects when there is no camera or it is not allowed, and with an
 * AbortError when the signal stops it; the camera is off in every case.
 */
export async function readQr(video: HTMLVideoElement, accept: (code: string) => boolean, signal: AbortSignal): Promise<string> {
  const { default: decode } = await import("jsqr");
  signal.throwIfAborted();
  // Absent where the page is not in a secure context.
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (!media) throw new DOMException("no camera", "NotFoundError");
  const stream = await media.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  try {
    signal.throwIfAborted();
    video.srcObject = stream;
    await video.play();
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new DOMException("no canvas", "NotSupportedError");
    for (;;) {
      await pause(every, signal);
      const scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight, 1));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      if (canvas.width === 0 || canvas.height === 0) continue;
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const frame = context.getImageData(0, 0, canvas.width, canvas.height);
      const found = decode(frame.data, frame.width, frame.height, { inversionAttempts: "dontInvert" });
      if (found && accept(found.data)) return found.data;
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new DOMException("stopped", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal.addEventListener("abort", abort, { once: true });
  });
}
