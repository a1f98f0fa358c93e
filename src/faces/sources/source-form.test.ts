import { describe, expect, it } from 'vitest';
import { formOfFiles } from './source-form';

/** Paths of `count` people with `pictures` pictures each. */
const people = (count: number, pictures: number) =>
  Array.from({ length: count * pictures }, (_, i) => `faces/p${i % count}/${i}.jpg`);
const tars = (count: number) => Array.from({ length: count }, (_, i) => `a-${i}.tar`);

describe('the form of a folder’s files', () => {
  it.each<[string, string[], string | null]>([
    ['one tar among people’s folders', [...people(20, 3), 'faces/p3/old.tar'], 'folder'],
    ['the archive next to its unpacked folders', [...people(3, 2), 'faces.tar.gz'], 'folder'],
    ['one .rec among people’s folders', [...people(20, 3), 'x.rec'], 'folder'],
    ['one Parquet file among people’s folders', [...people(20, 3), 'x.parquet'], 'folder'],
    ['a tar and a .rec among people’s folders', [...people(20, 3), 'x.rec', 'a.tar'], 'folder'],
    [
      'one tar among listed pictures',
      ['1.jpg', '2.jpg', '3.jpg', '4.jpg', 'ms1m_list.txt', 'a.tar'],
      'folder',
    ],
    [
      'a few pictures beside shards',
      [...tars(3), 'fig1.png', 'docs/a.jpg', 'docs/b.jpg'],
      'webdataset',
    ],
    ['one picture beside a tar', ['a.tar', 'cover.jpg'], 'webdataset'],
    ['pictures of two people beside many shards', [...tars(100), ...people(2, 5)], 'webdataset'],
    [
      'a picture beside a train.rec',
      ['train.rec', 'train.idx', 'property', 'cover.jpg'],
      'recordio',
    ],
    ['a tar beside a train.rec with its index', ['train.rec', 'train.idx', 'a.tar'], 'recordio'],
    ['a .rec among tars', [...tars(3), 'x.rec'], 'webdataset'],
    ['a tar among Parquet files', ['a.parquet', 'b.parquet', 'README.tar'], 'parquet'],
    ['hidden files of another form', ['._a.tar', '__MACOSX/a.rec', 'a/1.jpg'], 'folder'],
    ['nothing but hidden files', ['.a.tar', 'Thumbs.db'], null],
    ['pictures of formats that aren’t read', ['a/1.heic'], 'folder'],
    ['a verification set', ['lfw.bin'], null],
  ])('%s', (_, paths, form) => {
    for (const order of [paths, [...paths].reverse()]) expect(formOfFiles(order)).toEqual({ form });
  });

  it.each<[string, string[], RegExp]>([
    [
      'people’s folders and a whole RecordIO set',
      [...people(20, 3), 'train.rec', 'train.idx'],
      /60 pictures in 20 folders; train\.rec/,
    ],
    [
      'people’s folders and some shards',
      [...people(20, 3), ...tars(4)],
      /60 pictures in 20 folders; a-0\.tar and 3 more/,
    ],
    [
      'two pictures of two people and a tar',
      [...people(2, 1), 'a.tar'],
      /2 pictures in 2 folders; a\.tar/,
    ],
    ['one file of each', ['x.rec', 'a.tar'], /x\.rec; a\.tar/],
    [
      'as many tars as Parquet files',
      [...tars(3), 'a.parquet', 'b.parquet'],
      /a-0\.tar and 2 more; a\.parquet and 1 more/,
    ],
  ])('is the user’s choice for %s', (_, paths, found) => {
    expect(formOfFiles(paths)).toEqual({
      form: null,
      question: {
        found: expect.stringMatching(found),
        nextStep: expect.stringContaining('Pick a folder'),
      },
    });
  });
});
