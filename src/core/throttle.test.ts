import { expect, it } from 'vitest';
import { Throttle } from './throttle';

it('a throttle is due at first, and then again when its interval is over', () => {
  let now = 5;
  const throttle = new Throttle(100, () => now);
  expect(throttle.isDue).toBe(true);
  throttle.restart();
  expect(throttle.isDue).toBe(false);
  now = 104;
  expect(throttle.isDue).toBe(false);
  now = 105;
  expect(throttle.isDue).toBe(true);
});
