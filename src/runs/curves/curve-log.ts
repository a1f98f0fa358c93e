import type { FileStore } from '../../formats/bytes/file-store';
import type { StepMetrics } from '../../training/session/run-events';
import { curveNames } from '../curve-columns';
import { AppendedFile } from './appended-file';
import {
  CURVES_FILE,
  decodeCurves,
  encodeCurveHeader,
  encodeCurveRows,
  encodeCurves,
  rowBytes,
  rowsUpTo,
  stepsOf,
} from './curve-file';
import { repairCurves } from './repair';

/** The curves of a run that is being trained. */
export class CurveLog {
  private constructor(
    readonly folder: FileStore,
    readonly file: AppendedFile,
    /** The columns of the file, in their order. */
    readonly names: readonly string[],
  ) {}

  /**
   * Opens the curves of a run to go on from a step: what was recorded after it is dropped. Makes
   * the file if there is none. A damaged one is set aside, and goes on from what is sound in it.
   * @param onProblem called with a sentence of what was damaged
   * @throws StudioError from the store
   */
  static async open(
    folder: FileStore,
    lastStep: number,
    onProblem: (sentence: string) => void,
  ): Promise<CurveLog> {
    const bytes = await repairCurves(folder, onProblem);
    if (bytes) {
      const { names, columns, wholeBytes } = decodeCurves(bytes);
      if (curveNames.every((name) => names.includes(name))) {
        const file = new AppendedFile(folder, CURVES_FILE, wholeBytes);
        const log = new CurveLog(folder, file, names);
        await file.cut(log.#bytesOf(rowsUpTo(columns, lastStep)));
        return log;
      }
      // A file of an older version gets the columns that it hasn't.
      return CurveLog.#create(folder, stepsOf(columns, lastStep));
    }
    return CurveLog.#create(folder, []);
  }

  static async #create(folder: FileStore, steps: readonly StepMetrics[]): Promise<CurveLog> {
    const bytes = encodeCurves(steps);
    await folder.write(CURVES_FILE, bytes);
    return new CurveLog(folder, new AppendedFile(folder, CURVES_FILE, bytes.length), curveNames);
  }

  /** Adds steps that follow those in the file. @throws StudioError from the store */
  append(metrics: readonly StepMetrics[], isDurable: boolean): Promise<void> {
    return this.file.append(encodeCurveRows(metrics, this.names), isDurable);
  }

  /** Drops the steps after this one. @throws StudioError from the store */
  async cutAfter(step: number): Promise<void> {
    const bytes = await this.folder.read(CURVES_FILE);
    if (bytes) await this.file.cut(this.#bytesOf(rowsUpTo(decodeCurves(bytes).columns, step)));
  }

  #bytesOf(rows: number): number {
    return encodeCurveHeader(this.names).length + rows * rowBytes(this.names);
  }
}
