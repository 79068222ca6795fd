// @ts-check
/** Records a voice message with the computer's microphone. */
import { redraw } from './desk.js';
import { say } from './parts.js';

const SECONDS_MAX = 120;

/** @type {{ number: string, stop: (keep: boolean) => void } | undefined} */
let current;

/** @param {string} number */
export const isRecording = (number) => current?.number === number;

/** @param {boolean} keep */
export const endRecording = (keep) => current?.stop(keep);

/** @param {string} number @param {(file: File) => void} done */
export const startRecording = async (number, done) => {
  endRecording(false);
  /** @type {MediaStream} */
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    say('There is no microphone to record with. A sound file can be sent with the clip.', 'bad');
    return;
  }
  const recorder = new MediaRecorder(stream);
  /** @type {Blob[]} */
  const parts = [];
  let isKept = false;
  const limit = setTimeout(() => endRecording(true), SECONDS_MAX * 1000);
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.onstop = () => {
    clearTimeout(limit);
    for (const track of stream.getTracks()) track.stop();
    const type = recorder.mimeType.split(';')[0] ?? '';
    if (isKept) done(new File(parts, 'voice', { type }));
    redraw();
  };
  current = {
    number,
    stop: (keep) => {
      isKept = keep;
      current = undefined;
      recorder.stop();
    },
  };
  recorder.start();
  redraw();
};
