import { describe, expect, it } from 'vitest';
import type { KappaProfile } from '../../../evaluation/kappa-profile';
import { kappaText, kappaWithMark, percentileMark, surerThanText } from './kappa-words';

/** κ of all pictures from 0 to 2,000, of clean ones from 1,000 to 2,000. */
const profile: KappaProfile = {
  all: Array.from({ length: 101 }, (_, i) => 20 * i),
  clean: Array.from({ length: 101 }, (_, i) => 1000 + 10 * i),
  pictures: 300,
  cleanPictures: 100,
  spearman: 0.9,
};

describe('the words about κ', () => {
  it('give κ its percentile, if there is a profile', () => {
    expect(kappaWithMark(1620, profile)).toBe('1,620 (p81)');
    expect(kappaWithMark(1620, null)).toBe('1,620');
    expect(kappaText(null)).toBe('–');
    expect(kappaText(Infinity)).toBe('–');
  });

  it('say "all" and "none" only at the ends', () => {
    expect(surerThanText(99.7)).toContain('surer than 99.7 %');
    expect(surerThanText(100)).toContain('as sure as the surest');
    expect(percentileMark(0.2)).toBe('p0.2');
    expect(percentileMark(80.6)).toBe('p81');
  });
});
