import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/seeded-random';
import { StudioError } from '../../../core/studio-error';
import type { SkippedItem } from '../../survey/left-out';
import type { ShardOpener } from './shard-opener';
import { WebDatasetSource } from './webdataset-source';

/** A member is `name` or, for labels, `name=label`; a picture's bytes are its index and name. */
const tarOf = (...members: readonly string[]): Promise<Uint8Array> =>
  packTar(
    members.map((member, place) => {
      const [name, label = `${place} ${name}`] = member.split('=') as [string, string?];
      return { header: { name, size: label.length, type: 'file' as const }, body: label };
    }),
  );

/** One shard. The i-th opening of it breaks off at byte `breaks[i]`. */
function sourceOf(
  bytes: Uint8Array,
  { name = 'a.tar', isServed = false, breaks = [] as readonly number[] } = {},
): WebDatasetSource {
  let opened = 0;
  const opener: ShardOpener = {
    isServed,
    fingerprint: async () => '',
    open: async (_shard, _signal, offset = 0) => {
      const end = breaks[opened++];
      return new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes.slice(offset, end));
          if (end === undefined) controller.close();
        },
        pull(controller) {
          if (end !== undefined) controller.error(new StudioError('network', 'broke off', ''));
        },
      });
    },
  };
  return new WebDatasetSource('test', { shards: [{ name }] }, opener, async () => undefined);
}

/** Records as "key label picture's index", what was left out, and the notes. */
async function read(source: WebDatasetSource) {
  const [records, skipped]: [string[], SkippedItem[]] = [[], []];
  const info = await source.info();
  const onSkip = (item: SkippedItem) => void skipped.push(item);
  for await (const { key, label, encoded } of source.open({
    seed: 1,
    epoch: 0,
    shuffleBuffer: 0,
    onSkip,
  })) {
    records.push(`${key} ${label} ${new TextDecoder().decode(encoded).split(' ')[0]}`);
  }
  // Notes are collected during reading, but visible to those who asked before.
  const { notes = [] } = info;
  const left = skipped.map(({ member, kind, count = 1 }) => `${member ?? ''} ${kind} ${count}`);
  return { records, left, notes, skipped };
}

const readTar = async (...members: readonly string[]) => read(sourceOf(await tarOf(...members)));

describe('keys with dots', () => {
  const kariuki = Array.from({ length: 12 }, (_, i) => `J._M._Kariuki_00${String(i + 10)}`);

  it('are read up to the last dot if that forms samples, with a note', async () => {
    const { records, left, notes } = await readTar(
      ...kariuki.flatMap((key, label) => [`${key}.jpg`, `${key}.cls=${label}`]),
    );
    expect(records).toEqual(kariuki.map((key, i) => `${key} ${i} ${2 * i}`));
    expect(left).toEqual([]);
    expect(notes).toEqual([
      expect.stringContaining('The keys of 12 samples are read up to the last dot'),
    ]);
    expect(notes[0]).toContain('J._M._Kariuki_0010');
  });

  it('may lie among others, and next to a key that is the same up to the first dot', async () => {
    const { records, left } = await readTar(
      'A.jpg',
      'A.cls=1',
      'J._B.jpg',
      'J._B.cls=2',
      'J.jpg',
      'J.cls=3',
      'J._C.cls=4',
      'J._C.jpg',
      'K.jpg',
      'K.cls=5',
    );
    expect(records).toEqual(['A 1 0', 'J._B 2 2', 'J._C 4 7', 'J 3 4', 'K 5 8']);
    expect(left).toEqual([]);
  });

  it('stay fields of the sample up to the first dot if they form none of their own', async () => {
    const { records, left, notes } = await readTar(
      '1.age.cls=30',
      '1.cls=7',
      '1.jpg',
      '1.landmarks.json',
      '1.meta.txt',
      '2.cls=8',
      '2.jpg',
    );
    expect(records).toEqual(['1 7 2', '2 8 6']);
    expect([left, notes]).toEqual([[], []]);
  });

  it('report pictures without a label by name', async () => {
    const { records, left } = await readTar(
      '1.cls=7',
      '1.jpg',
      '1.mask.png',
      '2.left.jpg',
      '2.right.jpg',
    );
    expect(records).toEqual(['1 7 1']);
    expect(left).toEqual([
      '1.mask without-label 1',
      '2.left without-label 1',
      '2.right without-label 1',
    ]);
  });

  it('hold one sample in memory if a whole shard is one key up to the first dot', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `img.${i}`);
    const bytes = await tarOf(...keys.flatMap((key, i) => [`${key}.jpg`, `${key}.cls=${i}`]));
    const breaks = [700 * 512];
    const { records, left } = await read(sourceOf(bytes, { breaks }));
    expect(records).toHaveLength(300);
    expect(new Set(records).size).toBe(300);
    expect(left).toEqual([]);
  });
});

