import { describe, expect, it } from 'vitest';
import { ascii, refusalOf, valueOf } from '../../../test/fixtures/pickle-text';
import { unpickle } from './pickle';

describe('a damaged pickle', () => {
  // {'n': 7, 'm': 513, 'f': 1.5, 'b': b'\x01\x02', 't': 'abc'}, by protocol 2 and 3's opcodes.
  const sound = ascii(
    '\x80\x03}(U\x01nK\x07U\x01mM\x01\x02U\x01fG\x3f\xf8\x00\x00\x00\x00\x00\x00' +
      'U\x01bC\x02\x01\x02U\x01tX\x03\x00\x00\x00abcu.',
  );
  const values = { n: 7, m: 513, f: 1.5, b: Uint8Array.of(1, 2), t: 'abc' };
  const changedAt = (at: number, byte: number) => sound.with(at, byte);

  it('is what it should be while it is sound', () => {
    expect(valueOf(sound)).toEqual(new Map(Object.entries(values)));
  });

  // What a changed byte at a place makes of one value, worked out here and not by the unpickler.
  const float = (at: number, byte: number) =>
    new DataView(Uint8Array.of(0x3f, 0xf8, 0, 0, 0, 0, 0, 0).with(at, byte).buffer).getFloat64(0);
  const operands: readonly (readonly [at: number, (byte: number) => object])[] = [
    [8, (byte) => ({ n: byte })],
    [13, (byte) => ({ m: byte + 512 })],
    [14, (byte) => ({ m: 256 * byte + 1 })],
    [19, (byte) => ({ f: float(0, byte) })],
    [26, (byte) => ({ f: float(7, byte) })],
    [32, (byte) => ({ b: Uint8Array.of(byte, 2) })],
    [33, (byte) => ({ b: Uint8Array.of(1, byte) })],
  ];
  it.each(operands)('is still read, whatever number stands at byte %d', (at, changed) => {
    for (let byte = 0; byte < 256; byte++) {
      const expected = { ...values, ...changed(byte) };
      expect(valueOf(changedAt(at, byte)), `0x${byte.toString(16)}`).toEqual(
        new Map(Object.entries(expected)),
      );
    }
  });

  it('is still read where a letter of a text changes, and refused where that is no UTF-8', () => {
    for (let byte = 0; byte < 256; byte++) {
      const damaged = changedAt(43, byte);
      if (byte < 128) {
        const expected = { ...values, t: `a${String.fromCharCode(byte)}c` };
        expect(valueOf(damaged)).toEqual(new Map(Object.entries(expected)));
      } else expect(refusalOf(damaged)).toContain('at byte 37 a text that is not UTF-8');
    }
  });

  it('is still read with anything behind its STOP', () => {
    for (const extra of ['\x00', '.', 'cos\nsystem\n.']) {
      expect(unpickle(Uint8Array.of(...sound, ...ascii(extra)))).toEqual({
        value: new Map(Object.entries(values)),
        end: sound.length,
      });
    }
  });

  it('is refused where it is cut anywhere, at the opcode that it breaks off in', () => {
    /** Where each opcode begins. */
    const opcodes = [0, 2, 3, 4, 7, 9, 12, 15, 18, 27, 30, 34, 37, 45, 46];
    for (let length = 0; length < sound.length; length++) {
      const at = opcodes.findLast((begin) => begin <= length)!;
      const begins = at === length;
      const message = refusalOf(sound.slice(0, length));
      expect(message).toContain(`at byte ${at} `);
      if (begins) expect(message).toContain('its end, where more was expected');
    }
  });

  it.each([
    [1, 6, 'at byte 0 protocol 6'],
    [2, 0xff, 'at byte 2 opcode 0xff'],
    [3, 0x4e, 'at byte 45 no mark'],
    [31, 3, 'at byte 35 opcode 0x01'],
    [38, 200, 'at byte 37 a value of 200 bytes, where 5 are left'],
    [45, 0x65, 'at byte 45 items for something that is no list'],
    [46, 0x4e, 'at byte 47 its end'],
  ])('is refused with byte %d changed to %d', (at, byte, found) => {
    expect(refusalOf(changedAt(at, byte))).toContain(found);
  });
});
