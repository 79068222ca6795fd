import { expect, test } from 'vitest';
import { findLink, readPagePreview } from './page-preview.ts';

const url = 'https://example.com/shop/rye';

test('a page is shown as it asks to be, as plain text', () => {
  const html = `<html><head><title>Not this</title>
    <meta content='Rye &amp; &#x57;heat &lt;b&gt;' property="og:title">
    <META NAME=description CONTENT="not this"><meta property="og:description" content="Baked
      daily"><meta property=og:image content=/rye.jpg></head>`;
  expect(readPagePreview(html, url)).toEqual({
    title: 'Rye & Wheat <b>',
    description: 'Baked daily',
    imageUrl: 'https://example.com/rye.jpg',
  });
});

test('a page that asks for nothing has its title, and one without has no preview', () => {
  expect(readPagePreview('<title>\n Rye </title>', url)).toEqual({ title: 'Rye' });
  for (const html of ['', '<p>hello', '<title> </title>', '<meta property="og:title" content="">', '<meta <<<']) {
    expect(readPagePreview(html, url)).toBeUndefined();
  }
});

test('what is too long is cut, and what cannot be an address is left out', () => {
  const long = 'x'.repeat(2_000);
  const html = `<title>${long}</title><meta name="description" content="${long}"><meta property="og:image" content="http://[">`;
  const preview = readPagePreview(html, url);
  expect([preview?.title.length, preview?.description?.length, preview?.imageUrl]).toEqual([300, 1000, undefined]);
});

test('a hostile page takes no longer than a long one', () => {
  for (const piece of ['<meta ', '<meta a=', '<title ', 'content="', '&#']) {
    readPagePreview(piece.repeat(262_144 / piece.length), url);
  }
}, 5_000);

test.each([
  ['see https://example.com/a?b=c#d.', 'https://example.com/a?b=c#d'],
  ['(http://example.com/x), and https://other.example', 'http://example.com/x'],
  ['*HTTPS://EXAMPLE.COM*', 'HTTPS://EXAMPLE.COM'],
  ['example.com', undefined],
  ['https://', undefined],
  ['javascript:alert(1)', undefined],
])('the link in %s is %s', (text, expected) => {
  expect(findLink(text)).toBe(expected);
});
