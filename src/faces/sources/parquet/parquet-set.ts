import type { ByteSource } from '../../../formats/bytes/byte-source';
import { counted } from '../../../core/number-words';
import { mapConcurrently } from '../../../core/map-concurrently';
import { StudioError } from '../../../core/studio-error';
import { naturalOrder } from '../folder/file-paths';
import { LeftOutTally } from '../../survey/left-out';
import type { LocalFile } from '../folder/local-file';
import { bySplit, splitName, splitNote, splitToRead, type Split } from '../set-splits';
import { rowsIn } from './parquet-file';
import { ParquetTable } from './parquet-table';

/** Files whose footers are read concurrently. */
const CONCURRENT_FILES = 8;

/**
 * Opens a folder's Parquet files as one table, in order of their names. If they are several splits
 * of a set ("train-00000-of-00002.parquet", "test/0000.parquet"), only one is read, preferably
 * "train", so that nobody trains on test data by accident. The rows of the others are counted.
 * @throws StudioError as {@link ParquetTable.open}
 */
export async function openParquetSet(
  name: string,
  files: readonly LocalFile[],
  signal?: AbortSignal,
): Promise<ParquetTable> {
  const ordered = [...files].sort((a, b) => naturalOrder(a.path, b.path));
  const splits = bySplit(ordered);
  const chosen = splitToRead([...splits.keys()]);
  const sources = await Promise.all((splits.get(chosen) ?? []).map((file) => file.open()));
  if (splits.size <= 1) return ParquetTable.open(name, sources, signal);
  const tally = new LeftOutTally();
  const others: string[] = [];
  for (const [split, members] of splits) {
    if (split === chosen) continue;
    const rows = await mapConcurrently(members, CONCURRENT_FILES, async (file) =>
      countRows(tally, split, await file.open(), signal),
    );
    const total = rows.reduce((sum, count) => sum + count, 0);
    others.push(`${splitName(split)} (${counted(total, 'row')})`);
  }
  const note = splitNote(`${splitName(chosen)} (${counted(sources.length, 'file')})`, others);
  return ParquetTable.open(name, sources, signal, { leftOut: tally.groups(), notes: [note] });
}

/** Adds a file of another split to the tally. Returns its rows; 0 if it is unreadable. */
async function countRows(
  tally: LeftOutTally,
  split: Split | null,
  source: ByteSource,
  signal: AbortSignal | undefined,
): Promise<number> {
  try {
    const rows = await rowsIn(source, signal);
    const reason = `its split is ${splitName(split)}`;
    if (rows > 0) tally.add({ shard: source.name, kind: 'other-split', count: rows, reason });
    return rows;
  } catch (thrown) {
    if (!(thrown instanceof StudioError) || thrown.code !== 'bad-source') throw thrown;
    tally.add({ shard: source.name, kind: 'unreadable-file', reason: thrown.message });
    return 0;
  }
}
