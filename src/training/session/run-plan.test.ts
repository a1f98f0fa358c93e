import { describe, expect, it } from 'vitest';
import type { SourceInfo } from '../../faces/face-source';
import { resolveConfig, type RunConfig } from '../config/run-config';
import { planOf as planWithSpace, type Throughput } from './run-plan';

const throughput: Throughput = { images: 500, seconds: 10, bytesPerImage: 8000 };
const info = (known: Partial<SourceInfo>): SourceInfo => ({
  name: 'faces',
  shards: ['faces'],
  form: 'webdataset',
  shuffle: 'blocks',
  ...known,
});

const backbone = { convShape: [7, 7, 512], embeddingDim: 512 } as const;
const planOf = (
  config: RunConfig,
  source: SourceInfo,
  measured: Throughput,
  freeBytes: number | null = null,
) => planWithSpace(config, source, measured, backbone, freeBytes);

describe('the plan of a run', () => {
  it('follows from the source and the measured throughput', () => {
    expect(
      planOf(resolveConfig({ copies: 4 }), info({ images: 1000, bytes: 9e6 }), throughput),
    ).toMatchObject({
      images: 1000,
      estimated: false,
      bytes: 9e6,
      embeddings: 4000,
      passes: 1,
      secondsPerPass: 80,
    });
  });

  it('counts features that are kept already as done', () => {
    const plan = (kept: number) =>
      planWithSpace(
        resolveConfig({ copies: 4 }),
        info({ images: 1000 }),
        throughput,
        backbone,
        null,
        kept,
      );
    expect(plan(3000)).toMatchObject({ embeddings: 4000, kept: 3000, secondsPerPass: 20 });
    expect(plan(4000).secondsPerPass).toBe(0);
  });

  it('estimates pictures from bytes, and bytes from pictures', () => {
    expect(planOf(resolveConfig({}), info({ bytes: 46e9 }), throughput)).toMatchObject({
      images: 5_750_000,
      estimated: true,
      bytes: 46e9,
      secondsPerPass: 115_000,
    });
    expect(planOf(resolveConfig({}), info({ images: 1000 }), throughput)).toMatchObject({
      estimated: false,
      bytes: 8e6,
    });
  });

  it('has null for everything that is not known', () => {
    expect(planOf(resolveConfig({}), info({}), throughput)).toMatchObject({
      images: null,
      bytes: null,
      embeddings: null,
      secondsPerPass: null,
    });
    expect(
      planOf(resolveConfig({}), info({ images: 20 }), {
        images: 0,
        seconds: 0,
        bytesPerImage: 8000,
      }),
    ).toMatchObject({ images: 20, secondsPerPass: null });
  });

  it('passes over a stream once an epoch, and once before for class centres', () => {
    const passes = (changes: Record<string, unknown>) =>
      planOf(resolveConfig({ epochs: 3, copies: 2, ...changes }), info({ images: 10 }), throughput);
    expect(passes({ features: 'stream' })).toMatchObject({ passes: 4, embeddings: 10 });
    expect(passes({ features: 'stream', centres: 'growing' })).toMatchObject({ passes: 3 });
  });

  it("gives the space for features at MS1M's size, also with the compact head", () => {
    const ms1m = info({ images: 5_800_000 });
    expect(planOf(resolveConfig({ head: 'reference' }), ms1m, throughput, 100e9).features).toEqual({
      bytesEach: 51_220,
      bytes: 5_800_000 * 51_220,
      freeBytes: 100e9,
      compactBytes: 5_800_000 * 3096,
    });
    expect(planOf(resolveConfig({ copies: 2 }), ms1m, throughput).features).toEqual({
      bytesEach: 3096,
      bytes: 11_600_000 * 3096,
      freeBytes: null,
      compactBytes: null,
    });
    expect(planOf(resolveConfig({ features: 'stream' }), ms1m, throughput).features).toBeNull();
    expect(planOf(resolveConfig({}), info({}), throughput).features!.bytes).toBeNull();
  });
});
