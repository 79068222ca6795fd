type PagePreview = { readonly title: string; readonly description?: string; readonly imageUrl?: string };

const titleCharsMax = 300;
const descriptionCharsMax = 1000;

// Each looks no further than a bounded way, so that a hostile page costs no more time than a long one.
const metaTag = /<meta\b([^>]{0,4096})>/gi;
const attribute = /([a-z:-]{1,40})\s{0,20}=\s{0,20}(?:"([^"]{0,4000})"|'([^']{0,4000})'|([^\s"'>]{1,2000}))/gi;
const titleTag = /<title\b[^>]{0,200}>([^<]{0,2000})/i;

/** What a page wants to be shown as where somebody links to it; undefined when it has no title. The words are plain text. */
export function readPagePreview(html: string, pageUrl: string): PagePreview | undefined {
  const meta = readMeta(html);
  const title = shorten(meta.get('og:title') ?? titleTag.exec(html)?.[1], titleCharsMax);
  if (title === undefined) return undefined;
  const description = shorten(meta.get('og:description') ?? meta.get('description'), descriptionCharsMax);
  const imageUrl = resolveUrl(meta.get('og:image') ?? meta.get('og:image:url'), pageUrl);
  return { title, ...(description !== undefined && { description }), ...(imageUrl !== undefined && { imageUrl }) };
}

/** The first of each name counts. */
function readMeta(html: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, text = ''] of html.matchAll(metaTag)) {
    const attributes = new Map<string, string>();
    for (const [, name = '', double, single, bare] of text.matchAll(attribute)) {
      attributes.set(name.toLowerCase(), double ?? single ?? bare ?? '');
    }
    const name = (attributes.get('property') ?? attributes.get('name'))?.toLowerCase();
    const content = attributes.get('content');
    if (name !== undefined && content !== undefined && !found.has(name)) found.set(name, content);
  }
  return found;
}

function shorten(text: string | undefined, charsMax: number): string | undefined {
  const plain = decodeEntities(text ?? '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return plain === '' ? undefined : plain.slice(0, charsMax).toWellFormed();
}

function resolveUrl(text: string | undefined, pageUrl: string): string | undefined {
  const decoded = decodeEntities(text ?? '').trim();
  return decoded !== '' && URL.canParse(decoded, pageUrl) ? new URL(decoded, pageUrl).href : undefined;
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,5}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const link = /https?:\/\/[^\s<>"'`]{1,2048}/i;

/** The first link in a text, without the punctuation that ends a sentence. */
export function findLink(text: string): string | undefined {
  const url = link.exec(text)?.[0].replace(/[.,;:!?*_~)\]}]+$/, '');
  return url !== undefined && URL.canParse(url) ? url : undefined;
}
