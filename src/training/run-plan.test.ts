import { describe, expect, it } from 'vitest';
import type { SourceInfo } from '../faces/face-source';
import { resolveConfig } from './run-config';
import { planOf, type Throughput } from './run-plan';

const throughput: Throughput = { images: 500, seconds: 10, bytesPerImage: 8000 };
const info = (known: Partial<SourceInfo>): SourceInfo => ({ name: 'faces', shards: ['faces'], form: 'webdataset', shuffle: 'blocks', ...known });

describe('the plan of a run', () => {
  it('follows from what the source says and what was measured', () => {
    expect(planOf(resolveConfig({ copies: 4 }), info({ images: 1000, bytes: 9e6 }), throughput)).toMatchObject({ images: 1000, estimated: false, bytes: 9e6, embeddings: 4000, passes: 1, secondsPerPass: 80 });
  });

  it('estimates pictures by their bytes, and bytes by the pictures, and says so', () => {
    expect(planOf(resolveConfig({}), info({ bytes: 46e9 }), throughput)).toMatchObject({ images: 5_750_000, estimated: true, bytes: 46e9, secondsPerPass: 115_000 });
    expect(planOf(resolveConfig({}), info({ images: 1000 }), throughput)).toMatchObject({ estimated: false, bytes: 8e6 });
  });

  it('knows nothing where nothing is known', () => {
    expect(planOf(resolveConfig({}), info({}), throughput)).toMatchObject({ images: null, bytes: null, embeddings: null, secondsPerPass: null });
    expect(planOf(resolveConfig({}), info({ images: 20 }), { images: 0, seconds: 0, bytesPerImage: 8000 })).toMatchObject({ images: 20, secondsPerPass: null });
  });

  it('passes a streamed source once an epoch, and once before where centres need it', () => {
    const passes = (changes: Record<string, unknown>) => planOf(resolveConfig({ epochs: 3, copies: 2, ...changes }), info({ images: 10 }), throughput);
    expect(passes({ features: 'stream' })).toMatchObject({ passes: 4, embeddings: 10 });
    expect(passes({ features: 'stream', centres: 'growing' })).toMatchObject({ passes: 3 });
  });
});
