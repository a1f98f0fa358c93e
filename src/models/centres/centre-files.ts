import type { TensorFile } from '../../formats/tensors/tensor-file';
import { count, counted } from '../../core/number-words';
import { badCentres, findCentres, inRankOrder, isMomentum, type CentrePart } from './centre-parts';
import { ClassCentres } from './class-centres';

/** Class centres read from one or more files. */
export interface CentreFile {
  /** Labels are row numbers. Rows of zeros are left out and have no label. */
  readonly centres: ClassCentres;
  /** Rows of all files, rows of zeros included: labels go from 0 to classes − 1. */
  readonly classes: number;
  readonly dimension: number;
  /** The joined files, in the order of their rows. */
  readonly parts: readonly { readonly name: string; readonly classes: number }[];
  readonly zeroRows: number;
  /** The recognised form, as a sentence for a person. */
  readonly form: string;
}

/** Options of {@link readCentreFiles}. */
export interface ReadCentresOptions {
  /** Dimension of the backbone's embedding. */
  readonly dimension: number;
  /** Called with the rows read so far, and their total. */
  readonly onProgress?: (rows: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Bytes of the file read in one piece. */
const BLOCK_BYTES = 1 << 23;
/** Upper bound for the bytes of centres: a million identities at 512 dimensions. */
const MAX_BYTES = 2 ** 31;

/**
 * Reads class centres, one row a label, from the FC layer of a face classifier: the published
 * code's `arc_face_state_dict`, InsightFace's parts by rank (`rank:{r}_softmax_weight.pt`,
 * `softmax_fc_gpu_{r}.pt`, `checkpoint_gpu_{r}.pt`), a bare matrix, or a `weight` or `kernel` [C,
 * d] or [d, C] under the usual names of heads. Momentum files among them are skipped.
 *
 * Rows are normalised to unit length. The radius r, to which the published code scales them, is
 * dropped: it shifts the loss by a constant and changes no gradient. Takes 4·C·d bytes of memory
 * for the rows, and one block.
 * @throws StudioError `bad-checkpoint` for files without centres of this dimension, missing or
 * repeated ranks, and values that aren't finite; what a file throws; `signal`'s reason
 */
export async function readCentreFiles(
  files: readonly TensorFile[],
  { dimension, onProgress, signal }: ReadCentresOptions,
): Promise<CentreFile> {
  const weights = files.filter((file) => !isMomentum(file));
  if (weights.length === 0)
    throw badCentres(
      { name: files[0]?.name ?? 'Nothing' },
      files.length > 0
        ? 'It is the momentum of an optimiser; its weights were expected.'
        : 'No file was given.',
      dimension,
    );
  const parts = inRankOrder(
    weights.map((file) => findCentres(file, dimension)),
    dimension,
  );
  const classes = parts.reduce((sum, part) => sum + part.classes, 0);
  if (classes < 2 || 4 * classes * dimension > MAX_BYTES)
    throw badCentres(
      parts[0]!.file,
      `It has ${count(classes)} rows in all; from 2 to ` +
        `${count(MAX_BYTES / 4 / dimension)} were expected.`,
      dimension,
    );
  const matrix = new Float32Array(classes * dimension);
  const isZero = new Uint8Array(classes);
  let first = 0;
  for (const part of parts) {
    const rows = matrix.subarray(first * dimension, (first + part.classes) * dimension);
    const zeros = isZero.subarray(first, first + part.classes);
    const rowsBefore = first;
    const readPart = part.isTransposed ? readColumns : readRows;
    const onRows = (done: number) => onProgress?.(rowsBefore + done, classes);
    await readPart(part, rows, zeros, onRows, signal);
    first += part.classes;
  }
  const zeroRows = isZero.reduce((sum, zero) => sum + zero, 0);
  if (zeroRows === classes) throw badCentres(parts[0]!.file, 'All its rows are zeros.', dimension);
  return {
    centres: withoutZeroRows(matrix, isZero, dimension, zeroRows),
    classes,
    dimension,
    parts: parts.map(({ file, classes: rows }) => ({ name: file.name, classes: rows })),
    zeroRows,
    form: formSentence(parts, zeroRows, files.length - weights.length),
  };
}

/** Reads one part into rows [C, d], normalised to unit length, and marks rows of zeros. */
type PartReader = (
  part: CentrePart,
  into: Float32Array,
  isZero: Uint8Array,
  onRows: (done: number) => void,
  signal: AbortSignal | undefined,
) => Promise<void>;

const readRows: PartReader = async ({ file, entry, classes }, into, isZero, onRows, signal) => {
  const dimension = entry.shape[1]!;
  const maxRows = Math.max(1, Math.floor(BLOCK_BYTES / (4 * dimension)));
  for (let row = 0; row < classes; row += maxRows) {
    signal?.throwIfAborted();
    const rows = Math.min(maxRows, classes - row);
    into.set(await file.readRows(entry.name, row, rows, signal), row * dimension);
    normaliseRows(file, into, isZero, dimension, row, row + rows);
    onRows(row + rows);
  }
};

const readColumns: PartReader = async ({ file, entry, classes }, into, isZero, onRows, signal) => {
  const dimension = entry.shape[0]!;
  const maxColumns = Math.max(1, Math.floor(BLOCK_BYTES / (4 * classes)));
  for (let column = 0; column < dimension; column += maxColumns) {
    signal?.throwIfAborted();
    const columns = Math.min(maxColumns, dimension - column);
    const block = await file.readRows(entry.name, column, columns, signal);
    for (let row = 0; row < classes; row++) {
      for (let i = 0; i < columns; i++)
        into[row * dimension + column + i] = block[i * classes + row]!;
    }
    onRows(Math.floor((classes * (column + columns)) / dimension));
  }
  normaliseRows(file, into, isZero, dimension, 0, classes);
};

function normaliseRows(
  file: TensorFile,
  rows: Float32Array,
  isZero: Uint8Array,
  dimension: number,
  from: number,
  to: number,
): void {
  for (let row = from; row < to; row++) {
    const [start, end] = [row * dimension, (row + 1) * dimension];
    let squared = 0;
    for (let i = start; i < end; i++) squared += rows[i]! * rows[i]!;
    if (!Number.isFinite(squared))
      throw badCentres(
        file,
        `Its row ${row} holds values that are not finite, such as ` +
          `${rows.subarray(start, end).find((value) => !Number.isFinite(value))}.`,
        dimension,
      );
    if (squared === 0) isZero[row] = 1;
    const scale = squared === 0 ? 0 : 1 / Math.sqrt(squared);
    for (let i = start; i < end; i++) rows[i]! *= scale;
  }
}

/** Removes rows of zeros from the matrix, in place. */
function withoutZeroRows(
  matrix: Float32Array,
  isZero: Uint8Array,
  dimension: number,
  zeroRows: number,
): ClassCentres {
  const labels: number[] = [];
  isZero.forEach((zero, row) => {
    if (zero) return;
    if (labels.length < row)
      matrix.copyWithin(labels.length * dimension, row * dimension, (row + 1) * dimension);
    labels.push(row);
  });
  return new ClassCentres(
    dimension,
    labels,
    zeroRows === 0 ? matrix : matrix.subarray(0, labels.length * dimension),
  );
}

/** Describes the recognised form for a person. */
function formSentence(
  parts: readonly CentrePart[],
  zeroRows: number,
  momentumFiles: number,
): string {
  const { form, rank } = parts[0]!;
  let joined = '';
  if (parts.length > 1) joined = `, ${parts.length} parts joined by rank`;
  else if (rank === 0) joined = ', rank 0 alone: if there were other ranks, their rows are missing';
  const areZeros = zeroRows === 1 ? 'row is zeros and has' : 'rows are zeros and have';
  const zeros = zeroRows > 0 ? ` ${count(zeroRows)} ${areZeros} no label.` : '';
  const momentum = momentumFiles > 0 ? ` ${counted(momentumFiles, 'momentum file')} left out.` : '';
  return `${form[0]!.toUpperCase()}${form.slice(1)}${joined}.${zeros}${momentum}`;
}
