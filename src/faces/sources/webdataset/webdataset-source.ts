import { maxFingerprintBytes } from '../../../formats/bytes/content-fingerprint';
import { mapConcurrently } from '../../../core/map-concurrently';
import { sha256OfLines } from '../../../formats/bytes/sha256-hex';
import { messageOf, StudioError } from '../../../core/studio-error';
import type { FaceRecord } from '../../face-record';
import type { FaceSource, OpenOptions, SourceInfo } from '../../face-source';
import {
  type SkippedItem,
  LeftOutTally,
  NothingUsedError,
  type LeftOut,
} from '../../survey/left-out';
import { nextStepIfNothingUsed } from '../../survey/nothing-used';
import { ReadingNotes } from '../../survey/reading-notes';
import { epochRandom, inBlocks } from '../record-order';
import { pause, RETRY_WAITS_MS, unlessAborted } from '../../../core/retry';
import { GZIP_NAME, ShardReader } from './read-shard';
import type { ShardList } from './shard-list';
import type { ShardOpener } from './shard-opener';

/**
 * Part of the fingerprint. Increased whenever the same members yield other records than before, so
 * that results computed from the old records are not reused.
 */
const READER_VERSION = 2;

/** Shards whose fingerprints are requested concurrently. */
const CONCURRENT_SHARDS = 8;
/** Consecutive unreadable shards after which reading stops. */
const MAX_LOST_IN_A_ROW = 3;

/**
 * WebDataset tar shards: members of one key (`key.jpg`, `key.cls`, `key.json`) lie next to each
 * other. See {@link SampleGrouper} for how names form samples, and {@link LoneParts} for members
 * that lie apart.
 */
export class WebDatasetSource implements FaceSource {
  readonly #notes = new ReadingNotes();
  readonly #reader: ShardReader;

  /** @param wait injectable for tests */
  constructor(
    readonly name: string,
    readonly list: ShardList,
    readonly opener: ShardOpener,
    readonly wait = pause,
    /** Files in the same folder that aren't used. */
    readonly leftOut: readonly LeftOut[] = [],
    /** Sentences on how the shards were chosen, if there was a choice. */
    readonly chosen: readonly string[] = [],
  ) {
    this.#reader = new ShardReader(opener, this.#notes, wait);
  }

  async info(): Promise<SourceInfo> {
    const sum = (field: 'images' | 'bytes') => {
      const values = this.list.shards.map((shard) => shard[field]);
      return values.every((value) => value !== undefined)
        ? values.reduce<number>((total, value) => total + value!, 0)
        : undefined;
    };
    const chosen = this.chosen;
    const notes = this.#notes;
    return {
      name: this.name,
      shards: this.list.shards.map(({ name }) => name),
      form: 'webdataset',
      shuffle: 'blocks',
      foreignOrigins: this.list.foreignOrigins,
      images: this.list.images ?? sum('images'),
      identities: this.list.identities,
      isDrawn: this.list.isDrawn,
      bytes: sum('bytes'),
      leftOut: this.leftOut,
      // A getter, since notes are collected during reading: earlier callers see later notes too.
      get notes() {
        return [...chosen, ...notes.sentences()];
      },
    };
  }

  get isServed(): boolean {
    return this.opener.isServed === true;
  }

  /** Covers the shards' contents in order, but not their names, and the manifest's totals. */
  async fingerprint(signal?: AbortSignal): Promise<string> {
    const { shards, images, identities } = this.list;
    const maxBytes = maxFingerprintBytes(shards.length);
    let known = 0;
    let lost = 0;
    const lines = await mapConcurrently(shards, CONCURRENT_SHARDS, async ({ name }) => {
      try {
        const contents = await this.#fingerprintOf(name, maxBytes, signal);
        known++;
        return JSON.stringify({ packed: GZIP_NAME.test(name), contents });
      } catch (thrown) {
        signal?.throwIfAborted();
        lost++;
        // As in open(): a missing shard is skipped, an unreachable network is an error.
        const isDead = known === 0 && lost >= Math.min(MAX_LOST_IN_A_ROW, shards.length);
        if (isDead) {
          const isNetwork = thrown instanceof StudioError && thrown.code === 'network';
          throw this.#unreadable(lost, shards.length, name, messageOf(thrown), isNetwork);
        }
        return JSON.stringify({ missing: name });
      }
    });
    return sha256OfLines([
      JSON.stringify({ form: 'webdataset', reading: READER_VERSION, images, identities }),
      ...lines,
    ]);
  }

