import { StudioError } from '../../core/studio-error';
import type { FaceRecord } from '../face-record';
import type { FaceSource, OpenOptions, SourceInfo } from '../face-source';
import { type SkippedItem, LeftOutError, type LeftOut } from '../survey/left-out';
import { blocksOf, epochRandom, inBlocks, permutation, type RowBlock } from './record-order';
import type { RecordTable, TableRow } from './record-table';
import { pause, RETRY_WAITS_MS, unlessAborted } from '../../core/retry';

/** Rows per block when shuffling by blocks: about 50 MB of crops. */
const BLOCK_ROWS = 8192;
/** Concurrent reads in a global shuffle. */
const CONCURRENT_READS = 16;

/** Options of {@link TableSource}. */
export interface TableSourceOptions {
  readonly blockRows?: number;
  /** Files in the same folder that aren't part of the table. */
  readonly leftOut?: readonly LeftOut[];
  /** Injectable for tests. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** Streams a {@link RecordTable} in the order determined by the seed. */
export class TableSource implements FaceSource {
  readonly #blockRows: number;
  readonly #otherFiles: readonly LeftOut[];
  readonly #wait: (ms: number) => Promise<void>;

  constructor(
    readonly table: RecordTable,
    { blockRows = BLOCK_ROWS, leftOut = [], wait = pause }: TableSourceOptions = {},
  ) {
    this.#blockRows = blockRows;
    this.#otherFiles = leftOut;
    this.#wait = wait;
  }

  async info(): Promise<SourceInfo> {
    const { name, form, count: images, identities, denseLabels, bytes, notes } = this.table;
    const shuffle = this.table.randomAccess ? 'global' : 'blocks';
    const leftOut = [...this.#otherFiles, ...(this.table.leftOut ?? [])];
    return {
      ...{ name, shards: [name], form, images, identities, denseLabels, bytes, shuffle },
      ...{ leftOut, notes },
    };
  }

  fingerprint(signal?: AbortSignal): Promise<string> {
    return this.table.fingerprint(signal);
  }

  async *open(options: OpenOptions): AsyncGenerator<FaceRecord> {
    const random = epochRandom(options);
    const mode = options.shuffle ?? (this.table.randomAccess ? 'global' : 'blocks');
    if (options.shuffleBuffer > 0 && mode === 'global') {
      // A permutation can be resumed anywhere without reading the records before.
      const rows = permutation(this.table.count, random);
      for await (const { record, place } of this.#rows(rows, options, options.skip ?? 0))
        yield { ...record, position: place };
      return;
    }
    yield* inBlocks(
      blocksOf(this.table.count, this.#blockRows),
      (order) => this.#blocks(order, options),
      options,
      random,
    );
  }

  /**
   * Reads single rows concurrently and yields them in order. `place` counts from 1, including
   * damaged rows. Damaged rows are reported in order too, so a reader that resumes after a place
   * gets no report twice.
   */
  async *#rows(
    rows: Uint32Array,
    options: OpenOptions,
    first = 0,
  ): AsyncGenerator<{ record: FaceRecord; place: number }> {
    const waiting: Promise<FaceRecord | SkippedItem>[] = [];
    let next = first;
    for (let place = first + 1; ; place++) {
      while (next < rows.length && waiting.length < CONCURRENT_READS) {
        const reading = this.#row(rows[next]!, options);
        next++;
        // An error is rethrown when its turn comes; until then it must not count as unhandled.
        reading.catch(() => undefined);
        waiting.push(reading);
      }
      if (waiting.length === 0) return;
      options.signal?.throwIfAborted();
      const record = await waiting.shift()!;
      if ('kind' in record) options.onSkip?.(record);
      else yield { record, place };
    }
  }

  /** A row's record, or the reason why it is left out. */
  async #row(row: number, options: OpenOptions): Promise<FaceRecord | SkippedItem> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.table.read(row, options.signal);
      } catch (thrown) {
        if (thrown instanceof StudioError && thrown.code === 'bad-shard') {
          const kind = thrown instanceof LeftOutError ? thrown.kind : 'damaged-record';
          const { name: shard } = this.table;
          return { shard, member: String(row), kind, reason: thrown.message };
        }
        await this.#waitForRetry(thrown, attempt, options);
      }
    }
  }

  async *#blocks(blocks: readonly RowBlock[], options: OpenOptions): AsyncGenerator<FaceRecord> {
    for (const block of blocks) {
      if (!this.table.stream) {
        const rows = Uint32Array.from({ length: block.to - block.from }, (_, i) => block.from + i);
        for await (const { record } of this.#rows(rows, options)) yield record;
        continue;
      }
      let from = block.from;
      let attempt = 0;
      while (from < block.to) {
        try {
          const rows: AsyncIterable<TableRow> = this.table.stream(from, block.to, options);
          for await (const { row, record } of rows) {
            options.signal?.throwIfAborted();
            from = row + 1;
            attempt = 0;
            yield record;
          }
          break;
        } catch (thrown) {
          await this.#waitForRetry(thrown, attempt, options);
          attempt++;
        }
      }
    }
  }

  /**
   * Waits before a retry of a network error; rethrows any other error, and after the last retry.
   */
  async #waitForRetry(
    thrown: unknown,
    attempt: number,
    { signal, onRetry }: OpenOptions,
  ): Promise<void> {
    signal?.throwIfAborted();
    const wait = RETRY_WAITS_MS[attempt];
    if (!(thrown instanceof StudioError) || thrown.code !== 'network' || wait === undefined)
      throw thrown;
    onRetry?.(this.table.name, attempt + 1, thrown.message);
    await unlessAborted(this.#wait(wait), signal);
  }
}
