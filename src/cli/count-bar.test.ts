import { describe, expect, it } from 'vitest';
import { countBar } from './count-bar';

/** A stream that is no terminal, and a clock that the test sets. */
function recorder() {
  const written: string[] = [];
  const clock = { at: 0 };
  const stream = { write: (text: string) => written.push(text) > 0 };
  return { written, clock, options: { stream, now: () => clock.at } };
}

describe('a count on a stream that is no terminal', () => {
  it('is a line every ten seconds, with the rate and the time left, and one at the end', () => {
    const { written, clock, options } = recorder();
    const bar = countBar('pictures', 4800, options);
    for (let second = 1; second <= 48; second++) {
      clock.at = 1000 * second;
      bar.update(100 * second);
    }
    bar.stop();
    expect(written).toEqual([
      'pictures: 1,000 of 4,800 · 100 a second · about 38 s left\n',
      'pictures: 2,000 of 4,800 · 100 a second · about 28 s left\n',
      'pictures: 3,000 of 4,800 · 100 a second · about 18 s left\n',
      'pictures: 4,000 of 4,800 · 100 a second · about 8 s left\n',
      'pictures: 4,800 of 4,800 in 48 s\n',
    ]);
  });

  it('counts the rate from the first update on, since some may be done already', () => {
    const { written, clock, options } = recorder();
    const bar = countBar('packing', undefined, options);
    clock.at = 1000;
    bar.update(50_000);
    clock.at = 11_000;
    bar.update(50_250);
    expect(written).toEqual(['packing: 50,250 · 25 a second\n']);
  });

  it('prints nothing for a task shorter than an interval', () => {
    const { written, clock, options } = recorder();
    const bar = countBar('pictures', 10, options);
    for (clock.at = 0; clock.at < 9000; clock.at += 1000) bar.update(clock.at / 1000);
    bar.stop();
    expect(written).toEqual([]);
  });
});
