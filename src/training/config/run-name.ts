import { hashString } from '../../core/seeded-random';
import type { RunConfig } from './run-config';

/** A short name for a file made from a run: head, seed and a hash of the whole config. */
export function runName(config: RunConfig): string {
  return `scf-${config.head}-${config.seed}-${hashString(JSON.stringify(config)).toString(36)}`;
}
