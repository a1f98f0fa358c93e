import { confidenceSymbols } from '../../confidence/methods';
import type { Hue } from '../../evaluation/curve-styles';
import type { ValidationResult } from '../../training/session/run-events';
import type { CurveColumns } from '../curve-columns';
import type { RunManifest } from '../run-manifest';

/** A kept run as a report shows it. */
export interface ReportedRun {
  readonly manifest: RunManifest;
  readonly curves: CurveColumns;
  /** In order of steps. */
  readonly validations: readonly ValidationResult[];
}

/** The runs that one report compares, at most. */
export const MAX_REPORTED_RUNS = 4;

/** How the curves of the runs of a report are told apart, in their order. */
export const runStyles: readonly { readonly hue: Hue; readonly dash?: string }[] = [
  { hue: 'indigo' },
  { hue: 'orange', dash: '7 3' },
  { hue: 'teal', dash: '2 3' },
  { hue: 'grape', dash: '9 3 2 3' },
];

/** The symbol of a run's confidence: κ or 1/σ². */
export const symbolOf = ({ manifest }: ReportedRun): string =>
  confidenceSymbols[manifest.config.method];

/** The figures of its last validation; undefined before the first. */
export const lastValidation = ({ validations }: ReportedRun): ValidationResult | undefined =>
  validations.at(-1);
