import { describe, expect, it } from 'vitest';
import { leastSure, mostMistaken, partnerOf, validatedFaces } from './pick-faces';

/** Twenty pictures of five people; every fifth is a degraded copy. */
const count = 20;
const kappa = Float32Array.from({ length: count }, (_, i) => 100 + ((i * 7) % count));
const cosTheta = Float32Array.from({ length: count }, (_, i) => i / count);
const heldOut = {
  labels: Int32Array.from({ length: count }, (_, i) => i % 5),
  places: Int32Array.from({ length: count }, (_, i) => 100 + i),
  copies: Int32Array.from({ length: count }, (_, i) => (i % 5 === 4 ? 1 : 0)),
};
const faces = validatedFaces({ kappa, cosTheta }, heldOut)!;

describe('the faces of a validation', () => {
  it('can be shown if their places are known, and are of this validation', () => {
    expect(faces[3]).toEqual({
      ...{ index: 3, label: 3, place: 103, copy: 0, kappa: 101 },
      cosTheta: expect.closeTo(0.15),
    });
    expect(validatedFaces({ kappa, cosTheta }, null)).toBeNull();
    expect(validatedFaces({ kappa, cosTheta }, { ...heldOut, places: null })).toBeNull();
    expect(validatedFaces({ kappa: kappa.slice(1), cosTheta }, heldOut)).toBeNull();
  });

  it('are least sure by κ, copies apart', () => {
    const least = leastSure(faces);
    expect(least.map(({ kappa: each }) => each)).toEqual([100, 101, 102, 104, 105, 106]);
    expect(least.every(({ copy }) => copy === 0)).toBe(true);
  });

  it('are most mistaken where they are far from their person and κ is high', () => {
    // Of sixteen originals a tenth is two, the ones with the lowest cos θ.
    expect(mostMistaken(faces).map(({ index }) => index)).toEqual([1, 0]);
  });

  it('are compared with the surest other picture of their person', () => {
    const partner = partnerOf(faces[0]!, faces)!;
    expect([partner.label, partner.index]).toEqual([0, 5]);
    expect(partnerOf(faces[4]!, faces)).toBeNull();
  });
});
