import type { ByteSource } from '../formats/bytes/byte-source';
import type { FileStore } from '../formats/bytes/file-store';
import type { ValidationResult } from '../training/session/run-events';
import { curveNames, type CurveColumns } from './curve-columns';
import { decodeCurves } from './curves/curve-file';
import { repairCurves, repairValidations } from './curves/repair';
import { decodeValidations } from './curves/validation-file';
import type { RunManifest } from './run-manifest';

/** Name of the file in a run's folder. */
export const HEAD_FILE = 'head.safetensors';

/** A run of a library, as it was when it was opened. */
export class KeptRun {
  /**
   * @param folder where its files are; a session that trains it gets `RunRecorder.folder`
   * @param onProblem called with a sentence about what is damaged, once
   */
  constructor(
    readonly manifest: RunManifest,
    readonly folder: FileStore,
    readonly onProblem: (sentence: string) => void,
  ) {}

  get id(): string {
    return this.manifest.id;
  }

  /**
   * All its steps; empty before the first. What is damaged of them is left out and set aside.
   * @throws StudioError `storage-denied`
   */
  async curves(): Promise<CurveColumns> {
    const bytes = await repairCurves(this.folder, this.onProblem);
    return bytes ? decodeCurves(bytes).columns : noCurves();
  }

  /** All its validations, in order of steps; otherwise as {@link curves}. */
  async validations(): Promise<readonly ValidationResult[]> {
    const bytes = await repairValidations(this.folder, this.onProblem);
    return bytes ? decodeValidations(bytes).results : [];
  }

  /** The file of its head, as last validated; null if it has none. @throws `storage-denied` */
  head(): Promise<ByteSource | null> {
    return this.folder.open(HEAD_FILE);
  }
}

function noCurves(): CurveColumns {
  return Object.fromEntries(
    curveNames.map((name) => [name, new Float64Array()]),
  ) as unknown as CurveColumns;
}
