import type { FaceSource } from '../../faces/face-source';
import { type LeftOut, type SkippedItem, LeftOutTally } from '../../faces/survey/left-out';
import { TarSetWriter } from '../../faces/pack/pack-tar';

/** A file that grows by appending, and is read when it is whole. */
export interface GrowingFile {
  append(bytes: Uint8Array): Promise<void>;
  finish(): Promise<File>;
  /** Drops what was written. */
  abort(): Promise<void>;
}

/** A tar of aligned crops, and what had to be left out. */
export interface AlignedTar {
  readonly file: File;
  readonly images: number;
  readonly identities: number;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Writes the records of a source of aligned crops into one tar shard.
 * @param onProgress called with the records written and left out so far
 * @throws StudioError from the source; `bad-source` if nothing was left; `signal`'s reason
 */
export async function alignIntoTar(
  source: FaceSource,
  name: string,
  file: GrowingFile,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (done: number) => void },
): Promise<AlignedTar> {
  const sink = {
    append: (_: string, bytes: Uint8Array) => file.append(bytes),
    finish: async () => undefined,
  };
  const writer = new TarSetWriter('', { name, shardSize: Infinity }, sink);
  const leftOut = new LeftOutTally();
  let done = 0;
  const onSkip = (item: SkippedItem) => {
    leftOut.add(item);
    onProgress(++done);
  };
  try {
    for await (const record of source.open({
      seed: 0,
      epoch: 0,
      shuffleBuffer: 0,
      signal,
      onSkip,
    })) {
      signal.throwIfAborted();
      await writer.write(writer.prepare(record, record.label));
      onProgress(++done);
    }
    const { images, identities } = await writer.finish();
    return { file: await file.finish(), images, identities, leftOut: leftOut.groups() };
  } catch (thrown) {
    await file.abort();
    throw thrown;
  }
}
