import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlobByteSource } from '../../src/formats/bytes/byte-source';
import { seededRandom, type SeededRandom } from '../../src/core/seeded-random';
import { StudioError } from '../../src/core/studio-error';
import type { FaceRecord } from '../../src/faces/face-record';
import type { FolderFile } from '../../src/faces/sources/folder/folder-file';
import { FolderTable } from '../../src/faces/sources/folder/folder-table';
import { RecordIoTable } from '../../src/faces/sources/recordio/recordio-table';
import {
  expandPattern,
  parseManifest,
  type ShardList,
} from '../../src/faces/sources/webdataset/shard-list';

/**
 * Milliseconds that a call here may take, even on a busy machine. An algorithm of quadratic cost
 * takes far longer.
 */
const LONGEST = 5000;

/**
 * The result of a call, or the StudioError that it throws. Any other error fails the test, and so
 * does a slow call.
 */
async function outcome<T>(call: () => T | Promise<T>): Promise<T | StudioError> {
  const startedAt = performance.now();
  try {
    return await call();
  } catch (thrown) {
    if (!(thrown instanceof StudioError)) throw thrown;
    expect(thrown.code).toBe('bad-source');
    expect(thrown.message.length).toBeLessThan(2000);
    return thrown;
  } finally {
    expect(performance.now() - startedAt).toBeLessThan(LONGEST);
  }
}

const pick = <T>(values: readonly T[], random: SeededRandom): T =>
  values[random.int(values.length)]!;

/** The text with a few characters changed, removed or doubled, or cut off. */
function mutated(text: string, random: SeededRandom, alphabet: string): string {
  let result = text;
  for (let changes = 1 + random.int(4); changes > 0; changes--) {
    const at = random.int(result.length + 1);
    const length = 1 + random.int(12);
    const kind = random.int(5);
    if (kind === 0)
      result = result.slice(0, at) + pick([...alphabet], random) + result.slice(at + 1);
    else if (kind === 1) result = result.slice(0, at) + result.slice(at + length);
    else if (kind === 2) result = result.slice(0, at + length) + result.slice(at);
    else if (kind === 3)
      result =
        result.slice(0, at) + pick([...alphabet], random).repeat(random.int(9)) + result.slice(at);
    else if (random.int(8) === 0) result = result.slice(0, at);
  }
  return result;
}

const hostileNames = [
  '../../etc/passwd',
  '..\\..\\a.tar',
  '/a.tar',
  '//other.example/a.tar',
  '\\\\other.example\\a.tar',
  '/\\other.example/a.tar',
  'file:///etc/passwd',
  'file:a.tar',
  'javascript:alert(1)',
  'java\tscript:alert(1)',
  'data:,x',
  'blob:https://faces.example/x',
  'https:a.tar',
  'https:/a.tar',
  'https:///other.example/a.tar',
  'HTTPS://OTHER.example/a.tar',
  'http://faces.example/a.tar',
  'https://faces.example:8443/a.tar',
  'https://faces.example:443/a.tar',
  'https://faces.example.other.example/a.tar',
  'https://faces.example@other.example/a.tar',
  'https://user:word@faces.example/a.tar',
  'https://xn--bcher-kva.example/a.tar',
  'https://\u0431.example/a.tar',
  'https://other\u3002example/a.tar',
  'https://0x7f.1/a.tar',
  'https://[::1]/a.tar',
  'http://[',
  'https://',
  '\u0000a.tar',
  ' https://other.example/a.tar\n',
  'a'.repeat(20_000),
  '?',
  '#',
  '',
  '.',
  'c:\\a.tar',
  'ws://other.example/a.tar',
  'https://faces.example\\@other.example/a.tar',
  '{0..99999}.tar',
  '\ud800.tar',
  '__proto__',
];
const hostileValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -1e308,
  2 ** 53,
  2 ** 53 - 1,
  '',
  '12',
  [],
  [[]],
  {},
  { name: null },
  { name: {} },
  { name: 7, file: 'a.tar' },
  { file: 'a.tar' },
  { url: '//other.example/b.tar' },
  { length: 1e9 },
];

