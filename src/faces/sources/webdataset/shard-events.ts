import { baseName, tarMembers } from '../../../formats/tar/tar-stream';
import type { SkippedPart } from './lone-parts';
import type { LonePart, SampleEvent, TarSample } from './sample-run';
import type { ShardReading } from './shard-opener';
import { SampleGrouper } from './tar-samples';

/** Hidden files, skipped even inside a group: macOS puts one before every other member. */
const HIDDEN = /^\./;
/** WebDataset's own metadata members, and folders. */
const NO_SAMPLE = /^(__[^/]*__$|$)/;

/**
 * How far a shard has been read, so that a retry can resume. Offsets are bytes of the unpacked
 * archive.
 */
export interface ShardPosition {
  /** Offset of the first member that is not completely processed. */
  resumeAt: number;
  /** Whether that member lies inside a group of which some events were emitted. */
  isInsideGroup?: boolean;
  /** Events emitted from `resumeAt` on; a retry reads them again and drops them. */
  emitted: number;
  /** Samples after those that have all their members, usable if the rest of the shard is lost. */
  complete: readonly TarSample[];
  /** Whether the shard is gzipped, by its first bytes; absent before they are read. */
  isPacked?: boolean;
  reading: ShardReading;
}

/** What a shard holds, one after another. */
export type ShardEvent =
  | { readonly type: 'sample'; readonly sample: TarSample }
  | { readonly type: 'lone'; readonly part: LonePart }
  | { readonly type: 'skipped'; readonly part: SkippedPart };

/**
 * Samples of an archive and reports on its other members, from `position` on, which is updated.
 * After an interruption, another call with the same position yields the rest, each event once.
 * @throws StudioError `bad-shard` as {@link tarMembers}; whatever the stream throws
 */
export async function* eventsOf(
  stream: ReadableStream<Uint8Array>,
  position: ShardPosition,
): AsyncGenerator<ShardEvent> {
  const grouper = new SampleGrouper(position.isInsideGroup);
  const waiting: ShardEvent[] = [];
  let toDrop = position.emitted;
  function* emit(): Generator<ShardEvent> {
    for (const event of waiting.splice(0)) {
      if (toDrop > 0) toDrop--;
      else {
        position.emitted++;
        position.complete = [];
        yield event;
      }
    }
  }
  const onDamage = (reason: string) => {
    waiting.push({ type: 'skipped', part: { kind: 'archive-member', reason } });
  };
  try {
    for await (const member of tarMembers(stream, onDamage, position.resumeAt)) {
      const base = baseName(member.name);
      if (HIDDEN.test(base)) {
        const reason = 'it is a hidden file';
        waiting.push({ type: 'skipped', part: { kind: 'hidden', member: base, reason } });
      } else if (!NO_SAMPLE.test(base)) waiting.push(...grouper.add(member).map(eventOf));
      yield* emit();
      if (toDrop === 0 && grouper.complete.length > 0) position.complete = grouper.complete;
      const from = grouper.heldFrom ?? position.resumeAt;
      if (from > position.resumeAt) {
        position.resumeAt = from;
        position.emitted = 0;
        toDrop = 0;
        position.isInsideGroup = grouper.isInsideGroup;
        position.complete = grouper.complete;
      }
    }
    waiting.push(...grouper.end().map(eventOf));
  } catch (thrown) {
    // Damage found before the interruption is reported first.
    yield* emit();
    throw thrown;
  }
  yield* emit();
}

function eventOf(event: SampleEvent): ShardEvent {
  if (event.type !== 'skipped') return event;
  const { kind, key, count, reason } = event;
  return { type: 'skipped', part: { member: key, kind, count, reason } };
}
