import { beforeAll, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { decodeBmp } from '../../src/faces/decode/formats/decode-bmp';
import { decodeInBrowser, decodeThroughCanvas } from '../../src/faces/decode/decode-in-browser';
import { bmpKinds, plainBmp } from '../fixtures/plain-bmp';
import type { OddPicture } from '../odd-pictures';

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/**
 * Most levels by which two decoders may differ by rounding: for alpha over white, AVIF's chroma,
 * and both with more than 8 bits.
 */
function maxDifference(name: string): number {
  if (!/veiled|AVIF/.test(name)) return 0;
  return /1[06] bits/.test(name) ? 2 : 1;
}

let pictures: OddPicture[];
beforeAll(async () => {
  pictures = await commands.decodedInNode();
});

it('decodes the same pixels in the page as on the command line', async () => {
  const seen: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const { name, file, node } of pictures) {
    const page = await decodeInBrowser(bytesOf(file)).catch(() => null);
    expected[name] = node
      ? `${node.width} × ${node.height}, at most ${maxDifference(name)} apart`
      : 'refused';
    const difference =
      node && page ? Math.max(maxDifference(name), farthest(bytesOf(node.data), page.data)) : 0;
    seen[name] = page ? `${page.width} × ${page.height}, at most ${difference} apart` : 'refused';
  }
  expect(seen).toEqual(expected);
});

it('refuses truncated files and formats that one of the two can’t read', () => {
  const refused = pictures.filter(({ node }) => !node).map(({ name }) => name);
  expect(refused).toEqual([
    'TIFF',
    'SVG',
    ...['JPEG', 'PNG of a palette', 'GIF', 'WebP', 'AVIF'].map((name) => `${name}, cut`),
  ]);
});

it.each(['JPEG', 'PNG', 'WebP', 'WebP without loss', 'AVIF'])(
  'applies all eight orientations to %s',
  (kind) => {
    const decoded = [1, 2, 3, 4, 5, 6, 7, 8].map(
      (way) => pictures.find(({ name }) => name === `${kind} turned ${way}`)!.node!,
    );
    decoded.forEach(({ width, height }, i) =>
      expect([width, height], `${i + 1}`).toEqual(i < 4 ? [48, 32] : [32, 48]),
    );
    expect(new Set(decoded.map(({ data }) => data)).size).toBe(8);
  },
);

// The browser makes a white picture of an all-zero alpha, which is useless.
it.each(bmpKinds.filter(({ name }) => name !== 'of an alpha of nothing'))(
  'decodes a BMP of $name like the browser',
  async (kind) => {
    const bytes = plainBmp(kind);
    const browser = await decodeThroughCanvas(bytes);
    // The browser widens few bits by shifts, and premultiplies alpha.
    const most = kind.bits === 16 || kind.name === 'veiled' ? 1 : 0;
    expect(farthest(decodeBmp(bytes).data, browser.data)).toBeLessThanOrEqual(most);
    expect((await decodeInBrowser(bytes)).data).toEqual(decodeBmp(bytes).data);
  },
);

function farthest(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
