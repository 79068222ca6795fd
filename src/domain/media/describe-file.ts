import { type SniffedMedia, sniffMedia } from '../../lib/index.ts';
import { GatewayError } from '../../platform/index.ts';

/** What a file is, by its own bytes where they tell, else by what was said of it. */
export type FileFacts = Omit<SniffedMedia, 'mimeType'> & {
  readonly mimeType: string;
  readonly filename: string | null;
  readonly sha256: string;
  readonly bytes: number;
};

type File = {
  readonly sha256: string;
  readonly bytes: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
};

type Claim = { readonly mimeType?: string | undefined; readonly filename?: string | undefined };

const unknownType = 'application/octet-stream';
const filenameCharsMax = 255;
const typePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/**
 * Throws `media_type_mismatch` for a file that is said to be a picture, a sound or a film and is something else, and
 * `invalid_request` for one without a byte.
 */
export function describeFile(file: File, claim: Claim): FileFacts {
  const { sha256, bytes } = file;
  if (bytes === 0) {
    throw new GatewayError('invalid_request', { in: 'body', fields: [{ field: 'file', problem: 'It is empty' }] });
  }
  const found = sniffMedia(file.head, file.tail);
  const claimed = readType(claim.mimeType);
  if (claimed !== undefined && isLie(claimed, found?.mimeType)) {
    throw new GatewayError('media_type_mismatch', { claimed, found: found?.mimeType ?? unknownType });
  }
  const facts = { ...found, mimeType: chooseType(claimed, found?.mimeType), sha256, bytes };
  return { ...facts, filename: cleanName(claim.filename) };
}

function readType(text: string | undefined): string | undefined {
  const type = text?.split(';')[0]?.trim().toLowerCase() ?? '';
  return typePattern.test(type) && type !== unknownType && type !== 'binary/octet-stream' ? type : undefined;
}

const familyOf = (type: string): string => type.slice(0, type.indexOf('/'));

/** Containers that hold sound as well as film, and whose first bytes do not tell which. */
const isContainer = (type: string): boolean => /\/(mp4|ogg|webm|3gpp|quicktime|x-matroska)/.test(type);

/** Only of these families is it known what their files look like. */
const knownFamilies = new Set(['image', 'video', 'audio']);

/** Pictures that are text, or of kinds whose first bytes are not looked for. */
const plainPictures = new Set(['image/svg+xml', 'image/bmp', 'image/tiff', 'image/x-icon', 'image/vnd.microsoft.icon']);

function isLie(claimed: string, found: string | undefined): boolean {
  if (!knownFamilies.has(familyOf(claimed)) || plainPictures.has(claimed)) return false;
  if (found === undefined) return familyOf(claimed) === 'image';
  return familyOf(claimed) !== familyOf(found) && !isContainer(found);
}

/** The bytes know better, except which of sound and film is in a container, and what an archive is to be opened with. */
function chooseType(claimed: string | undefined, found: string | undefined): string {
  if (found === undefined) return claimed ?? unknownType;
  if (claimed === undefined) return found;
  const isOnlyOuter = found === 'application/zip' || (isContainer(found) && familyOf(claimed) !== familyOf(found));
  return isOnlyOuter ? claimed : found;
}

/** A name, never a path, and nothing that breaks a header or a line. */
function cleanName(name: string | undefined): string | null {
  const last = name?.split(/[/\\]/).at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  const clean = last.replaceAll(/[\u0000-\u001f\u007f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '').trim();
  return clean === '' || clean === '.' || clean === '..' ? null : clean.slice(0, filenameCharsMax);
}
