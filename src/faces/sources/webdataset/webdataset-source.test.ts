import { readFile } from 'node:fs/promises';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../core/studio-error';
import type { CropDecoder } from '../../decode/crop-decoder';
import { decodedFaces } from '../../decode/decoded-stream';
import type { OpenOptions } from '../../face-source';
import type { SkippedItem } from '../../survey/left-out';
import type { ShardOpener } from './shard-opener';
import { WebDatasetSource } from './webdataset-source';

const file = (name: string, body: string) => ({
  header: { name, size: body.length, type: 'file' as const },
  body,
});

/** A shard of pictures whose bytes are their own names. */
const shardOf = (keys: readonly string[]) =>
  packTar(
    keys.flatMap((key, label) => [file(`${key}.jpg`, key), file(`${key}.cls`, String(label))]),
  );

/** Shards as from a server; `attempt` counts from 0 per shard. Records the offset of each try. */
class MemoryOpener implements ShardOpener {
  readonly attempts = new Map<string, number>();
  isServed = true;
  readonly offsets: number[] = [];
  cancelled = 0;

  constructor(
    readonly bytesOf: (shard: string, attempt: number) => Promise<Uint8Array> | Uint8Array,
  ) {}

  async fingerprint(shard: string): Promise<string> {
    const attempt = this.attempts.get(shard) ?? 0;
    this.attempts.set(shard, attempt + 1);
    return new TextDecoder().decode(await this.bytesOf(shard, attempt));
  }

  async open(
    shard: string,
    _signal: AbortSignal | undefined,
    offset = 0,
  ): Promise<ReadableStream<Uint8Array>> {
    const attempt = this.attempts.get(shard) ?? 0;
    this.attempts.set(shard, attempt + 1);
    this.offsets.push(offset);
    const bytes = await this.bytesOf(shard, attempt);
    let at = offset;
    return new ReadableStream({
      pull: (controller) => {
        if (at >= bytes.length) controller.close();
        else controller.enqueue(bytes.slice(at, (at += 512)));
      },
      cancel: () => void this.cancelled++,
    });
  }
}

const sourceOf = (opener: ShardOpener, shards: readonly string[]) =>
  new WebDatasetSource(
    'test',
    { shards: shards.map((name) => ({ name })) },
    opener,
    async () => undefined,
  );

async function keysOf(
  source: WebDatasetSource,
  options: Partial<OpenOptions> = {},
): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of source.open({ seed: 1, epoch: 0, shuffleBuffer: 0, ...options }))
    keys.push(key);
  return keys;
}