describe('members of one key', () => {
  const flattened = (...person: string[]) =>
    Array.from({ length: 6 }, (_, i) =>
      person.map((name) => (name.endsWith('cls') ? `${name}=${i}` : name)),
    ).flat();

  it.each([
    ['picture and label', ['001.jpg', '001.cls'], 0],
    ['label and picture', ['001.cls', '001.jpg'], 1],
    ['all that a sample may have', ['001.cls', '001.jpg', '001.json', '001.txt'], 1],
  ])(
    'of flattened folders, %s after each other, each get their own label',
    async (_, person, at) => {
      const { records, left, notes } = await readTar(...flattened(...person));
      expect(records).toEqual(
        Array.from({ length: 6 }, (_, i) => `001 ${i} ${person.length * i + at}`),
      );
      expect(left).toEqual([]);
      expect(notes).toEqual([
        expect.stringMatching(/^5 samples have the key of the one before.*001/),
      ]);
    },
  );

  it('in different folders are told apart', async () => {
    const { records, notes } = await readTar('p/1.jpg', 'p/1.cls=1', 'q/1.jpg', 'q/1.cls=2');
    expect(records).toEqual(['1 1 0', '1 2 2']);
    expect(notes).toEqual([]);
  });

  it.each([
    ['two pictures, then two labels', ['1.jpg', '1.jpg', '1.cls=1', '1.cls=2'], 2],
    ['two labels around a picture', ['1.cls=1', '1.jpg', '1.cls=2'], 1],
    ['a label between two pictures', ['1.jpg', '1.cls=1', '1.jpg'], 2],
    ['a picture after two labels', ['1.cls=1', '1.cls=2', '1.jpg'], 1],
    ['three people, one without a label', ['1.jpg', '1.cls=1', '1.jpg', '1.jpg', '1.cls=3'], 3],
  ])('that are ambiguous are not used: %s', async (_, members, count) => {
    const { records, left, skipped } = await readTar(
      '0.jpg',
      '0.cls=9',
      ...members,
      '2.jpg',
      '2.cls=8',
    );
    expect(records).toEqual(['0 9 0', `2 8 ${members.length + 2}`]);
    expect(left).toEqual([`1 repeated-key ${count}`]);
    expect(skipped[0]!.reason).toContain('nothing tells which belong together');
  });

  it('with different extensions are one sample; its first picture is used', async () => {
    const { records, left } = await readTar('1.jpg', '1.png', '1.cls=4', '2.png', '2.webp');
    expect(records).toEqual(['1 4 0']);
    expect(left).toEqual(['1 repeated-key 1', '2 without-label 2']);
  });

  it('in great numbers are emitted before all of them have been read', async () => {
    const people = Array.from({ length: 500 }, (_, i) => ['face.jpg', `face.cls=${i}`]).flat();
    const { records, left } = await readTar(...people, 'face.jpg');
    // Samples emitted before the odd member have their own labels.
    expect(records).toEqual(Array.from({ length: records.length }, (_, i) => `face ${i} ${2 * i}`));
    expect(records.length).toBeGreaterThan(400);
    expect(left).toEqual([`face repeated-key ${501 - records.length}`]);
  });
});

