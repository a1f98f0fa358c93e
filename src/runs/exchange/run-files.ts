import { CHECKPOINT_FILE } from '../../training/checkpoint/checkpoint-writer';
import { CENTRES_FILE, VALIDATION_FILE } from '../../training/data/run-data';
import { CURVES_FILE } from '../curves/curve-file';
import { VALIDATIONS_FILE } from '../curves/validation-file';
import { HEAD_FILE } from '../kept-run';
import { MANIFEST_FILE } from '../manifest/manifest-file';

/** The end of an exported run's name: a zip of these files. */
export const RUN_FILE_END = '.scfrun';

/**
 * The files of a run that it can be exported with; the manifest first. What can be made again, and
 * the checkpoint before the last, stay behind.
 */
export const exchangedFiles = [
  MANIFEST_FILE,
  CURVES_FILE,
  VALIDATIONS_FILE,
  HEAD_FILE,
  CHECKPOINT_FILE,
  CENTRES_FILE,
  VALIDATION_FILE,
] as const;
export type ExchangedFile = (typeof exchangedFiles)[number];