describe('manifests', () => {
  const addresses = [
    'https://faces.example/sets/manifest.json',
    'http://localhost:8000/manifest.json?x=//y',
    'manifest.json',
    'C:\\data\\manifest.json',
  ];

  /** Checks an accepted manifest; its origins must be those that the URL parser finds. */
  function expectSane(
    { shards, images, identities, foreignOrigins }: ShardList,
    from: string,
  ): void {
    expect(shards.length).toBeGreaterThan(0);
    expect(shards.length).toBeLessThanOrEqual(100_000);
    for (const shard of shards) {
      expect(typeof shard.name === 'string' && shard.name !== '').toBe(true);
      for (const count of [shard.images, shard.bytes])
        expect(count === undefined || (Number.isSafeInteger(count) && count >= 0)).toBe(true);
    }
    for (const count of [images, identities])
      expect(count === undefined || (Number.isSafeInteger(count) && count >= 0)).toBe(true);
    if (!from.startsWith('http')) {
      expect(foreignOrigins).toBeUndefined();
      return;
    }
    const urls = shards.map(({ name }) => new URL(name, from));
    for (const { protocol } of urls) expect(['http:', 'https:']).toContain(protocol);
    expect(foreignOrigins).toEqual(
      [...new Set(urls.map(({ origin }) => origin))].filter(
        (origin) => origin !== new URL(from).origin,
      ),
    );
  }

  async function tryOut(text: string, from: string): Promise<boolean> {
    const list = await outcome(() => parseManifest(text, from));
    if (list instanceof StudioError) return false;
    expectSane(list, from);
    return true;
  }

  it('are accepted or refused, whatever characters are changed', async () => {
    const random = seededRandom(0x6d616e69);
    const text = JSON.stringify({
      images: 200,
      identities: 7,
      shards: [
        'a-0.tar',
        { name: '../a-1.tar', images: 100, bytes: 12_000 },
        { url: 'https://other.example/a-2.tar' },
      ],
    });
    let taken = 0;
    for (let round = 0; round < 3000; round++)
      if (
        await tryOut(
          mutated(text, random, '"{}[],:0123456789eE+-.\\/\u0000\n ahttps'),
          pick(addresses, random),
        )
      )
        taken++;
    // Both outcomes occur; otherwise the test would prove nothing.
    expect(taken).toBeGreaterThan(100);
    expect(taken).toBeLessThan(2900);
  });

  it('are accepted or refused, whatever they contain, and name every other origin', async () => {
    const random = seededRandom(0x73747275);
    const valueOf = () =>
      random.int(2) ? pick(hostileNames, random) : pick(hostileValues, random);
    const entryOf = () => {
      const kind = random.int(4);
      if (kind === 0)
        return { name: pick(hostileNames, random), images: valueOf(), bytes: valueOf() };
      return kind === 1 ? valueOf() : pick(hostileNames, random);
    };
    let [taken, foreign] = [0, 0];
    for (let round = 0; round < 3000; round++) {
      const manifest =
        random.int(20) === 0
          ? valueOf()
          : {
              shards:
                random.int(20) === 0 ? valueOf() : Array.from({ length: random.int(4) }, entryOf),
              images: valueOf(),
              identities: valueOf(),
            };
      const from = pick(addresses, random);
      const list = await outcome(() => parseManifest(JSON.stringify(manifest), from));
      if (list instanceof StudioError) continue;
      expectSane(list, from);
      taken++;
      if (list.foreignOrigins?.length) foreign++;
    }
    expect([taken > 300, foreign > 50]).toEqual([true, true]);
  });

  it.each([
    ['nested deeper than any stack', `{"shards":[${'['.repeat(200_000)}${']'.repeat(200_000)}]}`],
    ['nested in objects', `{"shards":[${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}]}`],
    ['with an entry of megabytes', `{"shards":[{"x":"${'y'.repeat(4e6)}"}]}`],
    ['with a name of megabytes', `{"shards":["java:${'y'.repeat(4e6)}"]}`],
    ['with a million shards', `{"shards":[${'"a",'.repeat(1_000_000)}"a"]}`],
    [
      'with counts out of range',
      '{"shards":[{"name":"a.tar","images":1e308,"bytes":1e309}],' +
        '"images":9007199254740993,"identities":-0.5}',
    ],
    ['with one key many times', `{${'"shards":["b.tar"],'.repeat(10_000)}"shards":["a.tar"]}`],
    [
      'that set a prototype',
      '{"__proto__":{"images":5},"shards":[{"__proto__":{"name":"b.tar"},"name":"a.tar"}]}',
    ],
  ])('%s are accepted or refused', async (_, text) => {
    for (const from of addresses) await tryOut(text, from);
  });
});

