import { readFile } from 'node:fs/promises';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import {
  archiveOf,
  extended,
  octal,
  paxRecord,
  readAll,
  tarHeader,
} from '../../../test/fixtures/plain-tar';
import { baseName } from './tar-stream';

const member = (name: string, size: number) => ({
  header: { name, size, type: 'file' as const },
  body: new Uint8Array(size).fill(7),
});

/** The names of the members. */
async function read(
  bytes: Uint8Array,
  piece = 700,
): Promise<{ names: string[]; damage: string[]; error: unknown }> {
  const { members, ...rest } = await readAll(bytes, piece);
  return { names: members.map(({ name }) => name), ...rest };
}

describe('tar stream', () => {
  const members = [member('a.jpg', 600), member('a.cls', 1), member('b.jpg', 512)];

  it('gives every member, whatever chunks it arrives in', async () => {
    const archive = await packTar(members);
    for (const piece of [1, 511, 512, 4096]) {
      expect(await read(archive, piece)).toEqual({
        names: ['a.jpg', 'a.cls', 'b.jpg'],
        damage: [],
        error: null,
      });
    }
  });

  it.each([
    ['inside a member', 512 + 300, []],
    ['between two members', 512 + 1024, ['a.jpg']],
    ['inside a header', 512 + 1024 + 100, ['a.jpg']],
    ['before the closing zeros', 512 + 1024 + 1024 + 1024, ['a.jpg', 'a.cls', 'b.jpg']],
  ])('reports that it breaks off %s', async (_, length, names) => {
    const result = await read((await packTar(members)).slice(0, length));
    expect(result.names).toEqual(names);
    expect(result.error).toMatchObject({ code: 'bad-shard' });
  });

  it('reports a damaged header once and continues at the next one', async () => {
    const archive = await packTar(members);
    archive[512 + 1024 + 10]! ^= 0xff;
    expect(await read(archive)).toEqual({
      names: ['a.jpg', 'b.jpg'],
      damage: [expect.stringContaining('a.jpg')],
      error: null,
    });
  });

  it('does not end at a block of zeros inside a member with a damaged header', async () => {
    const archive = await packTar([
      member('a.jpg', 600),
      { ...member('b.jpg', 512), body: new Uint8Array(512) },
    ]);
    archive[512 + 1024 + 10]! ^= 0xff;
    expect((await read(archive.slice(0, 512 + 1024 + 1024))).error).toMatchObject({
      code: 'bad-shard',
    });
  });
});

