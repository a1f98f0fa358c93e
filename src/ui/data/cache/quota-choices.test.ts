import { describe, expect, it } from 'vitest';
import { quotaChoices } from './quota-choices';

const GIB = 2 ** 30;
const labels = (used: number, free: number | null, quota: number) =>
  quotaChoices({
    bytes: used * GIB,
    freeBytes: free === null ? null : free * GIB,
    quotaBytes: quota * GIB,
  }).map(({ label }) => label);

describe('quotaChoices', () => {
  it('offers nothing beyond what is used and free', () => {
    expect(labels(1, 4, 2)).toEqual(['nothing', '1.0 GiB', '2.0 GiB', '5.0 GiB']);
    expect(labels(0, 0.5, 0)).toEqual(['nothing']);
  });

  it('offers every size if the browser reports no free space', () => {
    expect(labels(0, null, 5)).toEqual([
      'nothing',
      '1.0 GiB',
      '2.0 GiB',
      '5.0 GiB',
      '10.0 GiB',
      '20.0 GiB',
      '50.0 GiB',
    ]);
  });

  it('always offers the current limit, once', () => {
    expect(labels(1, 1, 3)).toEqual(['nothing', '1.0 GiB', '2.0 GiB', '3.0 GiB']);
    expect(labels(0, 100, 20).filter((label) => label === '20.0 GiB')).toHaveLength(1);
  });
});
