import { describe, expect, it } from 'vitest';
import { spearman } from '../../evaluation/spearman';
import { seededRandom } from '../../core/seeded-random';
import { collapseOf } from './head-collapse';
import type { ValidationResult } from './run-events';

/** A validation of 200 pictures whose κ follows cos θ, with `changes`. */
function validation(changes: Partial<ValidationResult> = {}): ValidationResult {
  const random = seededRandom(4);
  const cosTheta = Float32Array.from({ length: 200 }, () => 0.5 + 0.4 * random.next());
  const kappa =
    changes.kappa ?? cosTheta.map((cosine) => 400 + 900 * cosine + 100 * random.normal());
  return {
    step: 60,
    epoch: 1,
    method: 'scf',
    objective: 'exact',
    loss: 870,
    spearman: spearman(kappa, cosTheta) ?? null,
    spearmanInterval: null,
    spearmanClean: spearman(kappa, cosTheta) ?? null,
    images: kappa.length,
    identities: 20,
    kappa,
    cosTheta,
    severity: new Float32Array(200).fill(NaN),
    ...changes,
  };
}

const first = { loss: 880, step: 30 };
const filled = (value: number) => new Float32Array(200).fill(value);

describe('a collapsed head', () => {
  it('is not found if κ follows cos θ, even a little', () => {
    expect(collapseOf(validation(), null)).toBeNull();
    expect(collapseOf(validation({ spearman: 0.2 }), first)).toBeNull();
    // With a small learning rate the loss stays where it is, and the head is still a good one.
    expect(collapseOf(validation({ loss: 880 }), first)).toBeNull();
  });

  it.each([
    ['SFace’s at the preset’s rate: κ = 0 for every picture', filled(1e-6), 'at-bound'],
    ['κ that grew without bound', filled(3e9), 'at-bound'],
    ['one κ for all', filled(612), 'constant'],
    ['κ that is not a number', filled(NaN), 'not-finite'],
    ['κ that is infinite', filled(Infinity), 'not-finite'],
  ] as const)('is found: %s', (_, kappa, kind) => {
    const found = collapseOf(validation({ kappa }), null)!;
    expect(found.kind).toBe(kind);
    expect(found.message).toMatch(/^The head has not learnt to tell pictures apart: .+\.$/);
    expect(found.nextStep).toMatch(/\.$/);
  });

  it('is found if ρ is no higher than chance, given enough pictures', () => {
    expect(collapseOf(validation({ spearman: -0.27 }), first)?.kind).toBe('chance');
    expect(collapseOf(validation({ spearman: 0.1 }), first)?.kind).toBe('chance');
    expect(collapseOf(validation({ spearman: 0.1, images: 12 }), first)).toBeNull();
    expect(collapseOf(validation({ spearman: null, images: 12, loss: 880 }), first)?.kind).toBe(
      'unmoved',
    );
  });

  it('is not found at the end of a run, when the loss has moved before it stays', () => {
    const few = { spearman: 0.8, images: 4, loss: 1269.844 };
    expect(collapseOf(validation(few), { loss: 1310, step: 30 })).toBeNull();
    expect(collapseOf(validation(few), null)).toBeNull();
  });
});
