import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { imageRecordOf, payloadOf } from './recordio';
import { encodeRecord, imagePayload } from './recordio-writer';
import { seededRandom } from '../../core/seeded-random';

/** What MXNet's own reader found in the fixtures: see make-recordio.py. */
interface Written {
  readonly key: number;
  readonly flag: number | null;
  readonly id: number;
  readonly labels: readonly number[];
  readonly image: string;
  readonly payload: string;
}

const folder = new URL('../../../test/fixtures/recordio/', import.meta.url);
const written = JSON.parse(readFileSync(new URL('records.json', folder), 'utf8')) as Record<
  string,
  Written[]
>;
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const fileOf = (name: string) => readFileSync(new URL(`${name}.rec.bin`, folder));

describe('a record', () => {
  it.each(Object.keys(written))('of %s has the bytes that MXNet wrote', (name) => {
    expect(
      Buffer.concat(written[name]!.map(({ payload }) => encodeRecord(bytesOf(payload)))),
    ).toEqual(fileOf(name));
  });

  it('is read back as it was, wherever magic numbers lie in it', () => {
    const random = seededRandom(5);
    const magic = [0x0a, 0x23, 0xd7, 0xce];
    let parts = 0;
    for (let round = 0; round < 500; round++) {
      const bytes = Array.from({ length: random.int(30) }, () => random.int(256));
      for (let i = random.int(4); i > 0; i--)
        bytes.splice(random.int(bytes.length + 1), 0, ...magic);
      const payload = Uint8Array.from(bytes);
      const record = encodeRecord(payload);
      expect(payloadOf(record, 'a.rec', 0)).toEqual(payload);
      expect(record.length % 4).toBe(0);
      if (record.length > 8 + 4 * Math.ceil(payload.length / 4)) parts++;
    }
    expect(parts).toBeGreaterThan(100);
  });

  it('of more bytes than the reader accepts is refused', () => {
    expect(() => encodeRecord(new Uint8Array(64 * 2 ** 20 + 1))).toThrow(
      expect.objectContaining({ code: 'bad-source' }),
    );
  });
});

describe("a picture's data", () => {
  it.each(['insightface', 'im2rec', 'plain', 'no-ids'])(
    'of %s has the bytes that MXNet packed',
    (name) => {
      for (const { flag, labels, id, image, payload } of written[name]!) {
        expect(imagePayload(flag === 0 ? labels[0]! : labels, id, bytesOf(image))).toEqual(
          bytesOf(payload),
        );
      }
    },
  );

  it('keeps labels up to 2^24 and ids beyond 2^32', () => {
    expect(
      imageRecordOf(imagePayload([2 ** 24 - 1, 1], 2 ** 40 + 3, Uint8Array.of(9)), '', 0),
    ).toEqual({
      flag: 2,
      labels: Float32Array.of(2 ** 24 - 1, 1),
      id: 2 ** 40 + 3,
      image: Uint8Array.of(9),
    });
  });

  it.each([2 ** 24 + 1, 0.1])('refuses the label %s, alone or among others', (label) => {
    for (const labels of [label, [0, label]])
      expect(() => imagePayload(labels, 0, new Uint8Array())).toThrow(`${label} is not exact`);
  });
});