const letters = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('WebDataset source', () => {
  const opener = () =>
    new MemoryOpener((shard) => shardOf(letters.map((letter) => shard + letter)));
  const shards = ['1', '2', '3'];

  it('has one order per seed and epoch, with every record once', async () => {
    const order = (epoch: number) =>
      keysOf(sourceOf(opener(), shards), { epoch, shuffleBuffer: 4 });
    expect(await order(1)).toEqual(await order(1));
    expect(await order(1)).not.toEqual(await order(2));
    expect((await order(2)).sort()).toEqual(await keysOf(sourceOf(opener(), shards)));
  });

  it('skips the records that a resumed run has read', async () => {
    const whole = await keysOf(sourceOf(opener(), shards), { epoch: 3, shuffleBuffer: 4 });
    expect(
      await keysOf(sourceOf(opener(), shards), { epoch: 3, shuffleBuffer: 4, skip: 7 }),
    ).toEqual(whole.slice(7));
  });

  it('resumes an interrupted shard where it broke off, and reports its damage once', async () => {
    const [skipped, retries]: [SkippedItem[], string[]] = [[], []];
    const archive = await packTar([
      file('a.jpg', 'a'),
      file('a.cls', '0'),
      file('x.txt', 'no picture'),
      file('b.jpg', 'b'),
      file('b.cls', '1'),
    ]);
    const broken = new MemoryOpener((_, attempt) =>
      attempt === 0 ? archive.slice(0, 9 * 512) : archive,
    );
    const keys = await keysOf(sourceOf(broken, ['1']), {
      onSkip: (item) => skipped.push(item),
      onRetry: (shard) => retries.push(shard),
    });
    expect(keys).toEqual(['a', 'b']);
    expect(retries).toEqual(['1']);
    expect(skipped).toHaveLength(1);
  });

  it('resumes at the first group that was not complete', async () => {
    // Cut after c.cls, before the next key or the end shows that nothing more belongs to c.
    const archive = await shardOf(['a', 'b', 'c']);
    const broken = new MemoryOpener((_, attempt) =>
      attempt === 0 ? archive.slice(0, 12 * 512) : archive,
    );
    expect(await keysOf(sourceOf(broken, ['1']))).toEqual(['a', 'b', 'c']);
    expect(broken.offsets).toEqual([0, 8 * 512]);
  });

  it('retries as long as every try yields a picture, and gives up after four without', async () => {
    const archive = await shardOf(letters);
    const slow = new MemoryOpener((_, attempt) => archive.slice(0, (4 * (attempt + 1) + 1) * 512));
    expect(await keysOf(sourceOf(slow, ['1']))).toEqual(letters);
    const skipped: SkippedItem[] = [];
    const stuck = new MemoryOpener((_, attempt) =>
      archive.slice(0, (4 * Math.min(attempt + 1, 3) + 1) * 512),
    );
    expect(await keysOf(sourceOf(stuck, ['1']), { onSkip: (item) => skipped.push(item) })).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(stuck.offsets).toHaveLength(3 + 3);
    const reason = expect.stringContaining('3 pictures of it were read') as string;
    expect(skipped).toEqual([{ shard: '1', kind: 'damaged-shard', reason }]);
  });

  it('skips a missing shard, and gives up after three in a row, naming the reason', async () => {
    const archive = await shardOf(['a']);
    const missing = (names: readonly string[]): ShardOpener => ({
      fingerprint: async (name) => name,
      open: async (name) => {
        if (names.includes(name)) throw new StudioError('network', `${name} answered 404.`, '');
        return new Blob([archive as Uint8Array<ArrayBuffer>]).stream();
      },
    });
    const skipped: SkippedItem[] = [];
    const some = sourceOf(missing(['2', '3', '5']), ['1', '2', '3', '4', '5', '6']);
    expect(await keysOf(some, { onSkip: (item) => skipped.push(item) })).toEqual(['a', 'a', 'a']);
    expect(skipped).toEqual(
      ['2', '3', '5'].map((shard) => ({
        shard,
        kind: 'lost-shard',
        lost: true,
        reason: `${shard} answered 404.`,
      })),
    );
    await expect(
      keysOf(sourceOf(missing(['2', '3', '4']), ['1', '2', '3', '4', '5'])),
    ).rejects.toMatchObject({
      code: 'network',
      message: expect.stringMatching(/3 shards .* in a row .*4 answered 404/),
    });
    await expect(keysOf(sourceOf(missing(['1', '2']), ['1', '2']))).rejects.toMatchObject({
      message: expect.stringContaining('No shard'),
    });
  });

  it('tells equal names in two folders apart, and counts hidden files in between', async () => {
    const members = ['p/1.jpg', 'p/._1.cls', 'p/1.cls', '__notes__', 'q/1.JPG', 'q/1.CLS'];
    const archive = await packTar(
      members.map((name) => file(name, name.toLowerCase().endsWith('cls') ? '7' : name)),
    );
    const source = sourceOf(new MemoryOpener(() => archive), ['1']);
    const [pictures, skipped]: [string[], SkippedItem[]] = [[], []];
    const onSkip = (item: SkippedItem) => void skipped.push(item);
    for await (const { key, encoded } of source.open({
      seed: 1,
      epoch: 0,
      shuffleBuffer: 0,
      onSkip,
    })) {
      pictures.push(`${key} ${new TextDecoder().decode(encoded)}`);
    }
    expect(pictures).toEqual(['1 p/1.jpg', '1 q/1.JPG']);
    expect(skipped).toEqual([
      { shard: '1', member: '._1.cls', kind: 'hidden', reason: 'it is a hidden file' },
    ]);
  });

  it.each([
    [
      'webdataset.tar',
      [
        ['000001', 0, 0.5],
        ['000002', 85741, undefined],
        ['000003', 7, undefined],
      ],
    ],
    [
      'webdataset.tar.gz',
      [
        ['000000', 0, undefined],
        ['000001', 1, undefined],
        ['000002', 2, undefined],
      ],
    ],
    [
      'webdataset-0001.tar',
      [
        ['000002', 2, undefined],
        ['000003', 3, undefined],
      ],
    ],
  ])('reads %s as the webdataset package wrote it', async (shard, expected) => {
    const source = sourceOf(
      new MemoryOpener((name) =>
        readFile(new URL(`../../../../test/fixtures/tars/${name}.bin`, import.meta.url)),
      ),
      [shard],
    );
    const records = [];
    for await (const { key, label, encoded, degradation } of source.open({
      seed: 1,
      epoch: 0,
      shuffleBuffer: 0,
      onSkip: (item) => expect.fail(item.reason),
    })) {
      // A picture there holds its whole key, folders included.
      expect(new TextDecoder().decode(encoded).endsWith(key)).toBe(true);
      records.push([key, label, degradation?.blur]);
    }
    expect(records).toEqual(expected);
  });

  it('uses complete samples of a cut-off shard, reports it, and reads the others', async () => {
    const skipped: SkippedItem[] = [];
    const whole = await shardOf(['x', 'y']);
    const broken = new MemoryOpener((shard) =>
      shard === '1' ? whole.slice(0, 4 * 512) : shardOf(['z']),
    );
    expect(
      await keysOf(sourceOf(broken, ['1', '2']), { onSkip: (item) => skipped.push(item) }),
    ).toEqual(['x', 'z']);
    expect(skipped).toEqual([expect.objectContaining({ shard: '1' })]);
    expect(broken.attempts.get('1')).toBeGreaterThan(1);
  });

  it('does not retry a shard on a disk that is cut off', async () => {
    const whole = await shardOf(['x', 'y']);
    const broken = new MemoryOpener(() => whole.slice(0, 4 * 512));
    broken.isServed = false;
    const retries: string[] = [];
    const onRetry = (shard: string) => retries.push(shard);
    const skipped: string[] = [];
    const onSkip = ({ reason }: SkippedItem) => skipped.push(reason);
    expect(await keysOf(sourceOf(broken, ['1']), { onRetry, onSkip })).toEqual(['x']);
    expect(skipped).toEqual([expect.stringMatching(/ 1 picture of it was read\.$/)]);
    expect([retries, broken.attempts.get('1')]).toEqual([[], 1]);
  });

  it('reports a single file that is no tar, without mentioning addresses on a disk', async () => {
    const text = new MemoryOpener(() => new TextEncoder().encode('no archive'));
    text.isServed = false;
    const lone = ({ message, nextStep }: StudioError) => message + nextStep;
    const said = await keysOf(sourceOf(text, ['a.tar'])).catch(lone);
    expect(said).toMatch(/^a\.tar could not be read\. .*Get the shards again/);
    expect(said).not.toContain('address');
  });

  it('stops waiting for a retry when the run is aborted', async () => {
    const abort = new AbortController();
    const unreachable = new MemoryOpener(() =>
      Promise.reject(new StudioError('network', 'unreachable', '')),
    );
    const source = new WebDatasetSource(
      'test',
      { shards: [{ name: '1' }] },
      unreachable,
      () => new Promise<void>(() => undefined),
    );
    const reading = keysOf(source, { signal: abort.signal, onRetry: () => abort.abort() });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('cancels the stream when its reader leaves early', async () => {
    const left = opener();
    for await (const record of sourceOf(left, shards).open({ seed: 1, epoch: 0, shuffleBuffer: 0 }))
      if (record) break;
    expect(left.cancelled).toBe(1);
  });
});

describe('decoded stream', () => {
  const options = (skipped: SkippedItem[]) => ({
    open: {
      seed: 1,
      epoch: 0,
      shuffleBuffer: 0,
      onSkip: (item: SkippedItem) => void skipped.push(item),
    },
    concurrency: 2,
    augmentation: 0,
    copies: 1,
    flip: false,
  });
  const source = () => sourceOf(new MemoryOpener(() => shardOf(letters)), ['1']);
  const failing = (at: string, error: Error): CropDecoder => ({
    decodeCrop: async (jpeg) => {
      if (new TextDecoder().decode(jpeg) === at) throw error;
      return jpeg;
    },
    dispose: () => undefined,
  });

  it('reports and skips a picture that cannot be decoded', async () => {
    const skipped: SkippedItem[] = [];
    const keys: string[] = [];
    for await (const { key } of decodedFaces(
      source(),
      failing('c', new StudioError('bad-image', 'no JPEG', '')),
      options(skipped),
    ))
      keys.push(key);
    expect(keys).toEqual(['a', 'b', 'd', 'e', 'f']);
    expect(skipped).toEqual([{ shard: '1', member: 'c', kind: 'undecodable', reason: 'no JPEG' }]);
  });

  it('ends with the error of a crashed decoder', async () => {
    const reading = (async () => {
      for await (const face of decodedFaces(
        source(),
        failing('c', new StudioError('worker-crashed', 'dead', '')),
        options([]),
      ))
        void face;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'worker-crashed' });
  });
});
