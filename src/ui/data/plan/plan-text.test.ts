import { describe, expect, it } from 'vitest';
import { presets } from '../../../training/config/run-config';
import { planOf as planWithBackbone } from '../../../training/session/run-plan';
import { cacheSentence, featureSentence, planRows } from './plan-text';

const GIB = 2 ** 30;
const measured = { images: 2000, seconds: 10, bytesPerImage: 8000 };
const info = { name: 'faces', shards: ['a.tar'], form: 'webdataset', shuffle: 'blocks' } as const;
const planOf = (
  ...[config, source, throughput]: [
    Parameters<typeof planWithBackbone>[0],
    Parameters<typeof planWithBackbone>[1],
    Parameters<typeof planWithBackbone>[2],
  ]
) =>
  planWithBackbone(config, source, throughput, { convShape: [7, 7, 512], embeddingDim: 512 }, null);

describe('featureSentence', () => {
  const plan = { bytesEach: 51_220, bytes: 290 * GIB, freeBytes: 60 * GIB, compactBytes: 17 * GIB };

  it('says that the features fit, or what to do if they don’t', () => {
    expect(featureSentence({ ...plan, freeBytes: 300 * GIB }, 10)).toBe(
      '50.0 KiB a picture, 290.0 GiB in all; the browser has room for 300.0 GiB',
    );
    expect(featureSentence(plan, 10)).toBe(
      '50.0 KiB a picture, 290.0 GiB in all, and the browser has room for 60.0 GiB, 20 % ' +
        'of it: choose the compact head (17.0 GiB), or set the features to stream, or train ' +
        'on fewer pictures',
    );
    expect(featureSentence({ ...plan, compactBytes: null }, 10)).not.toContain('compact');
  });

  it('leaves out what is not known', () => {
    expect(featureSentence({ ...plan, bytes: null }, null)).toBe(
      '50.0 KiB a picture; how many pictures there are isn’t known',
    );
    expect(featureSentence({ ...plan, freeBytes: null }, 10)).toBe(
      '50.0 KiB a picture, 290.0 GiB in all',
    );
  });
});

describe('planRows', () => {
  it('estimates the time of one pass and of all passes', () => {
    const config = { ...presets.published, epochs: 3 };
    const rows = Object.fromEntries(
      planRows(planOf(config, { ...info, images: 720_000, bytes: 6 * GIB }, measured), config),
    );
    expect(rows).toEqual({
      'Pictures a pass': '720,000',
      'To read a pass': '6.0 GiB',
      Measured: '200.0 pictures a second',
      'A pass takes': 'about 1 h 00 min',
      Passes: '3: 3 epochs',
      Altogether: 'about 3 h 00 min',
    });
  });

  it('says that kept features take no time', () => {
    const config = presets.demo;
    const rowsWith = (kept: number) =>
      Object.fromEntries(
        planRows(
          planWithBackbone(
            config,
            { ...info, images: 4800 },
            measured,
            { convShape: [7, 7, 512], embeddingDim: 512 },
            null,
            kept,
          ),
          config,
        ),
      );
    expect(rowsWith(4800)).toMatchObject({
      'A pass takes': 'nothing: all features are kept',
      Altogether: 'about 0 s',
    });
    expect(rowsWith(2400)['A pass takes']).toBe('about 12 s; features of 2,400 are kept');
  });

  it('marks estimated and unknown numbers', () => {
    const config = presets.published;
    expect(planRows(planOf(config, { ...info, bytes: 8_000_000 }, measured), config)[0]).toEqual([
      'Pictures a pass',
      'about 1,000',
    ]);
    const unknown = Object.fromEntries(planRows(planOf(config, info, measured), config));
    expect([
      unknown['Pictures a pass'],
      unknown['To read a pass'],
      unknown['A pass takes'],
      unknown.Altogether,
    ]).toEqual(Array(4).fill('unknown'));
  });

  it('counts the copies, and the pass for the class centres', () => {
    const kept = { ...presets.demo, copies: 4 };
    expect(planRows(planOf(kept, { ...info, images: 100 }, measured), kept)[0]![1]).toBe(
      '400 (4 copies of each)',
    );
    expect(planRows(planOf(kept, { ...info, images: 100 }, measured), kept)[4]![1]).toMatch(
      /^1: features are kept/,
    );
    const first = { ...presets.published, centres: 'first-pass' as const, epochs: 1 };
    expect(planRows(planOf(first, { ...info, images: 100 }, measured), first)[4]![1]).toBe(
      '2: one for the class centres, then 1 epoch',
    );
  });

  it('gives no speed if no picture was measured', () => {
    const rows = Object.fromEntries(
      planRows(
        planOf(
          presets.demo,
          { ...info, images: 3 },
          { images: 0, seconds: 0, bytesPerImage: 8000 },
        ),
        presets.demo,
      ),
    );
    expect([rows.Measured, rows['A pass takes']]).toEqual(['too few pictures', 'unknown']);
  });
});

describe('cacheSentence', () => {
  const cacheOf = (quota: number, free: number | null, used = 0) => ({
    bytes: used * GIB,
    quotaBytes: quota * GIB,
    freeBytes: free === null ? null : free * GIB,
  });

  it('says that everything fits', () => {
    expect(cacheSentence({ needed: 4 * GIB, passes: 3, cache: cacheOf(5, 20) })).toBe(
      '4.0 GiB fits: the shards are fetched once and read from this machine after that.',
    );
    expect(cacheSentence({ needed: 4 * GIB, passes: 3, cache: cacheOf(5, 1, 3) })).toMatch(/fits/);
    expect(cacheSentence({ needed: 4 * GIB, passes: 3, cache: cacheOf(5, null) })).toMatch(/fits/);
  });

  it('says which share fits, and how much is fetched again', () => {
    expect(cacheSentence({ needed: 43 * GIB, passes: 30, cache: cacheOf(2, 20) })).toBe(
      'Only 4 % of 43.0 GiB fits in the 2.0 GiB that may be kept: every epoch fetches the ' +
        'rest again, 41.0 GiB.',
    );
    expect(cacheSentence({ needed: 40 * GIB, passes: 1, cache: cacheOf(50, 9, 1) })).toBe(
      'Only 25 % of 40.0 GiB fits in what the browser lets this page keep (10.0 GiB): ' +
        'every run fetches the rest again, 30.0 GiB.',
    );
    expect(cacheSentence({ needed: 1000 * GIB, passes: 2, cache: cacheOf(5, 20) })).toMatch(
      /^Only 0\.5 % /,
    );
  });

  it('says that nothing is kept, and that the size is unknown', () => {
    expect(cacheSentence({ needed: GIB, passes: 30, cache: cacheOf(0, 20) })).toMatch(
      /^Nothing is kept, so each of the 30 passes fetches 1\.0 GiB\./,
    );
    expect(cacheSentence({ needed: null, passes: 1, cache: cacheOf(0, 20) })).toMatch(
      /another run fetches everything/,
    );
    expect(cacheSentence({ needed: null, passes: 1, cache: cacheOf(5, 20) })).toMatch(
      /isn’t known/,
    );
  });
});
