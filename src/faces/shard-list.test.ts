import { describe, expect, it } from 'vitest';
import { expandPattern } from './shard-list';

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

  it('refuses more names than any data set has shards', () => {
    for (const pattern of ['{0..1000000}', '{0..999}{0..999}']) {
      expect(() => expandPattern(pattern)).toThrow(expect.objectContaining({ code: 'bad-source' }));
    }
  });
});
