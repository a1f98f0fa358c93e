import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BinPairSource, type FacePair } from './pair-source';

const bytesOf = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../test/fixtures/bins/${name}`, import.meta.url)));
const written = JSON.parse(new TextDecoder().decode(bytesOf('pictures.json'))) as {
  pictures: string[];
  same: boolean[];
};

it.each(['py2-p2.bin', 'py3-p4.bin', 'numpy-arrays-p2.bin'])(
  'gives the pairs of %s in order',
  async (name) => {
    const source = BinPairSource.open('lfw.bin', bytesOf(name));
    expect(source.info()).toEqual({ name: 'lfw.bin', pairs: 3, genuine: 2, pictures: 6 });
    const pairs: FacePair[] = [];
    for await (const pair of source.pairs()) pairs.push(pair);
    expect(pairs.map(({ index, same }) => [index, same])).toEqual(
      written.same.map((same, index) => [index, same]),
    );
    expect(
      pairs.flatMap(({ a, b }) => [a, b].map((picture) => Buffer.from(picture).toString('base64'))),
    ).toEqual(written.pictures);
  },
);

it('ends with the signal’s reason', async () => {
  const stop = new AbortController();
  const pairs = BinPairSource.open('lfw.bin', bytesOf('py3-p4.bin')).pairs(stop.signal);
  expect((await pairs.next()).value).toMatchObject({ index: 0 });
  stop.abort(new Error('enough'));
  await expect(pairs.next()).rejects.toThrow('enough');
});

it('refuses other files and empty sets, by name', () => {
  const ascii = (text: string) => new TextEncoder().encode(text);
  for (const bytes of [
    new Uint8Array(),
    ascii('(N(lI01\nat.'),
    bytesOf('py3-p4.bin').subarray(0, 100),
  ]) {
    expect(() => BinPairSource.open('lfw.bin', bytes)).toThrow(
      expect.objectContaining({ code: 'bad-source', message: expect.stringContaining('lfw.bin') }),
    );
  }
  expect(() => BinPairSource.open('lfw.bin', ascii('((l(lt.'))).toThrow('lfw.bin holds no pairs.');
});
