import { describe, expect, it } from 'vitest';
import { droppedFiles, recognise } from './recognise-files';

const named = (...paths: string[]) =>
  recognise(
    'faces',
    paths.map((path) => ({ path })),
  );

describe('recognise', () => {
  it('names a RecordIO file and whether its index is there', () => {
    expect(named('train.rec', 'train.idx', 'property')).toEqual({
      form: 'recordio',
      sentence: 'RecordIO: train.rec with its index.',
    });
    expect(named('set/val.rec').sentence).toBe(
      'RecordIO: set/val.rec without its index, which is made when it is first read.',
    );
    expect(named('a.rec', 'train.rec', 'a.idx').sentence).toMatch(/^RecordIO: train\.rec without/);
    expect(named('a.rec', 'b.rec').sentence).toMatch(/2 \.rec files, but no train\.rec among them/);
  });

  it('counts tars, Parquet files and pictures', () => {
    expect(named('a-0.tar', 'a-1.tar.gz').sentence).toBe('WebDataset: 2 tar shards.');
    expect(named('a-0.tar', 'manifest.json').sentence).toMatch(
      /^WebDataset: 1 tar shard, in the order of manifest/,
    );
    expect(named('a.parquet').sentence).toBe('Parquet: 1 file.');
    expect(named('a/1.jpg', 'a/2.png', 'notes.md').sentence).toBe(
      'Pictures: 2 pictures, one folder for each person.',
    );
    expect(named('1.jpg', 'ms1m_list.txt').sentence).toBe(
      'Pictures: 1 picture, with the labels of ms1m_list.txt.',
    );
  });

  it('sends a verification set to the Evaluate view, unless there is something to train on', () => {
    expect(named('lfw.bin')).toEqual({
      form: null,
      sentence: expect.stringMatching(
        /^lfw\.bin is a verification set, by its name.*Open it in the Evaluate view\.$/,
      ),
    });
    expect(named('notes.md', 'sets/AgeDB_30.BIN').sentence).toMatch(/^sets\/AgeDB_30\.BIN is/);
    expect(named('train.rec', 'train.idx', 'lfw.bin').form).toBe('recordio');
  });

  it('counts no hidden file and no picture in an unsupported format', () => {
    expect(named('a/1.jpg', 'a/._1.jpg', 'a/2.heic', '._x.tar').sentence).toBe(
      'Pictures: 1 picture, one folder for each person.',
    );
  });

  it('says so if no picture has a supported format', () => {
    expect(named('a/1.heic', 'b/1.heic').sentence).toBe('Pictures: none in a format that is read.');
  });

  it('asks if there are sets of two forms', () => {
    const paths = ['ann/1.jpg', 'ann/2.jpg', 'bob/1.jpg', 'bob/2.jpg', 'train.rec', 'train.idx'];
    expect(named(...paths)).toEqual({
      form: null,
      sentence: expect.stringMatching(
        /^In faces .* of several forms .*: 4 pictures in 2 folders; train\.rec\. Pick a folder/,
      ),
    });
    expect(named(...paths.slice(0, 5)).form).toBe('folder');
  });

  it('lists the supported forms if it knows none of the files', () => {
    expect(named('faces.zip')).toMatchObject({
      form: null,
      sentence: expect.stringMatching(/faces\.zip.*Pick a folder with a train\.rec/),
    });
    expect(named().sentence).toMatch(/it is empty/);
  });
});

describe('droppedFiles', () => {
  const file = (name: string, path?: string) =>
    Object.assign(new File([], name), path === undefined ? {} : { path });

  it('gives paths relative to the one dropped folder', () => {
    const { name, files } = droppedFiles([
      file('1.jpg', '/people/ann/1.jpg'),
      file('2.jpg', '/people/bob/2.jpg'),
    ]);
    expect(name).toBe('people');
    expect(files.map(({ path }) => path)).toEqual(['ann/1.jpg', 'bob/2.jpg']);
  });

  it('keeps the folders of a drop apart, and names files by themselves', () => {
    expect(
      droppedFiles([file('1.jpg', '/ann/1.jpg'), file('2.jpg', '/bob/2.jpg')]).files.map(
        ({ path }) => path,
      ),
    ).toEqual(['ann/1.jpg', 'bob/2.jpg']);
    expect(
      droppedFiles([file('train.rec', './train.rec'), file('train.idx', './train.idx')]),
    ).toMatchObject({ name: 'train.rec', files: [{ path: 'train.rec' }, { path: 'train.idx' }] });
    expect(droppedFiles([file('a.tar')])).toMatchObject({
      name: 'a.tar',
      files: [{ path: 'a.tar' }],
    });
  });
});
