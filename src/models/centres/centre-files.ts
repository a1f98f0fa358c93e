import type { TensorFile } from '../../formats/tensors/tensor-file';
import { bad, findCentres, inRankOrder, isMomentum, type CentrePart } from './centre-parts';
import { ClassCentres } from './class-centres';

/** Class centres out of files. */
export interface CentreFile {
  /** Labels are row numbers. Rows of zeros have no label: they are the centre of nobody. */
  readonly centres: ClassCentres;
  /** Rows of all files, those of zeros included: labels go from 0 to classes − 1. */
  readonly classes: number;
  readonly dimension: number;
  /** The files that were joined, in the order of their rows. */
  readonly parts: readonly { readonly name: string; readonly classes: number }[];
  readonly zeroRows: number;
  /** What was recognised, as a sentence. */
  readonly form: string;
}

/** How class centres are read. */
export interface ReadCentresOptions {
  /** Of the backbone's embedding. */
  readonly dimension: number;
  /** Rows read so far, and all of them. */
  readonly onProgress?: (rows: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Bytes of the file read at once. */
const BLOCK = 1 << 23;
/** Bytes of centres: a million identities at 512 dimensions. */
const MAX_BYTES = 2 ** 31;

/**
 * Reads class centres, one row a label, from the FC layer of a face classifier: the published
 * code's `arc_face_state_dict`, InsightFace's parts by rank (`rank:{r}_softmax_weight.pt`,
 * `softmax_fc_gpu_{r}.pt`, `checkpoint_gpu_{r}.pt`), a bare matrix, or a `weight` or `kernel` [C,
 * d] or [d, C] under the names that heads go by. Momentum files among them are left out.
 *
 * Rows become unit directions. A radius r, to which the published code scales them, is kept by
 * nobody: it shifts the loss by a constant and changes no gradient. Takes the rows themselves,
 * 4·C·d bytes, and one block beside them.
 * @throws StudioError `bad-checkpoint` for files without centres of this dimension, ranks with gaps
 * or twice, and values that are not numbers; what a file throws; `signal`'s reason
 */
export async function readCentreFiles(
  files: readonly TensorFile[],
  { dimension, onProgress, signal }: ReadCentresOptions,
): Promise<CentreFile> {
  const weights = files.filter((file) => !isMomentum(file));
  if (weights.length === 0)
    throw bad(
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
    throw bad(
      parts[0]!.file,
      `It has ${classes.toLocaleString('en')} rows in all; from 2 to ` +
        `${(MAX_BYTES / 4 / dimension).toLocaleString('en')} were expected.`,
      dimension,
    );
  const matrix = new Float32Array(classes * dimension);
  const isZero = new Uint8Array(classes);
  let first = 0;
  for (const part of parts) {
    const rows = matrix.subarray(first * dimension, (first + part.classes) * dimension);
    const zeros = isZero.subarray(first, first + part.classes);
    const before = first;
    await (part.isTransposed ? readColumns : readRows)(
      part,
      rows,
      zeros,
      (done) => onProgress?.(before + done, classes),
      signal,
    );
    first += part.classes;
  }
  const zeroRows = isZero.reduce((sum, zero) => sum + zero, 0);
  if (zeroRows === classes) throw bad(parts[0]!.file, 'All its rows are zeros.', dimension);
  return {
    centres: withoutZeroRows(matrix, isZero, dimension, zeroRows),
    classes,
    dimension,
    parts: parts.map(({ file, classes: rows }) => ({ name: file.name, classes: rows })),
    zeroRows,
    form: formSentence(parts, zeroRows, files.length - weights.length),
  };
}

/** Fills unit rows [C, d] and marks those of zeros. */
type PartReader = (
  part: CentrePart,
  into: Float32Array,
  isZero: Uint8Array,
  onRows: (done: number) => void,
  signal: AbortSignal | undefined,
) => Promise<void>;

const readRows: PartReader = async ({ file, entry, classes }, into, isZero, onRows, signal) => {
  const dimension = entry.shape[1]!;
  const most = Math.max(1, Math.floor(BLOCK / (4 * dimension)));
  for (let row = 0; row < classes; row += most) {
    signal?.throwIfAborted();
    const count = Math.min(most, classes - row);
    into.set(await file.readRows(entry.name, row, count, signal), row * dimension);
    normaliseRows(file, into, isZero, dimension, row, row + count);
    onRows(row + count);
  }
};

const readColumns: PartReader = async ({ file, entry, classes }, into, isZero, onRows, signal) => {
  const dimension = entry.shape[0]!;
  const most = Math.max(1, Math.floor(BLOCK / (4 * classes)));
  for (let column = 0; column < dimension; column += most) {
    signal?.throwIfAborted();
    const count = Math.min(most, dimension - column);
    const block = await file.readRows(entry.name, column, count, signal);
    for (let row = 0; row < classes; row++) {
      for (let i = 0; i < count; i++)
        into[row * dimension + column + i] = block[i * classes + row]!;
    }
    onRows(Math.floor((classes * (column + count)) / dimension));
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
      throw bad(
        file,
        `Its row ${row} holds values that are no finite numbers, such as ` +
          `${rows.subarray(start, end).find((value) => !Number.isFinite(value))}.`,
        dimension,
      );
    if (squared === 0) isZero[row] = 1;
    const scale = squared === 0 ? 0 : 1 / Math.sqrt(squared);
    for (let i = start; i < end; i++) rows[i]! *= scale;
  }
}

/** Closes the gaps in place. */
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

function formSentence(
  parts: readonly CentrePart[],
  zeroRows: number,
  momentumFiles: number,
): string {
  const { form, rank } = parts[0]!;
  const joined =
    parts.length > 1
      ? `, ${parts.length} parts joined by rank`
      : rank === 0
        ? ', rank 0 alone: where there were others, their rows are missing'
        : '';
  const zeros =
    zeroRows > 0
      ? ` ${zeroRows.toLocaleString('en')} ${zeroRows === 1 ? 'row is' : 'rows are'} ` +
        'zeros, the centre of nobody.'
      : '';
  const momentum =
    momentumFiles > 0
      ? ` ${momentumFiles} ${momentumFiles === 1 ? 'file' : 'files'} of momentum left out.`
      : '';
  return `${form[0]!.toUpperCase()}${form.slice(1)}${joined}.${zeros}${momentum}`;
}
