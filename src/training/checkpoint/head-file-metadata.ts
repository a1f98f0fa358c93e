import * as v from 'valibot';
import type { Calibration } from '../../confidence/confidence-method';
import {
  fittedText,
  misfitWords,
  number,
  object,
  wholeNumber,
  type Schema,
} from '../../core/schema/schema';
import { refusal } from '../../core/schema/stored-form';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import type { Backbone } from '../../models/backbones/backbone';
import type { HeadCollapse, ValidationResult } from '../session/run-events';
import type { RunConfig } from '../config/run-config';
import { sharedConfig } from '../config/shared-config';
import { configToStore, storedConfig } from '../config/stored-config';
import { badFile } from '../step/fill-arrays';

/** How a head was made. */
export interface HeadOrigins {
  readonly config: RunConfig;
  readonly backbone: Pick<Backbone, 'name' | 'hash'>;
  readonly step: number;
  readonly validation: ValidationResult | null;
  readonly collapse: HeadCollapse | null;
  readonly calibration: Calibration | null;
}

/**
 * The text metadata of a head's safetensors file: config, backbone, step, and so on. `open-head.ts`
 * reads them again. What the head gives for its validation pictures is in the same file, see
 * `readings-in-file.ts`.
 */
export function headFileMetadata(origins: HeadOrigins): Record<string, string> {
  const { config, backbone, step, validation, collapse, calibration } = origins;
  const metadata: Record<string, string> = {
    config: JSON.stringify(configToStore(sharedConfig(config))),
    seed: String(config.seed),
    backbone: backbone.name,
    backboneHash: backbone.hash,
    step: String(step),
  };
  if (validation) {
    const { loss, spearman, spearmanClean, images, identities } = validation;
    const figures = { loss, spearman, spearmanClean, images, identities };
    metadata.validation = JSON.stringify(figures);
  }
  if (collapse) metadata.collapse = collapse.message;
  if (calibration) metadata.calibration = JSON.stringify(calibration);
  return metadata;
}

/** What a head's file says of how the head was made. */
export interface HeadMetadata {
  readonly config: RunConfig;
  readonly backboneHash: string | null;
  readonly step: number | null;
  readonly calibration: Calibration | null;
  readonly collapse: string | null;
}

const positive = v.pipe(number, v.gtValue(0, 'a number above 0'));
const storedCalibration: Schema<Calibration> = object({ scale: positive, power: positive });

/**
 * Reads what {@link headFileMetadata} of any version wrote; null if the file names no settings.
 * @throws StudioError `bad-checkpoint`; `later-version` as `parseHeader`
 */
export function readHeadMetadata(file: TensorFile): HeadMetadata | null {
  const { config, backboneHash, step, calibration, collapse } = file.metadata;
  if (config === undefined || config === '') return null;
  const steps = v.safeParse(wholeNumber, /^\d+$/.test(step ?? '') ? Number(step) : null);
  return {
    config: fittedText(storedConfig, config, (misfit) =>
      refusal(
        misfit,
        badFile(file, `What it says of itself can't be read (${misfitWords(misfit)}).`),
      ),
    ),
    backboneHash: backboneHash ?? null,
    step: steps.success ? steps.output : null,
    calibration:
      calibration === undefined
        ? null
        : fittedText(storedCalibration, calibration, () => badCalibration(file, calibration)),
    collapse: collapse ?? null,
  };
}

const badCalibration = (file: TensorFile, found: string) =>
  badFile(
    file,
    `Its calibration is ${found.slice(0, 60)}; two positive numbers, "scale" and "power", ` +
      'were expected.',
  );