describe('tar headers', () => {
  it.each([
    ['octal', '00000000005'],
    ['octal behind spaces, as old writers have it', '          5 '],
    ['base 256', `\x80${'\0'.repeat(10)}\x05`],
  ])('reads a size in %s', async (_, size) => {
    const { members, damage } = await readAll(archiveOf(tarHeader({ size }), 'hello'));
    expect(members.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(['hello']);
    expect(damage).toEqual([]);
  });

  it.each([
    ['is no number', '0000000000x'],
    ['is negative', '\xff'.repeat(12)],
    ['is beyond what a number holds', `\x80${'\xff'.repeat(11)}`],
  ])('counts a header whose size %s as damaged', async (_, size) => {
    const { members, damage } = await readAll(
      archiveOf(tarHeader({ size }), tarHeader({ name: 'b.jpg' }), 'hello'),
    );
    expect(members.map(({ name }) => name)).toEqual(['b.jpg']);
    expect(damage).toHaveLength(1);
  });

  it('accepts a checksum of signed bytes, as old writers made it', async () => {
    const { members } = await readAll(
      archiveOf(tarHeader({ name: '\xc3\xa9.jpg', sign: -1 }), 'hello'),
    );
    expect(members.map(({ name }) => name)).toEqual(['é.jpg']);
  });

  it('reads path and size of a pax header by the length of its records', async () => {
    const body =
      paxRecord('note', `two lines, the second like a record\n${paxRecord('path', 'x.jpg')}`) +
      paxRecord('path', 'real.jpg') +
      paxRecord('size', '5');
    const { members, damage } = await readAll(
      archiveOf(...extended('x', body), tarHeader({ size: octal(7000) }), 'hello'),
    );
    expect(members).toEqual([
      { name: 'real.jpg', bytes: new TextEncoder().encode('hello'), offset: 0 },
    ]);
    expect(damage).toEqual([]);
  });

  it.each([
    '9 path=a.jpg\n',
    '99 path=a.jpg\n',
    'path=a.jpg\n',
    '12 patha.jpg\n',
    '0 path=a\n',
    '12 size=-12\n',
    '99999999999999 path=a\n',
  ])('reports a broken pax header (%j) and keeps the short name', async (body) => {
    const { members, damage } = await readAll(
      archiveOf(...extended('x', body), tarHeader({ name: 'short.jpg' }), 'hello'),
    );
    expect(members.map(({ name }) => name)).toEqual(['short.jpg']);
    expect(damage).toEqual([expect.stringContaining('extended header')]);
  });

  it('ignores name and size of a global header', async () => {
    const body = paxRecord('path', 'b.jpg') + paxRecord('size', '1');
    const { members } = await readAll(archiveOf(...extended('g', body), tarHeader({}), 'hello'));
    expect(members.map(({ name, bytes }) => [name, bytes.length])).toEqual([['a.jpg', 5]]);
  });

  it('gives a long name only to its own member', async () => {
    const lost = tarHeader({ name: 'lost.jpg' });
    lost[0]! ^= 1;
    const { members } = await readAll(
      archiveOf(
        ...extended('L', 'long.jpg\0'),
        lost,
        'hello',
        tarHeader({ name: 'b.jpg' }),
        'hello',
      ),
    );
    expect(members.map(({ name }) => name)).toEqual(['b.jpg']);
  });

  it('reads no contents of links, devices and directories, and reports links', async () => {
    const parts = ['1', '2', '3', '4', '5', '6'].map((type) =>
      tarHeader({ name: `t${type}.jpg`, type, size: octal(5000) }),
    );
    const old = tarHeader({
      name: 'folder/',
      type: '\0',
      size: octal(5000),
      magic: '\0'.repeat(8),
    });
    const { members, damage } = await readAll(archiveOf(...parts, old, tarHeader({}), 'hello'));
    expect(members.map(({ name }) => name)).toEqual(['a.jpg']);
    expect(damage).toEqual([
      '"t1.jpg" is a link, which is not followed',
      '"t2.jpg" is a link, which is not followed',
    ]);
  });

  it('skips a member too large to be a picture, whatever its contents look like', async () => {
    const size = 64 * 2 ** 20 + 512;
    const inner = archiveOf(tarHeader({ name: 'inner.jpg' }), 'hello');
    const large = new Uint8Array(size);
    large.set(inner);
    const { members, damage } = await readAll(
      archiveOf(tarHeader({ name: 'film.mp4', size: octal(size) }), large, tarHeader({}), 'hello'),
      1 << 20,
    );
    expect(members.map(({ name }) => name)).toEqual(['a.jpg']);
    expect(damage).toEqual([expect.stringContaining('"film.mp4" has 67109376 bytes')]);
  });

  it('skips the map of a sparse file, however many blocks it has', async () => {
    const sparse = tarHeader({ name: 'holes.jpg', type: 'S' });
    const [more, last] = [new Uint8Array(512), new Uint8Array(512)];
    more[504] = 1;
    const chained = tarHeader({ name: 'holes.jpg', type: 'S' });
    chained[482] = 1;
    // The checksum covers the flag.
    const sum = chained.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    chained.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    const { members, damage } = await readAll(
      archiveOf(sparse, 'hello', chained, more, last, 'hello', tarHeader({}), 'hello'),
    );
    expect(members.map(({ name }) => name)).toEqual(['a.jpg']);
    expect(damage).toEqual(Array(2).fill('"holes.jpg" is a sparse file, which is not read'));
  });

  it.each([
    ['../../etc/passwd.jpg', 'passwd.jpg'],
    ['/etc/passwd.jpg', 'passwd.jpg'],
    ['C:\\faces\\a.jpg', 'a.jpg'],
    ['a\u001b[31m\nb.jpg', 'a\ufffd[31m\ufffdb.jpg'],
    ['nul\0l.jpg', 'nul\ufffdl.jpg'],
    ['a\u202egpj.exe', 'a\ufffdgpj.exe'],
    [`${'x'.repeat(5000)}.jpg`, 'x'.repeat(255)],
  ])('has a clean base name for %j', async (path, base) => {
    const { members } = await readAll(
      archiveOf(...extended('x', paxRecord('path', path)), tarHeader({}), 'hello'),
    );
    expect(members.map(({ name }) => baseName(name))).toEqual([base]);
  });

  it('can be read again from the offset of any member, also of one with a long name', async () => {
    const archive = archiveOf(
      tarHeader({}),
      'hello',
      ...extended('K', 'x\0'),
      ...extended('L', 'long.jpg\0'),
      tarHeader({}),
      'world',
      ...extended('x', paxRecord('path', 'pa')),
      tarHeader({}),
      'again',
    );
    const { members } = await readAll(archive);
    expect(members.map(({ name, offset }) => [name, offset / 512])).toEqual([
      ['a.jpg', 0],
      ['long.jpg', 2],
      ['pa', 8],
    ]);
    for (const [index, { offset }] of members.entries())
      expect((await readAll(archive, 700, offset)).members).toEqual(members.slice(index));
  });
});

describe('tars that this project did not write', () => {
  const fixture = async (name: string) =>
    new Uint8Array(
      await readFile(new URL(`../../../test/fixtures/tars/${name}.tar.bin`, import.meta.url)),
    );
  const folder = 'folder-'.repeat(20);
  const long = 'f'.repeat(120);
  const links = (...names: string[]) =>
    names.map((name) => `"${name}" is a link, which is not followed`);
  const plain = ['plain/a.cls', 'plain/a.jpg', 'plain/b.cls', 'plain/b.jpg', 'plain/empty.cls'];
  const longNames = [
    `${folder}/${long}.cls`,
    `${folder}/${long}.jpg`,
    `${folder}/short.cls`,
    `${folder}/short.jpg`,
  ];
  const sparse = Array(2).fill(expect.stringContaining('is a sparse file'));

  it.each([
    ['v7', plain, links('link.jpg', 'twin.jpg')],
    ['ustar', plain, links('link.jpg', 'twin.jpg')],
    ['oldgnu', plain, links('link.jpg', 'twin.jpg')],
    ['ustar-prefix', [`${folder}/short.jpg`, `${folder}/short.cls`], []],
    ['gnu-times', ['plain/a.cls', 'plain/a.jpg'], []],
    ['gnu-long-names', longNames, links('way.jpg')],
    ['pax-long-names', longNames, links('way.jpg')],
    [
      'pax-odd-names',
      ['odd/last.jpg', 'odd/line\ufffdend.jpg', 'odd/tab\ufffdand\\slash.jpg', 'odd/ü日.jpg'],
      [],
    ],
    ['dot-dot', ['../outside.jpg'], []],
    ['absolute', ['/etc/outside.jpg'], []],
    ['gnu-sparse', ['holes/a.jpg', 'holes/z.jpg'], sparse],
    ['pax-sparse-0.0', ['holes/a.jpg', 'holes/z.jpg'], sparse],
    ['pax-sparse-0.1', ['holes/a.jpg', 'holes/z.jpg'], sparse],
    ['pax-sparse-1.0', ['holes/a.jpg', 'holes/z.jpg'], sparse],
  ])('reads what GNU tar writes: %s', async (name, names, damage) => {
    const result = await readAll(await fixture(name));
    expect(result.error).toBe(null);
    expect(result.damage).toEqual(damage);
    expect(result.members.map((found) => found.name)).toEqual(names);
    for (const found of result.members) {
      // Each file contains its own path; in two archives its name differs from that.
      const contents = new TextDecoder()
        .decode(found.bytes)
        .trimEnd()
        .replace(/[\n\t]/g, '\ufffd');
      if (found.bytes.length > 0) expect(found.name.endsWith(contents)).toBe(true);
    }
  });

  it.each([
    [
      'webdataset',
      [
        '000001.cls',
        '000001.jpg',
        '000001.json',
        `n/${'long'.repeat(60)}/000002.cls`,
        `n/${'long'.repeat(60)}/000002.jpg`,
        'é/000003.cls',
        'é/000003.jpg',
      ],
    ],
    ['webdataset-0000', ['000000.cls', '000000.jpg', '000001.cls', '000001.jpg']],
    ['webdataset-0001', ['000002.cls', '000002.jpg', '000003.cls', '000003.jpg']],
  ])('reads what the webdataset package writes: %s', async (name, names) => {
    const { members, damage, error } = await readAll(await fixture(name));
    expect([damage, error]).toEqual([[], null]);
    expect(members.map((found) => found.name)).toEqual(names);
    for (const { name: path, bytes } of members)
      if (path.endsWith('.jpg')) expect(`${new TextDecoder().decode(bytes)}.jpg`).toBe(path);
  });

  it('gives an empty file as a member', async () => {
    expect((await readAll(await fixture('ustar'))).members.at(-1)!.bytes).toHaveLength(0);
  });
});
