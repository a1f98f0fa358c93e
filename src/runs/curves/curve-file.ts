import { StudioError } from '../../core/studio-error';
import { crc32 } from '../../formats/bytes/crc32';
import { joinedBytes } from '../../formats/bytes/joined-bytes';
import type { StepMetrics } from '../../training/session/run-events';
import { curveNames, type CurveColumns } from '../curve-columns';

/** Name of the file in a run's folder. */
export const CURVES_FILE = 'curves.bin';

const FORMAT = 'scf-curves-1';
/** A header of a hundred columns is shorter. */
const MAX_HEADER_BYTES = 4096;

/** What a curve file holds. */
export interface DecodedCurves {
  /** The file's own columns, in their order; of another version there may be others. */
  readonly names: readonly string[];
  /** The sound rows, in order of steps. Columns that the file doesn't have are NaN. */
  readonly columns: CurveColumns;
  /** Rows whose checksum is wrong, or whose step isn't after the one before: they are left out. */
  readonly damagedRows: number;
  /** Bytes up to the end of the last whole row: what follows was cut off while it was written. */
  readonly wholeBytes: number;
}

/**
 * The file's first line: its format, a checksum of what follows, and the columns. It is padded to
 * whole rows of eight bytes, so that the numbers behind it are aligned.
 */
export function encodeCurveHeader(names: readonly string[] = curveNames): Uint8Array {
  const list = names.join(',');
  const text = `${FORMAT} ${checksumOf(list)} ${list}`;
  return new TextEncoder().encode(text.padEnd(8 * Math.ceil((text.length + 1) / 8) - 1) + '\n');
}

/**
 * Rows to append to a file with these columns: float64, little-endian, and the CRC-32 of the row's
 * other bytes as one number more. (float64 and not float32: steps above 16,777,216, bytes on the
 * GPU and the loss stay what they were, so that a reloaded run is exported as it was trained. A
 * step takes 128 bytes.)
 */
export function encodeCurveRows(
  metrics: readonly StepMetrics[],
  names: readonly string[] = curveNames,
): Uint8Array {
  const width = rowBytes(names);
  const bytes = new Uint8Array(metrics.length * width);
  const view = new DataView(bytes.buffer);
  metrics.forEach((step, row) => {
    const start = row * width;
    const figures: Readonly<Record<string, number>> = { ...step };
    names.forEach((name, at) => view.setFloat64(start + 8 * at, figures[name] ?? NaN, true));
    const end = start + width - 8;
    view.setFloat64(end, crc32(bytes.subarray(start, end)), true);
  });
  return bytes;
}

/** A whole file of some rows. */
export function encodeCurves(
  metrics: readonly StepMetrics[],
  names: readonly string[] = curveNames,
): Uint8Array {
  return joinedBytes([encodeCurveHeader(names), encodeCurveRows(metrics, names)]);
}

/**
 * Reads a curve file. A row that was cut off at the end is not an error.
 * @throws StudioError `bad-checkpoint` if its first line is damaged, or that of another format
 */
export function decodeCurves(bytes: Uint8Array): DecodedCurves {
  const { names, length } = parseHeader(bytes);
  const width = rowBytes(names);
  const wholeRows = Math.floor((bytes.length - length) / width);
  const wholeBytes = length + wholeRows * width;
  const view = new DataView(bytes.buffer, bytes.byteOffset, wholeBytes);
  const stepAt = 8 * names.indexOf('step');
  const sound: number[] = [];
  let last = 0;
  for (let start = length; start < wholeBytes; start += width) {
    const end = start + width - 8;
    const step = view.getFloat64(start + stepAt, true);
    if (view.getFloat64(end, true) !== crc32(bytes.subarray(start, end)) || !(step > last))
      continue;
    last = step;
    sound.push(start);
  }
  const columns = Object.fromEntries(
    curveNames.map((name) => {
      const at = 8 * names.indexOf(name);
      const figures = Float64Array.from(sound, (start) =>
        at < 0 ? NaN : view.getFloat64(start + at, true),
      );
      return [name, figures];
    }),
  ) as CurveColumns;
  return { names, columns, damagedRows: wholeRows - sound.length, wholeBytes };
}

/** The rows of columns up to a step, as the steps that they were made of. */
export function stepsOf(columns: CurveColumns, lastStep = Infinity): StepMetrics[] {
  const rows = rowsUpTo(columns, lastStep);
  return Array.from(
    { length: rows },
    (_, row) =>
      Object.fromEntries(
        curveNames.map((name) => [name, columns[name][row]!]),
      ) as unknown as StepMetrics,
  );
}

/** The rows of columns up to a step. */
export function columnsUpTo(columns: CurveColumns, lastStep: number): CurveColumns {
  const rows = rowsUpTo(columns, lastStep);
  const cut = curveNames.map((name) => [name, columns[name].subarray(0, rows)]);
  return Object.fromEntries(cut) as CurveColumns;
}

/** How many rows are of a step up to `lastStep`. */
export function rowsUpTo({ step }: CurveColumns, lastStep: number): number {
  let rows = step.length;
  while (rows > 0 && step[rows - 1]! > lastStep) rows--;
  return rows;
}

/** Bytes of one row of these columns. */
export const rowBytes = (names: readonly string[]): number => 8 * (names.length + 1);

function parseHeader(bytes: Uint8Array): { names: readonly string[]; length: number } {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a);
  const line = new TextDecoder().decode(bytes.subarray(0, Math.max(0, end))).trimEnd();
  const [format, checksum, list = ''] = line.split(' ');
  const names = list.split(',');
  if (format !== FORMAT || checksum !== checksumOf(list) || !names.includes('step'))
    throw new StudioError(
      'bad-checkpoint',
      `Its curves begin with "${line.slice(0, 40)}"; ${FORMAT} and a list of columns was expected.`,
      'The rest of the run can be used.',
    );
  return { names, length: end + 1 };
}

const checksumOf = (list: string): string =>
  crc32(new TextEncoder().encode(list)).toString(16).padStart(8, '0');