describe('patterns', () => {
  async function tryOut(pattern: string): Promise<readonly string[] | StudioError> {
    const names = await outcome(() => expandPattern(pattern));
    if (names instanceof StudioError) return names;
    expect(names.length).toBeGreaterThan(0);
    expect(names.length).toBeLessThanOrEqual(100_000);
    const longest = names.reduce((most, { length }) => Math.max(most, length), 0);
    expect(longest).toBeLessThanOrEqual(Math.max(15, pattern.length));
    return names;
  }

  it('stand for a list or are refused, whatever characters are changed', async () => {
    const random = seededRandom(0x70617474);
    let refused = 0;
    for (let round = 0; round < 4000; round++) {
      const from = pick(
        [
          'https://host/ms1m-{0000..0099}.tar',
          '{train,val}-{0..3}.tar',
          '{a,b{1..2}{3,4}}',
          '{{0..9},{5..1}}',
          '{00..9}{x}',
        ],
        random,
      );
      if ((await tryOut(mutated(from, random, '{}{}{},,..0123456789a'))) instanceof StudioError)
        refused++;
    }
    expect(refused).toBeLessThan(1000);
  });

  it.each([
    ['braces in braces', '{'.repeat(20_000) + '}'.repeat(20_000)],
    ['as many as may be', '{'.repeat(2000) + '}'.repeat(2000)],
    ['lists in lists', '{a,'.repeat(1000) + '}'.repeat(1000)],
    ['open braces alone', '{'.repeat(4000)],
    ['braces beside braces', '{a}'.repeat(1300)],
    ['pairs beside pairs', '{a,b}'.repeat(800)],
    ['pairs in pairs', '{a,b'.repeat(800) + '}'.repeat(800)],
    ['ranges in one list', `{${Array(300).fill('{0..99999}').join(',')}}`],
    ['ranges beside ranges', '{0..999}'.repeat(400)],
    ['numbers beyond any', `{${'9'.repeat(400)}..${'9'.repeat(401)}}`],
    ['numbers that floats round', '{9007199254740993..9007199254740995}'],
    ['thousands of zeros', `{${'0'.repeat(3000)}1..9999}`],
    ['a pattern of megabytes', `${'x'.repeat(4e6)}{0..9999}`],
    ['commas alone', `{${','.repeat(4000)}}`],
  ])('stand for a list or are refused: %s', async (_, pattern) => {
    await tryOut(pattern);
  });

  it('never expand to numbers outside of the written range', async () => {
    for (const [from, to] of [
      ['9007199254740993', '9007199254740995'],
      ['1'.repeat(400), '1'.repeat(400)],
    ]) {
      const names = await tryOut(`{${from}..${to}}`);
      if (!(names instanceof StudioError))
        expect(names.every((name) => name.includes(from!) || name.includes(to!))).toBe(true);
    }
  });
});

describe('property files', () => {
  const fileOf = (name: string, path: string) =>
    new BlobByteSource(
      name,
      new Blob([readFileSync(new URL(`../fixtures/recordio/${path}`, import.meta.url))]),
    );
  // Without a record 0 the property file is the only source of the number.
  const [rec, idx] = [fileOf('train.rec', 'plain.rec.bin'), fileOf('train.idx', 'plain.idx')];
  const identitiesWith = async (property: string) => {
    const table = await outcome(() =>
      RecordIoTable.open('faces', { rec, idx, property }, { local: true }),
    );
    if (table instanceof StudioError) return undefined;
    expect(table.count).toBe(9);
    const { identities } = table;
    expect(
      identities === undefined ||
        (Number.isSafeInteger(identities) && identities >= 0 && identities < 1e9),
    ).toBe(true);
    return identities;
  };

  it('give a whole number of people or none, whatever characters are changed', async () => {
    const random = seededRandom(0x70726f70);
    let found = 0;
    for (let round = 0; round < 1000; round++)
      if (
        (await identitiesWith(
          mutated('93431,112,112\n', random, '0123456789,.-+eExX \n\r\t\u0000\ufeff'),
        )) !== undefined
      )
        found++;
    expect(found).toBeGreaterThan(300);
    expect(found).toBeLessThan(1000);
  });

  it.each([
    ['of blank lines', '\n'.repeat(300_000)],
    ['of blanks', ' '.repeat(300_000)],
    ['of a number and blanks', `1${' '.repeat(300_000)}x`],
    ['of numbers', '12345678901\n'.repeat(100_000)],
    ['of digits', '9'.repeat(1_000_000)],
  ])('%s are read as fast', async (_, property) => {
    await identitiesWith(property);
  });
});

