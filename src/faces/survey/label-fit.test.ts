import { describe, expect, it } from 'vitest';
import { denseSentence, labelFactsOf, labelFit, type LabelFacts } from './label-fit';

const dense = (distinct: number): LabelFacts => ({
  min: 0,
  max: distinct - 1,
  distinct,
  dense: true,
});

describe('class centres from elsewhere', () => {
  it('can belong to dense labels of the same number', () => {
    expect(labelFit(dense(85_742), 85_742)).toEqual({
      fits: true,
      sentence:
        'The centres have 85,742 rows, and the source 85,742 identities, labelled 0 to ' +
        '85,741 without a gap. They can belong together.',
    });
    expect(labelFit(dense(1), 1).sentence).toContain('1 row, and the source 1 identity,');
  });

  it('belong to another set if a label has no row', () => {
    expect(labelFit(dense(93_431), 85_742)).toEqual({
      fits: false,
      sentence:
        'The centres have 85,742 rows, for labels 0 to 85,741; the source has labels up to ' +
        '93,430. They were made for another set. MS1MV2 has 85,742 people, and MS1MV3 has ' +
        '93,431 people.',
    });
    expect(labelFit(dense(30), 20).sentence.endsWith('another set.')).toBe(true);
    expect(labelFit({ min: 1, max: 85_742, distinct: 85_742, dense: false }, 85_742).fits).toBe(
      false,
    );
  });

  it('are refused for a part of their set, where rows have no pictures', () => {
    expect(labelFit(dense(231), 85_742)).toEqual({
      fits: false,
      sentence:
        'The centres have 85,742 rows, and the source 231 identities, 85,511 fewer. They ' +
        'were made for another set, or this is a part of theirs. MS1MV2 has 85,742 people.',
    });
  });

  it('are refused if labels have gaps', () => {
    const { fits, sentence } = labelFit({ min: 0, max: 99, distinct: 90, dense: false }, 100);
    expect(fits).toBe(false);
    expect(sentence).toBe(
      '90 identities have labels from 0 to 99, not from 0 to 89; 10 labels between them ' +
        'are not used. Nothing says which of the 100 rows of centres is whose.',
    );
  });
});

it('describes in a sentence whether labels are dense', () => {
  expect(denseSentence(dense(1))).toBe('1 identity has the label 0.');
  const lone = { min: 1500, max: 1500, distinct: 1, dense: false };
  expect(denseSentence(lone)).toBe('1 identity has the label 1,500.');
  expect(denseSentence(dense(3))).toBe('3 identities have labels from 0 to 2, without a gap.');
  expect(denseSentence({ min: 1, max: 3, distinct: 3, dense: false })).toBe(
    '3 identities have labels from 1 to 3, not from 0 to 2.',
  );
  expect(denseSentence({ min: 5, max: 7, distinct: 2, dense: false })).toBe(
    '2 identities have labels from 5 to 7, not from 0 to 1; 1 label between them is not used.',
  );
});

it('knows the labels of a source only if the source states them', () => {
  const info = { name: 'faces', shards: [], form: 'folder', shuffle: 'global' } as const;
  expect(labelFactsOf({ ...info, identities: 7, denseLabels: true })).toEqual(dense(7));
  for (const unknown of [
    {},
    { identities: 7 },
    { denseLabels: true },
    { identities: 7, denseLabels: false },
    { identities: 0, denseLabels: true },
  ]) {
    expect(labelFactsOf({ ...info, ...unknown })).toBeUndefined();
  }
});
