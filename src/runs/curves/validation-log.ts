import type { FileStore } from '../../formats/bytes/file-store';
import type { ValidationResult } from '../../training/session/run-events';
import { AppendedFile } from './appended-file';
import { repairValidations } from './repair';
import {
  decodeValidations,
  encodeValidation,
  validationHeader,
  VALIDATIONS_FILE,
} from './validation-file';

/** The validations of a run that is being trained. */
export class ValidationLog {
  private constructor(
    readonly folder: FileStore,
    readonly file: AppendedFile,
  ) {}

  /** As `CurveLog.open`. */
  static async open(
    folder: FileStore,
    lastStep: number,
    onProblem: (sentence: string) => void,
  ): Promise<ValidationLog> {
    const bytes = await repairValidations(folder, onProblem);
    if (!bytes) await folder.write(VALIDATIONS_FILE, validationHeader);
    const size = bytes ? decodeValidations(bytes).wholeBytes : validationHeader.length;
    const log = new ValidationLog(folder, new AppendedFile(folder, VALIDATIONS_FILE, size));
    await log.cutAfter(lastStep);
    return log;
  }

  /** Adds a validation after the last one. @throws StudioError from the store */
  append(result: ValidationResult, isDurable: boolean): Promise<void> {
    return this.file.append(encodeValidation(result), isDurable);
  }

  /** Drops the validations after this step. @throws StudioError from the store */
  async cutAfter(step: number): Promise<void> {
    const bytes = await this.folder.read(VALIDATIONS_FILE);
    if (!bytes) return;
    const { results, offsets } = decodeValidations(bytes);
    const first = results.findIndex((result) => result.step > step);
    if (first >= 0) await this.file.cut(offsets[first]!);
  }
}
