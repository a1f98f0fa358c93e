import type { Calibration } from '../../confidence/confidence-method';
import type { Backbone } from '../../models/backbones/backbone';
import type { HeadCollapse, ValidationResult } from '../session/run-events';
import type { RunConfig } from '../config/run-config';
import { sharedConfig } from '../config/shared-config';

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
    config: JSON.stringify(sharedConfig(config)),
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
