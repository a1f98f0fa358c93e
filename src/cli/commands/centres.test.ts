import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../formats/safetensors/safetensors';
import { ClassCentres } from '../../models/centres/class-centres';
import { comparisonText, encodeCentres } from './centres';
import { openNodeCentres } from '../node/node-centres';

const D = 4;
const matrix = Float32Array.from({ length: 3 * D }, (_, i) => (i % (D + 1) === 0 ? 1 : 0));

describe('class centres in files', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'centres-'));
    await writeFile(
      at('centres.safetensors'),
      encodeCentres(new ClassCentres(D, [0, 2, 3], matrix), { kind: 'means' }),
    );
    for (const rank of [0, 1])
      await writeFile(
        at(`softmax_fc_gpu_${rank}.safetensors`),
        writeSafetensors(
          new Map([
            [
              'weight',
              { dtype: 'F32', shape: [2, D], data: matrix.slice(rank * D, (rank + 2) * D) },
            ],
          ]),
          {},
        ),
      );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('read back as written, with rows of zeros for labels without a picture', async () => {
    const { centres, classes, zeroRows, form } = await openNodeCentres(
      [at('centres.safetensors')],
      { dimension: D },
    );
    expect([classes, zeroRows, centres.labels, form]).toEqual([
      4,
      1,
      [0, 2, 3],
      'The matrix "weight". 1 row is zeros and has no label.',
    ]);
    expect(centres.matrix).toEqual(matrix);
  });

  it('can be named by a pattern, one by one, or by their folder', async () => {
    const parts = [0, 1].map((rank) => ({
      name: `softmax_fc_gpu_${rank}.safetensors`,
      classes: 2,
    }));
    expect(
      (await openNodeCentres([at('softmax_fc_gpu_{0..1}.safetensors')], { dimension: D })).parts,
    ).toEqual(parts);
    expect(
      (await openNodeCentres([at(parts[1]!.name), at(parts[0]!.name)], { dimension: D })).parts,
    ).toEqual(parts);
    await rm(at('centres.safetensors'));
    expect((await openNodeCentres([folder], { dimension: D })).parts).toEqual(parts);
  });

  it('are refused if a file or a part is missing, or if labels are sparse', async () => {
    await expect(openNodeCentres([at('missing.pt')], { dimension: D })).rejects.toMatchObject({
      code: 'bad-checkpoint',
    });
    await expect(
      openNodeCentres([at('softmax_fc_gpu_1.safetensors')], { dimension: D }),
    ).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining('rank 0 is missing'),
    });
    expect(() => encodeCentres(new ClassCentres(D, [0, 1, 5_000_000], matrix), {})).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    );
  });
});

it('shows a comparison as a table', () => {
  const figures = {
    classes: 240,
    heldOut: 960,
    meanCosTheta: 0.7123,
    meanNearestImpostorCosine: 0.3,
    margin: 0.4123,
    top1: 0.98,
  };
  const text = comparisonText([
    { kind: 'means', classifierMargin: null, ...figures, seconds: 1.26 },
    { kind: 'arcface', classifierMargin: 0.5, ...figures, seconds: null },
  ]);
  expect(text.split('\n').slice(0, 4)).toEqual([
    '960 pictures held out, 240 identities',
    'centres           cos θ impostor   margin    top-1  seconds',
    'means            0.7123   0.3000   0.4123   0.9800      1.3',
    'arcface m=0.5    0.7123   0.3000   0.4123   0.9800        –',
  ]);
});
