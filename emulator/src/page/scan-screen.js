// @ts-check
/** Looks at a window that the person chooses until a QR code is seen in it: as a phone is held in front of a screen. */
import { readPixels } from './read-qr.js';

const LOOKS_MAX = 60;
const LOOK_MS = 500;

/** @param {(text: string) => Promise<boolean>} found whether this was the right code @returns {Promise<boolean>} */
export const scanScreen = async (found) => {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
  const video = document.createElement('video');
  video.srcObject = stream;
  try {
    await video.play();
    for (let look = 0; look < LOOKS_MAX && stream.active; look += 1) {
      const text = readPixels(video, video.videoWidth, video.videoHeight);
      if (text && (await found(text))) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return false;
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
};