  /** Fingerprint of one shard, with retries for network errors. */
  async #fingerprintOf(shard: string, maxBytes: number, signal?: AbortSignal): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.opener.fingerprint(shard, maxBytes, signal);
      } catch (thrown) {
        signal?.throwIfAborted();
        const wait = RETRY_WAITS_MS[attempt];
        const isNetwork = thrown instanceof StudioError && thrown.code === 'network';
        if (!isNetwork || wait === undefined) throw thrown;
        await unlessAborted(this.wait(wait), signal);
      }
    }
  }

  open(options: OpenOptions): AsyncGenerator<FaceRecord> {
    const names = this.list.shards.map(({ name }) => name);
    return inBlocks(
      names,
      (order) => this.#allShards(order, options),
      options,
      epochRandom(options),
    );
  }

  async *#allShards(order: readonly string[], options: OpenOptions): AsyncGenerator<FaceRecord> {
    let lost = 0;
    let isNetwork = false;
    let reason = '';
    const leftOut = new LeftOutTally();
    leftOut.addAll(this.leftOut);
    const onSkip = (item: SkippedItem) => {
      leftOut.add(item);
      if (item.kind === 'lost-shard' || item.kind === 'damaged-shard') {
        isNetwork = item.lost === true;
        reason = item.reason;
      }
      options.onSkip?.(item);
    };
    for (const shard of order) {
      const wasRead = yield* this.#reader.read(shard, { ...options, onSkip });
      lost = wasRead ? 0 : lost + 1;
      // One missing shard is skipped. Several in a row indicate an unreachable network or a wrong
      // address, where continuing would lose them all.
      if (lost < Math.min(MAX_LOST_IN_A_ROW, order.length)) continue;
      if (lost === order.length && !isNetwork)
        throw this.#nothingRead(lost, shard, reason, leftOut.groups());
      throw this.#unreadable(lost, order.length, shard, reason, isNetwork);
    }
  }

  /** The error if no shard at all can be read, for another reason than the network. */
  #nothingRead(
    shards: number,
    last: string,
    reason: string,
    leftOut: readonly LeftOut[],
  ): NothingUsedError {
    const message = this.#unreadText(shards, shards, last, reason);
    const nextStep = nextStepIfNothingUsed(leftOut) ?? this.#nextStep;
    return new NothingUsedError(leftOut, message, nextStep);
  }

  #unreadable(
    lost: number,
    shards: number,
    last: string,
    reason: string,
    isNetwork: boolean,
  ): StudioError {
    const message = this.#unreadText(lost, shards, last, reason);
    if (!isNetwork) return new StudioError('bad-shard', message, this.#nextStep);
    const nextStep = 'Check the network and the address, then start again.';
    return new StudioError('network', message, nextStep);
  }

  #unreadText(lost: number, shards: number, last: string, reason: string): string {
    if (shards === 1) return `${last} could not be read. ${reason}`;
    const what =
      lost === shards
        ? `No shard of ${this.name} could be read`
        : `${lost} shards of ${this.name} in a row could not be read`;
    return `${what} (the last was ${last}). ${reason}`;
  }

  /** The next step for shards that aren't tar archives. */
  get #nextStep(): string {
    const step = this.isServed ? 'Check the address, or get' : 'Get';
    return `${step} the shards again: tar archives are read, plain or packed by gzip.`;
  }
}
