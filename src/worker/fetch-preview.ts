import { readPagePreview } from '../lib/index.ts';
import type { DownloadHead, Egress } from '../platform/index.ts';

/** What is shown of a page that a message links to. */
type FetchedPreview = {
  readonly title: string;
  readonly description?: string;
  /** A small JPEG, as it is. */
  readonly image?: Uint8Array;
};

/** A message waits for its preview, and its lane with it. */
const pageTimeoutMs = 3_000;
const imageTimeoutMs = 2_000;
/** Of a page, what it says of itself stands at its beginning. */
const pageReadBytes = 256 * 1024;
const pageBytesMax = 16 * 1024 * 1024;
/** Nothing here can make an image smaller, and the message carries it. */
const imageBytesMax = 48 * 1024;

const jpegStart = Buffer.from([0xff, 0xd8, 0xff]);

/**
 * Fetches what a page wants to be shown as, under all rules of the guard. Undefined when it cannot be had, whyever: a message
 * goes without. What it shows is the page's own word.
 */
export async function fetchPreview(
  egress: Pick<Egress, 'download'>,
  url: string,
  signal: AbortSignal,
): Promise<FetchedPreview | undefined> {
  const page = await fetchStart(
    egress,
    { url: withoutFragment(url), timeoutMs: pageTimeoutMs, bytesMax: pageBytesMax, signal },
    isHtml,
    pageReadBytes,
  );
  const preview = page && readPagePreview(page.toString('utf8'), url);
  if (preview === undefined) return undefined;
  const { imageUrl, ...shown } = preview;
  const image =
    imageUrl === undefined
      ? undefined
      : await fetchStart(
          egress,
          { url: withoutFragment(imageUrl), timeoutMs: imageTimeoutMs, bytesMax: imageBytesMax, signal },
          () => true,
          imageBytesMax + 1,
        );
  const usable = image !== undefined && image.length <= imageBytesMax && image.subarray(0, 3).equals(jpegStart);
  return usable ? { ...shown, image } : shown;
}

const isHtml = ({ mimeType = '' }: DownloadHead): boolean =>
  /^(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(mimeType);

/** A fragment is never sent, and the guard takes none. */
function withoutFragment(text: string): string {
  const url = new URL(text);
  url.hash = '';
  return url.href;
}

/** The first bytes of what is there, if it is of the right kind. */
async function fetchStart(
  egress: Pick<Egress, 'download'>,
  input: Parameters<Egress['download']>[0],
  isWanted: (head: DownloadHead) => boolean,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const outcome = await egress.download(input, async (head, chunks) => {
    if (!isWanted(head)) return undefined;
    const kept: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of chunks) {
      kept.push(chunk);
      bytes += chunk.length;
      if (bytes >= bytesMax) break;
    }
    return Buffer.concat(kept).subarray(0, bytesMax);
  });
  return outcome.kind === 'kept' ? outcome.value : undefined;
}