describe('a tar out of order', () => {
  const keys = Array.from({ length: 399 }, (_, i) => `p${i % 7}/${i}`);
  const pictures = keys.map((key) => `${key}.jpg`);
  const labels = keys.map((key, i) => `${key}.cls=${i % 7}`);
  const expected = keys.map((key, i) => `${key.split('/')[1]} ${i % 7}`);
  const labelled = (records: string[]) => records.map((record) => record.replace(/ \d+$/, ''));

  it.each([
    ['all pictures, then all labels', [...pictures, ...labels]],
    ['all labels, then all pictures', [...labels, ...pictures]],
    ['labels the other way round', [...pictures, ...[...labels].reverse()]],
  ])('is read from a disk: %s', async (_, members) => {
    const { records, left, notes } = await readTar(...members);
    expect(labelled(records).sort()).toEqual([...expected].sort());
    expect(left).toEqual([]);
    expect(notes).toEqual([
      expect.stringMatching(/^The members of 39\d samples don’t lie next to each other/),
    ]);
  });

  it('is also read when it is gzipped, and with dots in its names', async () => {
    const dotted = ['J._M._1.jpg', 'J._M._2.jpg', 'J._M._1.cls=1', 'J._M._2.cls=2'];
    const bytes = await tarOf(...dotted);
    const { records, left } = await read(sourceOf(gzipSync(bytes), { name: 'a.tar.gz' }));
    expect(records).toEqual(['J._M._1 1 0', 'J._M._2 2 1']);
    expect(left).toEqual([]);
  });

  it('from a server is reported in one sentence', async () => {
    const bytes = await tarOf(...pictures, 'odd.jpg', ...labels);
    const { records, left, skipped } = await read(sourceOf(bytes, { isServed: true }));
    expect(records).toEqual([]);
    expect(left).toEqual(['odd without-label 1', '0 scattered-sample 399']);
    expect(skipped[1]!.reason).toMatch(/399 samples don't lie next to each other.*tar --sort=name/);
  });

  it('gives no label to a picture if it is ambiguous', async () => {
    // Flattened folders: one person's label is missing, and another's picture.
    const { records, left } = await readTar(
      '001.jpg',
      '002.jpg',
      '002.cls=1',
      '003.jpg',
      '003.cls=1',
      '001.cls=2',
      '002.jpg',
      '002.cls=2',
    );
    expect(records).toEqual(['002 1 1', '003 1 3', '002 2 6']);
    expect(left).toEqual(['001 without-label 1', '001 without-picture 1']);
    // Two pictures of one path that lie apart.
    const twice = await readTar(
      '1.jpg',
      '2.jpg',
      '1.jpg',
      '3.jpg',
      '1.cls=1',
      '2.cls=2',
      '1.cls=3',
      '3.cls=4',
    );
    expect(labelled(twice.records)).toEqual(['2 2', '3 4']);
    expect([...twice.left].sort()).toEqual(
      Array(2).fill('1 without-label 1').concat(Array(2).fill('1 without-picture 1')),
    );
  });
});

describe('labels', () => {
  it.each(['1234567890', '100000000', '-1', '1.5', 'anna', ''])(
    'that are %j are reported with the accepted range',
    async (label) => {
      const { records, skipped } = await readTar(
        '1.jpg',
        `1.cls=${label}`,
        '2.jpg',
        '2.cls=99999999',
      );
      expect(records).toEqual(['2 99999999 2']);
      expect(skipped).toEqual([
        {
          shard: 'a.tar',
          member: '1.cls',
          kind: 'bad-label',
          reason: `its label is "${label}"; whole numbers from 0 to 99,999,999 are read`,
        },
      ]);
    },
  );
});

describe('a shard whose name and contents disagree', () => {
  const members = ['1.jpg', '1.cls=1', '2.jpg', '2.cls=2'];

  it.each([
    ['a plain tar', 'a.tar.gz', (bytes: Uint8Array) => bytes],
    ['a plain tar', 'a.tgz', (bytes: Uint8Array) => bytes],
    ['a packed tar', 'a.tar', (bytes: Uint8Array) => gzipSync(bytes)],
  ])('is read as what it is: %s named %s', async (_, name, stored) => {
    const bytes = stored(await tarOf(...members));
    const expected = { records: ['1 1 0', '2 2 2'], left: [] };
    expect(await read(sourceOf(bytes, { name }))).toMatchObject(expected);
    // Resumed where it broke off.
    expect(
      await read(sourceOf(bytes, { name, breaks: [Math.floor(bytes.length / 2), 20] })),
    ).toMatchObject(expected);
  });

  it.each([
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
    ['bzip2', [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59]],
    ['Zstandard', [0x28, 0xb5, 0x2f, 0xfd, 0, 0]],
  ])('is reported as packed by %s, and the network is not blamed', async (packer, mark) => {
    const reading = read(sourceOf(Uint8Array.from([...mark, ...Array<number>(600).fill(1)])));
    await expect(reading).rejects.toMatchObject({
      code: 'bad-source',
      message: expect.stringContaining(`a.tar is packed by ${packer}`) as string,
      nextStep: expect.not.stringContaining('network') as string,
    });
  });
});

it('does not blame the network for shards that are damaged', async () => {
  const page = new TextEncoder().encode('<!doctype html>'.padEnd(2000));
  await expect(read(sourceOf(page))).rejects.toMatchObject({
    code: 'bad-source',
    message: expect.stringContaining('breaks off') as string,
  });
  const packed = gzipSync(await tarOf('1.jpg', '1.cls=1')).fill(0, 40, 60);
  await expect(read(sourceOf(packed, { name: 'a.tar.gz' }))).rejects.toMatchObject({
    code: 'bad-source',
  });
});

it('reads any odd tar the same wherever it breaks off, with right labels', async () => {
  const random = seededRandom(16, 3);
  const stems = ['1', '2', 'a.b', 'a.c', 'J._M', 'p/1', 'q/1'];
  const ends = ['jpg', 'png', 'cls', 'json', 'txt', 'bmp', 'heic'];
  for (let round = 0; round < 500; round++) {
    const members = Array.from({ length: 1 + random.int(14) }, () => {
      const stem = stems[random.int(stems.length)]!;
      const end = ends[random.int(random.int(3) === 0 ? ends.length : 3)]!;
      const name = `${stem}.${end}`;
      return random.int(9) === 0 ? name.replace(/[^/]*$/, '._$&') : name;
    });
    const labelled = members.map((name) =>
      name.endsWith('cls') ? `${name}=${random.int(5)}` : name,
    );
    const bytes = await tarOf(...labelled);
    const sound = await read(sourceOf(bytes));
    const places = sound.records.map((record) => record.split(' ')[2]);
    expect(new Set(places).size).toBe(places.length);
    // Every picture is used or counted, once.
    const pictures = members.filter((name) =>
      /^(.*\/)?[^./][^/]*\.(jpg|png|bmp|heic)$/.test(name),
    ).length;
    const counted = sound.skipped.filter(
      ({ kind }) => kind !== 'hidden' && kind !== 'without-picture',
    );
    const left = counted.reduce((sum, { count = 1 }) => sum + count, 0);
    expect(sound.records.length + left, members.join(' ')).toBe(pictures);
    for (const record of sound.records) {
      const [, label, place] = record.split(' ');
      const stem = /^(.*)\.(jpg|png|bmp)$/.exec(members[Number(place)]!)![1]!;
      expect(labelled).toContain(`${stem}.cls=${label}`);
    }
    const blocks = bytes.length / 512;
    const breaks = Array.from({ length: 3 }, () => 512 * random.int(blocks)).sort((a, b) => a - b);
    const broken = await read(sourceOf(bytes, { breaks }));
    expect([broken.records, broken.left]).toEqual([sound.records, sound.left]);
  }
});
