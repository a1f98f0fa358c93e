import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../src/formats/bytes/memory-file-store';
import { smallBackbone, smallConfig, smallDecoder, smallSource } from '../fixtures/small-run';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import type { FaceSource, OpenOptions } from '../../src/faces/face-source';
import type { RunConfig } from '../../src/training/config/run-config';
import type { SessionEvent } from '../../src/training/session/run-events';
import { TrainingSession } from '../../src/training/session/training-session';

const opened = [{ kind: 'hidden', count: 1, first: ['.x'] }] as const;

/** The small source with every eighth of its 80 pictures damaged, and a hidden file. */
const damaged: FaceSource = {
  ...smallSource,
  info: async () => ({ ...(await smallSource.info()), leftOut: opened }),
  async *open(options: OpenOptions) {
    let at = 0;
    let skip = options.skip ?? 0;
    for await (const record of smallSource.open({ ...options, skip: 0 })) {
      if (at++ % 8 === 0)
        options.onSkip?.({
          shard: 'memory',
          member: record.key,
          kind: 'damaged-record',
          reason: 'cut',
        });
      else if (skip > 0) skip--;
      else yield record;
    }
  },
};

async function runOf(records: MemoryFileStore, changes: Partial<RunConfig> = {}) {
  const events: SessionEvent[] = [];
  const backbone = smallBackbone();
  const session = new TrainingSession({
    config: smallConfig({ epochs: 2, copies: 2, ...changes }),
    backbone,
    source: damaged,
    decoder: smallDecoder,
    store: new MemoryFileStore(),
    features: records,
    post: (event) => events.push(event),
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => 0,
  });
  await session.run();
  session.dispose();
  backbone.dispose();
  const of = <T extends SessionEvent['type']>(type: T) =>
    events.filter((event): event is Extract<SessionEvent, { type: T }> => event.type === type);
  const leftOut = of('skipped')
    .at(-1)!
    .leftOut.map(({ kind, count }) => [kind, count]);
  return { leftOut, notices: of('notice').map(({ text }) => text) };
}

describe('pictures that a run leaves out', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it('are counted when features are made, and reported when features are reused', async () => {
    const records = new MemoryFileStore();
    expect(await runOf(records)).toEqual({
      leftOut: [
        ['hidden', 1],
        ['damaged-record', 10],
      ],
      notices: [],
    });
    // Features are reused; only held-out pictures are read again, at the end of the run.
    expect(await runOf(records)).toEqual({
      leftOut: [
        ['hidden', 1],
        ['damaged-record', 10],
      ],
      notices: [expect.stringMatching(/^10 of the 80 pictures of memory gave no features/)],
    });
  });

  it('are counted once if every epoch reads them again', async () => {
    const { leftOut } = await runOf(new MemoryFileStore(), {
      features: 'stream',
      copies: 1,
      epochs: 3,
    });
    expect(leftOut).toEqual([
      ['hidden', 1],
      ['damaged-record', 10],
    ]);
  });
});
