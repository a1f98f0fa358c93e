import { seededRandom } from '../core/seeded-random';

/**
 * Whether an identity is held out for validation. Depends only on (seed, label), so every pass
 * agrees.
 */
export function isValidationIdentity(label: number, seed: number, fraction: number): boolean {
  return seededRandom(seed, 0x73706c69, label).next() < fraction;
}
