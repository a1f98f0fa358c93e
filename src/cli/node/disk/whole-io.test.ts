import type { readSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readWhole, writeWhole } from './whole-io';

const bytes = (content: string) => new TextEncoder().encode(content);
const failing = (code: string) => Object.assign(new Error(code), { code });
type Call = (file: number, array: Uint8Array, offset: number, length: number, at: number) => number;

/** A system that takes three bytes at a time, and is interrupted before each. */
function odd(act: Call): Call {
  let calls = 0;
  return (file, array, offset, length, at) => {
    if (calls++ % 2 === 0) throw failing(calls % 4 === 1 ? 'EINTR' : 'EAGAIN');
    return act(file, array, offset, Math.min(3, length), at);
  };
}

describe('bytes in place', () => {
  it('are written whole although the system takes a part at a time', () => {
    const taken: string[] = [];
    const write = odd((_, from, offset, length, at) => {
      taken.push(`${at}:${new TextDecoder().decode(from.subarray(offset, offset + length))}`);
      return length;
    });
    writeWhole(1, bytes('abcdefgh'), 10, 'a.features', write as typeof writeSync);
    expect(taken).toEqual(['10:abc', '13:def', '16:gh']);
  });

  it('are read whole although the system gives a part at a time, and up to the end', () => {
    const file = bytes('0123456789');
    const read = odd((_, into, offset, length, at) => {
      const part = file.subarray(at, at + length);
      into.set(part, offset);
      return part.length;
    });
    const into = new Uint8Array(8);
    expect(readWhole(1, into, 1, 'a', read as typeof readSync)).toBe(8);
    expect(into).toEqual(bytes('12345678'));
    expect(readWhole(1, into, 6, 'a', read as typeof readSync)).toBe(4);
  });

  it.each([
    ['takes nothing more', () => 0, 'storage-full'],
    ['is full', () => failing('ENOSPC'), 'storage-full'],
    ['is read-only', () => failing('EROFS'), 'storage-denied'],
    ['is interrupted without end', () => failing('EINTR'), 'storage-denied'],
  ])('say that the disk %s', (_, found, code) => {
    const write = () => {
      const result = found();
      if (typeof result === 'number') return result;
      throw result;
    };
    expect(() => writeWhole(1, bytes('abc'), 0, 'a.features', write)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('say that the disk failed while they were read', () => {
    const read = () => {
      throw failing('EIO');
    };
    expect(() => readWhole(1, new Uint8Array(1), 0, 'a', read)).toThrow(
      expect.objectContaining({
        code: 'storage-denied',
        message: expect.stringContaining('the disk failed while it was read'),
      }),
    );
  });
});
