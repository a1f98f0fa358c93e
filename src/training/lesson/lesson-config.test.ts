import { describe, expect, it } from 'vitest';
import { lessonDefaults, lessonRate, resolveLessonConfig } from './lesson-config';

describe("a lesson's settings", () => {
  it('have defaults', () => {
    expect(resolveLessonConfig({})).toEqual(lessonDefaults);
    expect(resolveLessonConfig({ loss: 'cosface', margin: 0.35 })).toEqual({
      ...lessonDefaults,
      loss: 'cosface',
      margin: 0.35,
    });
  });

  it.each([
    [{ epochs: 0 }, '"epochs" is 0; it takes a whole number from 1 to 1000'],
    [{ batchSize: 1.5 }, '"batchSize" is 1.5'],
    [{ learningRate: NaN }, '"learningRate" is NaN'],
    [{ scale: '32' }, '"scale" is "32"'],
    [{ loss: 'softmax' }, '"loss" is "softmax"; it takes one of arcface, cosface'],
    [{ schedule: null }, '"schedule" is null'],
    [{ flip: 1 }, '"flip" is 1; it takes true or false'],
    [{ shards: ' ' }, '"shards" is " "'],
    [{ constructor: 1 }, '"constructor" is not a setting'],
  ])('are refused if invalid: %o', (partial, message) => {
    expect(() => resolveLessonConfig(partial)).toThrow(
      expect.objectContaining({ code: 'bad-config', message: expect.stringContaining(message) }),
    );
  });
});

describe('its learning rate', () => {
  it('rises over thirty steps and falls to 0 along a cosine', () => {
    const at = (step: number) => lessonRate({ learningRate: 1, schedule: 'cosine' }, step, 1000);
    expect([at(0), at(14)].map((rate) => rate.toFixed(3))).toEqual(['0.033', '0.500']);
    expect(at(500)).toBeCloseTo(0.5, 12);
    expect(at(250)).toBeCloseTo((1 + Math.SQRT1_2) / 2, 12);
    expect(at(999)).toBeLessThan(1e-5);
    expect(at(999)).toBeGreaterThan(0);
  });

  it('stays constant if asked to, and rises faster in a short lesson', () => {
    const rates = [0, 1, 2, 19].map((step) =>
      lessonRate({ learningRate: 2, schedule: 'constant' }, step, 20),
    );
    expect(rates).toEqual([1, 2, 2, 2]);
    expect(lessonRate({ learningRate: 2, schedule: 'constant' }, 0, 1)).toBe(2);
  });
});
