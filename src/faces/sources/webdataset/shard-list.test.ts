import { describe, expect, it } from 'vitest';
import { expandPattern, parseManifest } from './shard-list';
import { BrowserFile, pickedFiles } from '../folder/local-file';
import { FileShardOpener } from './shard-opener';

describe('shard patterns', () => {
  it.each([
    ['a.tar', ['a.tar']],
    ['a-{0000..0002}.tar', ['a-0000.tar', 'a-0001.tar', 'a-0002.tar']],
    ['{8..10}', ['8', '9', '10']],
    ['{0..2}', ['0', '1', '2']],
    ['{2..0}', ['2', '1', '0']],
    ['{08..10}', ['08', '09', '10']],
    ['{train,val}-{0..1}', ['train-0', 'train-1', 'val-0', 'val-1']],
    ['{a,b{1..2}}', ['a', 'b1', 'b2']],
    ['{x}', ['{x}']],
    ['{x{1,2}}', ['{x1}', '{x2}']],
    ['a{b', ['a{b']],
  ])('%s', (pattern, names) => expect(expandPattern(pattern)).toEqual(names));

  it('refuses patterns of too many names', () => {
    for (const pattern of ['{0..1000000}', '{0..999}{0..999}']) {
      expect(() => expandPattern(pattern)).toThrow(expect.objectContaining({ code: 'bad-source' }));
    }
  });
});

describe('manifests', () => {
  it('are of drawn faces if the studio’s generator wrote them', () => {
    const isDrawn = (more: object) =>
      parseManifest(JSON.stringify({ shards: ['a.tar'], ...more }), 'manifest.json').isDrawn;
    expect(isDrawn({ seed: 777, generatorVersion: 1 })).toBe(true);
    expect(isDrawn({ seed: 777 })).toBeUndefined();
    expect(isDrawn({ generatorVersion: 'mine' })).toBeUndefined();
  });

  const from = 'https://faces.example/sets/manifest.json';
  const listOf = (names: readonly unknown[], address = from) =>
    parseManifest(JSON.stringify({ shards: names }), address);

  it('lists every other origin of shards, once each, in order', () => {
    const { foreignOrigins } = listOf([
      'a.tar',
      '../b.tar',
      '/c.tar',
      'https://faces.example:443/d.tar',
      'https://z.example/e.tar',
      { url: 'http://faces.example/f.tar' },
      { file: '//a.example:8443/g.tar' },
      'https:\\\\z.example\\h.tar',
      ' https://b.example/i.tar',
    ]);
    expect(foreignOrigins).toEqual([
      'https://z.example',
      'http://faces.example',
      'https://a.example:8443',
      'https://b.example',
    ]);
  });

  it('lists none if all shards share the origin of the manifest', () => {
    expect(
      listOf(['a.tar', './b.tar', '../../../../c.tar', '%2e%2e/d.tar', '?e.tar', 'https.tar'])
        .foreignOrigins,
    ).toEqual([]);
  });

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    ' data:,x',
    'blob:https://faces.example/x',
    'ftp://faces.example/a.tar',
    'c:\\a.tar',
  ])('refuses a shard at %j', (name) => {
    expect(() => listOf(['a.tar', name])).toThrow(
      expect.objectContaining({
        code: 'bad-source',
        message: expect.stringContaining('not on the web'),
      }),
    );
  });

  it.each(['https://', 'http://[', '//host:port/a.tar'])('refuses %j, which is no URL', (name) => {
    expect(() => listOf([name])).toThrow(
      expect.objectContaining({
        code: 'bad-source',
        message: expect.stringContaining('no address'),
      }),
    );
  });

  it('keeps names as they are if the manifest is a file, which has no origin', () => {
    for (const file of ['manifest.json', '/data/manifest.json', 'C:\\data\\manifest.json']) {
      const list = listOf(['../a.tar', 'c:b.tar'], file);
      expect(list.shards.map(({ name }) => name)).toEqual(['../a.tar', 'c:b.tar']);
      expect(list.foreignOrigins).toBeUndefined();
    }
  });

  it('reaches only files that were picked, by name', async () => {
    const opener = new FileShardOpener(
      pickedFiles([new File(['picked'], 'a.tar')]).map((picked) => new BrowserFile(picked)),
    );
    for (const name of ['../a.tar', '/a.tar', 'file:///a.tar', 'b.tar']) {
      await expect(opener.open(name)).rejects.toMatchObject({ code: 'bad-shard' });
    }
    expect(await new Response(await opener.open('a.tar', undefined, 2)).text()).toBe('cked');
  });
});
