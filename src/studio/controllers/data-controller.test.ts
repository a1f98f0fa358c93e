import { beforeAll, describe, expect, it, vi } from 'vitest';
import { noDataTools } from '../../../test/fixtures/data-tools';
import { recordedTask } from '../../../test/fixtures/recorded-task';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import type { FaceSource, OpenOptions } from '../../faces/face-source';
import { StudioError } from '../../core/studio-error';
import { createHead } from '../../models/heads/create-head';
import { DataController } from './data-controller';

const PICTURE = new Uint8Array(
  await (
    await import('sharp')
  )
    .default({ create: { width: 112, height: 112, channels: 3, background: '#808080' } })
    .jpeg()
    .toBuffer(),
);

/** `count` records of ten people, one of them damaged; `asked` is called before each. */
function sourceOf(count: number, asked: (place: number) => void = () => undefined): FaceSource {
  return {
    info: async () => ({
      name: 'faces',
      form: 'webdataset',
      shuffle: 'blocks',
      shards: ['faces'],
      images: count,
    }),
    fingerprint: async () => `faces ${count}`,
    async *open({ signal, onSkip }: OpenOptions) {
      for (let i = 0; i < count; i++) {
        asked(i);
        signal?.throwIfAborted();
        if (i === 5)
          onSkip?.({
            shard: 'faces',
            member: '5',
            kind: 'damaged-record',
            reason: 'it is damaged',
          });
        else yield { key: `k${i}`, label: i % 10, encoded: PICTURE, shard: 'faces' };
      }
    },
  };
}

function controllerOf(source: FaceSource | Error, tools = noDataTools) {
  const open = async () => {
    if (source instanceof Error) throw source;
    return source;
  };
  const controller = new DataController(open, async () => null, tools);
  return { controller, task: recordedTask() };
}

describe('the data controller', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it('looks at a source without reading more records than a search for pairs may', async () => {
    let reads = 0;
    const { controller, task } = controllerOf(sourceOf(1000, () => void reads++));
    const look = await controller.look('faces', undefined, 24, task);
    expect(look).toMatchObject({
      shards: 'faces',
      info: { images: 1000 },
      samples: expect.arrayContaining([expect.objectContaining({ key: 'k0', label: 0 })]),
    });
    expect(look!.samples).toHaveLength(20);
    // All ten people come twice soon. The search for more ends after 400 records; one more was
    // damaged.
    expect(reads).toBe(401);
    expect(controller.sample('k3')?.label).toBe(3);
    expect(controller.sample('k99')).toBeUndefined();
  });

  it('knows drawn faces by what their source says', async () => {
    const photographs = controllerOf(sourceOf(20));
    await photographs.controller.look('faces', undefined, 4, photographs.task);
    expect(photographs.controller.faces).toBe('photographs');
    const source = sourceOf(20);
    const info = async () => ({ ...(await source.info()), isDrawn: true });
    const drawn = controllerOf({ ...source, info });
    await drawn.controller.look('faces', undefined, 4, drawn.task);
    expect(drawn.controller.faces).toBe('drawn');
    // The numbers of its people are of this source.
    expect(drawn.controller.lookedAt).toBe('faces');
  });

  it('fetches no picture if none is asked for', async () => {
    let reads = 0;
    const { controller, task } = controllerOf(sourceOf(10, () => void reads++));
    const look = await controller.look('faces', undefined, 0, task);
    expect([reads, look!.samples]).toEqual([0, []]);
  });

  it('surveys a whole source, with progress to its end', async () => {
    const { controller, task } = controllerOf(sourceOf(300));
    expect(await controller.survey('faces', undefined, task)).toMatchObject({
      shards: 'faces',
      complete: true,
      survey: {
        images: 299,
        identities: 10,
        unreadable: 1,
        used: 299,
        leftOut: [{ kind: 'damaged-record', count: 1 }],
      },
    });
    expect(task.progress[0]).toMatchObject({ phase: 'surveying', total: 300, unit: 'pictures' });
  });

  it('counts what opening left out, and the notes that only reading gives', async () => {
    let notes: string[] = [];
    const source = sourceOf(20, () => void (notes = ['Keys are read up to the last dot.']));
    const info = async () => ({
      ...(await sourceOf(20).info()),
      leftOut: [{ kind: 'hidden', count: 2, first: ['.a'] }] as const,
      notes,
    });
    const { controller, task } = controllerOf({ ...source, info });
    const counted = await controller.survey('faces', undefined, task);
    expect(counted!.notes).toEqual(notes);
    expect(counted!.survey.leftOut.map(({ kind, count }) => [kind, count])).toEqual([
      ['hidden', 2],
      ['damaged-record', 1],
    ]);
  });

  it('gives the counts so far if it is stopped, and nothing if it is replaced', async () => {
    const { controller, task } = controllerOf(
      sourceOf(5000, (place) => void (place === 700 && controller.stop())),
    );
    const counted = await controller.survey('faces', undefined, task);
    expect(counted).toMatchObject({ complete: false, survey: { images: 699 } });

    const other = controllerOf(sourceOf(5000));
    const survey = other.controller.survey('faces', undefined, other.task);
    expect(await other.controller.look('faces', undefined, 3, recordedTask())).not.toBeNull();
    expect(await survey).toBeNull();
  });

  it('measures a run, and estimates how long it takes', async () => {
    const { controller, task } = controllerOf(smallSource);
    const backbone = smallBackbone();
    const { convShape, embeddingDim } = backbone;
    const head = createHead(
      'compact',
      { convShape, embeddingDim, initialLogKappa: null },
      1,
      2 ** 30,
    );
    const dispose = vi.fn();
    const plan = await controller.plan(
      smallConfig({ copies: 3 }),
      undefined,
      () => ({ backbone, head, decoder: smallDecoder, dispose }),
      task,
    );
    expect(dispose).toHaveBeenCalledOnce();
    expect(plan).toMatchObject({ images: 80, estimated: false, embeddings: 240, passes: 1 });
    const { images, seconds } = plan!.throughput;
    // 240 pictures without the first batch, which is a warm-up.
    expect(images).toBe(240 - 32);
    expect(plan!.secondsPerPass).toBeCloseTo((240 * seconds) / images, 9);
    backbone.dispose();
    head.dispose();
  });

  it('throws what went wrong, and warns the request of what it survives', async () => {
    const { controller, task } = controllerOf(
      new StudioError('network', 'It is not there.', 'Look elsewhere.'),
    );
    await expect(controller.look('faces', undefined, 3, task)).rejects.toThrow('It is not there.');

    const damaged = new StudioError('bad-shard', 'Two records are damaged.', 'Replace the file.');
    const warned = new DataController(
      async (_shards, _files, { onWarning }) => {
        onWarning!(damaged);
        return sourceOf(10);
      },
      async () => null,
      noDataTools,
    );
    await warned.look('faces', undefined, 3, task);
    expect(task.warnings).toEqual([damaged.toRecord()]);
  });
});
