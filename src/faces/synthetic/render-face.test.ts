import { describe, expect, it } from 'vitest';
import { pristine } from '../face-record';
import { renderFace } from './render-face';
import { identityFrom } from './face-identity';
import { captureFrom } from './face-capture';

describe('synthetic faces', () => {
  it('depend only on the seed', () => {
    const draw = (seed: number) => renderFace(identityFrom(seed, 3), captureFrom(seed, 3, 1));
    expect(draw(5).data).toEqual(draw(5).data);
    expect(draw(5).data).not.toEqual(draw(6).data);
    expect(draw(5)).toMatchObject({ width: 112, height: 112 });
  });

  it('differ from person to person', () => {
    const people = Array.from({ length: 50 }, (_, i) => JSON.stringify(identityFrom(1, i)));
    expect(new Set(people).size).toBe(50);
    const capture = captureFrom(1, 0, 0);
    const [one, other] = [0, 1].map((i) => renderFace(identityFrom(1, i), capture).data);
    const apart =
      one!.reduce((sum, value, i) => sum + Math.abs(value - other![i]!), 0) / one!.length;
    expect(apart).toBeGreaterThan(10);
  });

  it('have pixels of every brightness at any size', () => {
    const { data } = renderFace(identityFrom(2, 0), captureFrom(2, 0, 0), 64);
    expect(data).toHaveLength(64 * 64 * 3);
    expect(Math.max(...data) - Math.min(...data)).toBeGreaterThan(100);
  });

  it('are pristine in about nine of twenty cases, with levels from 0 to 1', () => {
    const levels = Array.from({ length: 1000 }, (_, copy) => captureFrom(9, 0, copy).degradation);
    const clean = levels.filter((each) => each === pristine).length;
    expect(clean).toBeGreaterThan(400);
    expect(clean).toBeLessThan(500);
    for (const level of levels.flatMap((each) => Object.values(each) as number[]))
      expect(level >= 0 && level <= 1).toBe(true);
  });
});