describe('lists of pictures', () => {
  const pictures = ['imgs/a/1.jpg', 'imgs/a/2.jpg', 'imgs/b/1.jpg'];
  const file = (path: string, contents: string): FolderFile => ({
    path,
    read: async () => new TextEncoder().encode(contents),
    open: async () => new BlobByteSource(path, new Blob([contents])),
  });
  const tableWith = (list: string) =>
    outcome(() =>
      FolderTable.open('faces', [
        ...pictures.map((path) => file(path, path)),
        file('ms1m_list.txt', list),
      ]),
    );

  /** Every row is a picture of the folder, or counts as damaged; no other file can be read. */
  async function expectSane(table: FolderTable): Promise<void> {
    for (let row = 0; row < Math.min(table.count, 50); row++) {
      const record = await table.read(row).catch((thrown: unknown) => thrown);
      if (record instanceof StudioError) {
        expect(record.code).toBe('bad-shard');
        continue;
      }
      const { key, label, encoded } = record as FaceRecord;
      // A list without any label is ignored; then folders are people.
      const root = table.labelling === 'list' ? '' : 'imgs/';
      expect(pictures).toContain(`${root}${key}.jpg`);
      expect(pictures).toContain(new TextDecoder().decode(encoded));
      expect(Number.isSafeInteger(label) && label >= 0 && label < 1e8).toBe(true);
    }
  }

  it('name pictures of the folder or are refused, whatever characters are changed', async () => {
    const random = seededRandom(0x6c697374);
    let taken = 0;
    for (let round = 0; round < 2000; round++) {
      const table = await tableWith(
        mutated(
          'imgs/a/1.jpg 0\nimgs/a/2.jpg\t0\n./imgs/b/1.jpg 1\n',
          random,
          './\\ \t\n\r\u0000\u00a0\u2028\ufeff0123456789abimgsjp',
        ),
      );
      if (table instanceof StudioError) continue;
      taken++;
      await expectSane(table);
    }
    expect(taken).toBeGreaterThan(500);
    expect(taken).toBeLessThan(2000);
  });

  it('name pictures of the folder or are refused, whatever lines they hold', async () => {
    const random = seededRandom(0x70617468);
    const paths = [
      ...hostileNames,
      ...pictures,
      '../imgs/a/1.jpg',
      'imgs/../../imgs/a/1.jpg',
      'imgs\\a\\1.jpg',
      '/imgs/a/1.jpg',
      'imgs//a/./1.jpg',
      '..',
      '../..',
    ];
    const labels = [
      '0',
      '1',
      '00000001',
      '99999999',
      '100000000',
      '-1',
      '1.5',
      '1e3',
      '0x1',
      'NaN',
      '',
      '\u0661',
      '9'.repeat(300),
    ];
    for (let round = 0; round < 2000; round++) {
      const lines = Array.from(
        { length: 1 + random.int(3) },
        () =>
          `${pick(paths, random)} ` +
          `${random.int(3) ? pick(labels.slice(0, 4), random) : pick(labels, random)}`,
      );
      const table = await tableWith(['imgs/a/1.jpg 0', ...lines].join('\n'));
      if (!(table instanceof StudioError)) await expectSane(table);
    }
  });

  it.each([
    ['of blank lines', '\n'.repeat(2_000_000)],
    ['of one line', 'a'.repeat(4_000_000)],
    ['of blanks before a label', `${`imgs/a/1.jpg${' '.repeat(8000)}1\n`.repeat(300)}`],
    [
      'of a path of many parts',
      `${`${'../'.repeat(2600)}imgs/a/1.jpg 1\n`.repeat(100)}imgs/a/1.jpg 1`,
    ],
    ['of one picture many times', 'imgs/a/1.jpg 1\n'.repeat(200_000)],
    ['without the picture', 'imgs/c/1.jpg 1\n'.repeat(100_000)],
  ])('%s are read as fast', async (_, list) => {
    const table = await tableWith(list);
    if (!(table instanceof StudioError)) await expectSane(table);
  });
});
