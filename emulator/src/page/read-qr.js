// @ts-check
/**
 * Finds the text of a QR code in whatever a person has at hand: the text itself, an answer of the gateway as JSON, a picture, or
 * what was drawn in a terminal. Nothing leaves the browser.
 */
import { decodeQR } from './qr/decode.js';

const SIDE_MAX = 1600;
const EFFORT = 6;
const TIME_MS = 1500;
/** Pixels a module of a drawn code gets, and the white around it. */
const MODULE = 4;
const QUIET = 4;

/** @param {{ width: number, height: number, data: Uint8ClampedArray }} image */
const decode = (image) => {
  try {
    return decodeQR(image, { effort: EFFORT, timeLimit: TIME_MS });
  } catch {
    return undefined;
  }
};

/** @param {CanvasImageSource} source @param {number} width @param {number} height @returns {string | undefined} */
export const readPixels = (source, width, height) => {
  const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return undefined;
  // Transparent pictures are meant for white paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return decode(context.getImageData(0, 0, canvas.width, canvas.height));
};

/** @param {Blob} blob @returns {Promise<string | undefined>} */
export const readImage = async (blob) => {
  const bitmap = await createImageBitmap(blob).catch(() => undefined);
  return bitmap && readPixels(bitmap, bitmap.width, bitmap.height);
};

/** @param {boolean[][]} modules of which the true ones are dark */
const readModules = (modules) => {
  const columns = Math.max(...modules.map((row) => row.length));
  const width = (columns + 2 * QUIET) * MODULE;
  const height = (modules.length + 2 * QUIET) * MODULE;
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const row = modules[Math.floor(y / MODULE) - QUIET];
      if (row?.[Math.floor(x / MODULE) - QUIET]) data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return decode({ width, height, data });
};

/** Two modules a character: the upper and the lower half of it are drawn, or not. @param {string} text */
const readDrawing = (text) => {
  const lines = text.split('\n').filter((line) => /[█▀▄]/.test(line));
  const width = Math.max(0, ...lines.map((line) => line.length));
  const halves = lines.flatMap((line) => {
    const characters = [...line.padEnd(width)];
    return [characters.map((one) => one === '█' || one === '▀'), characters.map((one) => one === '█' || one === '▄')];
  });
  if (halves.length === 0) return undefined;
  // Terminals are dark or light, so what is drawn is the light or the dark.
  return readModules(halves.map((row) => row.map((isDrawn) => !isDrawn))) ?? readModules(halves);
};

/** @param {string} text */
const readJson = (text) => {
  try {
    const { qr } = JSON.parse(text);
    return typeof qr === 'string' ? qr : undefined;
  } catch {
    return undefined;
  }
};

/** @param {string} text @returns {Promise<string | undefined>} */
export const readText = async (text) => {
  const trimmed = text.trim();
  if (/[█▀▄]/.test(text)) return readDrawing(text);
  if (trimmed.startsWith('{')) return readJson(trimmed);
  const [, base64] = /^data:image\/[\w.+-]+;base64,([A-Za-z0-9+/=\s]+)$/.exec(trimmed) ?? [];
  if (base64 !== undefined) {
    const bytes = Uint8Array.from(atob(base64.replace(/\s/g, '')), (character) => character.charCodeAt(0));
    return readImage(new Blob([bytes]));
  }
  // A terminal may have broken it into lines.
  return trimmed.replace(/\s/g, '') || undefined;
};
