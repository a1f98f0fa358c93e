import { describe, expect, it } from 'vitest';
import { readPicture } from '../../../../test/fixtures/read-picture';
import { described } from './face-text';

const scf = { method: 'scf' } as const;

describe('described', () => {
  it('says which face was used, its place, size and rotation', () => {
    const box = { left: 20.4, top: 30.6, width: 96.2, height: 118.8, score: 0.99 };
    const of = (faces: number, turned: 0 | 90) => ({ face: { box, points: [], turned }, faces });
    const picture = readPicture('x/a.jpg', 7);
    expect(described({ ...picture, found: of(1, 0) }, scf)).toBe(
      'a.jpg: κ 7.000, ‖embedding‖ 1.00; the only face, 96 × 119 pixels at (20, 31)',
    );
    expect(described({ ...picture, found: of(2, 90) }, scf)).toContain(
      'the main one of 2 faces, 96 × 119 pixels at (20, 31); it lay on its side, and was ' +
        'turned 90° clockwise',
    );
    expect(described(picture, scf)).toContain('taken as an aligned crop');
  });

  it('gives κ a place among validation pictures where the head says how it is spread', () => {
    const placed = { ...readPicture('a.jpg', 812.34), percentile: 71.4, quality: 48 };
    expect(described(placed, scf)).toContain('a.jpg: κ 812.3 (percentile 71, quality 48), ‖');
    expect(described({ ...placed, quality: null }, { method: 'scf-g' })).toContain(
      '1/σ² 812.3 (percentile 71), ‖',
    );
    expect(described(readPicture('a.jpg'), null)).toMatch(/^a\.jpg: ‖embedding‖/);
  });
});
