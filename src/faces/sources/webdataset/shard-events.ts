import { baseName, tarMembers } from '../../../formats/tar/tar-stream';
import type { ToldPart } from './lone-parts';
import type { LonePart, SampleEvent, TarSample } from './sample-run';
import type { ShardReading } from './shard-opener';
import { SampleGrouper } from './tar-samples';

/** Lie between the members of a key: macOS puts one before every other. */
const HIDDEN = /^\./;
/** WebDataset's own notes, which lie there too. */
const NO_SAMPLE = /^(__[^/]*__$|$)/;

/**
 * How far a shard has been read: what another try goes on from. Offsets are the unpacked
 * archive's, in bytes.
 */
export interface ShardPlace {
  /** Where the first member lies of which something was neither given nor told. */
  settled: number;
  /** It lies inside of a group of which something was. */
  isInside?: boolean;
  /** Events from there on that were: another try meets them again, and leaves them out. */
  passed: number;
  /** Samples behind those, where all of one that is needed came before a break. */
  whole: readonly TarSample[];
  /** As its first bytes say; absent where none were read. */
  isPacked?: boolean;
  reading: ShardReading;
}

/** What a shard holds, one after another. */
export type ShardEvent =
  | { readonly type: 'sample'; readonly sample: TarSample }
  | { readonly type: 'lone'; readonly part: LonePart }
  | { readonly type: 'told'; readonly told: ToldPart };

/**
 * An archive's samples and what is told of the rest, from where `place` is, which is kept. Where
 * it breaks off, another call with the same place gives what is missing, each thing once.
 * @throws StudioError `bad-shard` as {@link tarMembers}; whatever the stream throws
 */
export async function* eventsOf(
  stream: ReadableStream<Uint8Array>,
  place: ShardPlace,
): AsyncGenerator<ShardEvent> {
  const grouper = new SampleGrouper(place.isInside);
  const waiting: ShardEvent[] = [];
  let known = place.passed;
  function* give(): Generator<ShardEvent> {
    for (const event of waiting.splice(0)) {
      if (known > 0) known--;
      else {
        place.passed++;
        place.whole = [];
        yield event;
      }
    }
  }
  const damage = (reason: string) =>
    void waiting.push({ type: 'told', told: { kind: 'archive-member', reason } });
  try {
    for await (const member of tarMembers(stream, damage, place.settled)) {
      const base = baseName(member.name);
      if (HIDDEN.test(base)) {
        const reason = 'it is a hidden file';
        waiting.push({ type: 'told', told: { kind: 'hidden', member: base, reason } });
      } else if (!NO_SAMPLE.test(base)) waiting.push(...grouper.add(member).map(eventOf));
      yield* give();
      if (known === 0 && grouper.whole.length > 0) place.whole = grouper.whole;
      const from = grouper.heldFrom ?? place.settled;
      if (from > place.settled) {
        [place.settled, place.passed, known] = [from, 0, 0];
        place.isInside = grouper.isInside;
        place.whole = grouper.whole;
      }
    }
    waiting.push(...grouper.end().map(eventOf));
  } catch (thrown) {
    // Damage before a break is told before it.
    yield* give();
    throw thrown;
  }
  yield* give();
}

function eventOf(event: SampleEvent): ShardEvent {
  if (event.type !== 'told') return event;
  const { kind, key, count, reason } = event;
  return { type: 'told', told: { member: key, kind, count, reason } };
}
