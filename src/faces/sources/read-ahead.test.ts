import { describe, expect, it } from 'vitest';
import { readAhead } from './read-ahead';

/** Numbers from 0; records how many were requested and whether the stream was closed. */
function counter(last: number, fail?: number) {
  const seen = { made: 0, closed: false };
  async function* numbers() {
    try {
      for (let i = 0; i < last; i++) {
        seen.made++;
        if (i === fail) throw new Error('broken');
        yield i;
      }
    } finally {
      seen.closed = true;
    }
  }
  return { seen, numbers: numbers() };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('reading ahead', () => {
  it('yields every item once, in order', async () => {
    const got: number[] = [];
    for await (const value of readAhead(counter(20).numbers, 3)) got.push(value);
    expect(got).toEqual([...Array(20).keys()]);
  });

  it('reads no further ahead than its size while the consumer is busy', async () => {
    const { seen, numbers } = counter(100);
    const reader = readAhead(numbers, 2);
    await reader.next();
    await settled();
    expect(seen.made).toBe(3);
    await reader.return(undefined);
  });

  it('throws an error after the items before it', async () => {
    const got: number[] = [];
    const reading = (async () => {
      for await (const value of readAhead(counter(10, 4).numbers, 3)) got.push(value);
    })();
    await expect(reading).rejects.toThrow('broken');
    expect(got).toEqual([0, 1, 2, 3]);
  });

  it('closes the stream when the consumer stops early', async () => {
    const { seen, numbers } = counter(100);
    for await (const value of readAhead(numbers, 2)) if (value === 3) break;
    expect(seen.closed).toBe(true);
  });
});
