import type { PickedFile } from '../../../faces/sources/folder/local-file';
import { looksLikeQualities } from '../../../formats/pairs/quality-scores';
import type { QualityRequest } from '../../../studio/protocol';

/** Bytes of a text that are looked at: more than its first line. */
const PEEKED = 8192;
const TEXT = /\.(?:txt|csv|tsv)$/i;

/**
 * Tells files of qualities, lines of `picture score`, from a set's pictures and lists of pairs.
 * Only texts that lie at the top are looked into.
 */
export async function splitQualities(files: readonly PickedFile[]): Promise<{
  readonly qualities: readonly QualityRequest[];
  readonly others: readonly PickedFile[];
}> {
  const isQuality = await Promise.all(
    files.map(
      async ({ path, file }) =>
        TEXT.test(path) &&
        !path.includes('/') &&
        // A file that can't be read is reported when the evaluation opens it.
        looksLikeQualities(await textOf(file.slice(0, PEEKED))),
    ),
  );
  return {
    qualities: files
      .filter((_, i) => isQuality[i])
      .map(({ file }) => ({ name: file.name.replace(TEXT, ''), file, lowerIsBetter: false })),
    others: files.filter((_, i) => !isQuality[i]),
  };
}

const textOf = (blob: Blob): Promise<string> => blob.text().catch(() => '');
