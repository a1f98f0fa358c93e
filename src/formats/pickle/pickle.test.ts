import { describe, expect, it } from 'vitest';
import { numpyGlobals } from './numpy-pickle';
import { unpickle, type Unpickled } from './pickle';
import { PickledObject } from './pickle-objects';
import { ascii, refusalOf, valueOf } from '../../../test/fixtures/pickle-text';
import { seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';

describe('an unpickler', () => {
  it.each<[string, unknown]>([
    ['N.', null],
    ['\x88.', true],
    ['I00\n.', false],
    ['I-12\n.', -12],
    ['L123456789012345678901L\n.', 123456789012345678901n],
    ['J\xfe\xff\xff\xff.', -2],
    ['M\xff\xff.', 65535],
    ['\x8a\x00.', 0],
    ['\x8a\x01\xff.', -1],
    ['\x8a\x02\x00\x80.', -32768],
    ['\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00.', 18446744073709551615n],
    // PyTorch's old magic number, and its negative.
    ['\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.', 0x1950a86a20f9469cfc6cn],
    ['\x8b\x0a\x00\x00\x00\x94\x03c\xb9\x06\xdf\x95W\xaf\xe6.', -0x1950a86a20f9469cfc6cn],
    ['F-1.5e3\n.', -1500],
    ['Fnan\n.', NaN],
    ['G\x3f\xf8\x00\x00\x00\x00\x00\x00.', 1.5],
    ['Vgr\\u00fc\\U0001f600\xdf\n.', 'grü😀ß'],
    ['X\x03\x00\x00\x00\xe2\x82\xac.', '€'],
    ["S'\\x00\\\\\\'\\n\\t\\101\"'\n.", Uint8Array.of(0, 92, 39, 10, 9, 65, 34)],
    ['S"it\'s"\n.', ascii("it's")],
    ['T\x02\x00\x00\x00\xff\n.', Uint8Array.of(255, 10)],
    ['c_codecs\nencode\n(V\xff\nVlatin1\ntR.', Uint8Array.of(255)],
    ['c__builtin__\nbytes\n)R.', new Uint8Array()],
    ['\x80\x05\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.', ascii('ab')],
    ['(I1\nI2\nt.', [1, 2]],
    ['K\x01K\x02\x86.', [1, 2]],
    [
      "}(S'a'\nK\x01X\x01\x00\x00\x00bK\x02u.",
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    ],
    ['(K\x01K\x02d.', new Map([[1, 2]])],
    ['\x8f(K\x01K\x02\x90.', new Set([1, 2])],
    ['c__builtin__\nset\n](K\x01K\x02e\x85R.', new Set([1, 2])],
    ['K\x07q\x00K\x08r\x2c\x01\x00\x000h\x00j\x2c\x01\x00\x00\x86.', [7, 8]],
    ['\x8c\x01a\x94K\x02\x94h\x00h\x01\x86.', ['a', 2]],
    ['(K\x01(1K\x0220K\x03t.', [1, 2, 3]],
  ])('reads %j', (pickle, value) => {
    expect(valueOf(pickle)).toEqual(value);
  });

  it('reads a list that holds itself', () => {
    const list = valueOf('(lp0\ng0\na.') as unknown[];
    expect(list).toHaveLength(1);
    expect(list[0]).toBe(list);
  });

  it('returns the end of a pickle, and reads the next from there', () => {
    const bytes = ascii('K\x01.K\x02.');
    const first = unpickle(bytes);
    expect(first).toEqual({ value: 1, end: 3 });
    expect(unpickle(bytes, { offset: first.end })).toEqual({ value: 2, end: 6 });
  });

  it.each([
    ["cos\nsystem\n(S'id'\ntR.", 0, 'the global os.system'],
    ['cbuiltins\neval\n(V1+1\ntR.', 0, 'the global builtins.eval'],
    ['c__builtin__\neval\n(V1\ntR.', 0, 'the global __builtin__.eval'],
    ['\x80\x04\x8c\x05posix\x8c\x06system\x93.', 17, 'the global posix.system'],
    ["(lp0\n(I1\ncos\nsystem\n(S'id'\ntRta.", 9, 'the global os.system'],
    ["(S'id'\nios\nsystem\n.", 7, 'the global os.system'],
    ["(cos\nsystem\nS'id'\no.", 1, 'the global os.system'],
    ['cnumpy\nndarray\n.', 0, 'the global numpy.ndarray'],
    ['ccopy_reg\n_reconstructor\n.', 0, 'the global copy_reg._reconstructor'],
    ['V os\n)R.', 6, 'a call of something that is no global'],
    ['}}b.', 2, 'a state for something that has none'],
    ['c__builtin__\nset\n)}b.', 19, 'a state for something that has none'],
    ['c__builtin__\nset\n)}\x92K\x01b.', 22, 'a state for something that has none'],
    ['c__builtin__\nset\n)}K\x01K\x02s\x92.', 24, 'a call with named arguments'],
    ['\x82\x01.', 0, 'an object by its registered number'],
    ['\x97.', 0, 'a buffer outside the file'],
    ['Pkey\n.', 0, 'a reference to something outside the file'],
    ['K\x01Q.', 2, 'a reference to something outside the file'],
  ])('refuses %j by its name and offset', (pickle, at, found) => {
    expect(refusalOf(pickle, { name: 'x.bin' })).toContain(`x.bin has at byte ${at} ${found}`);
  });

  it.each([
    ['', 'at byte 0 its end, where more was expected'],
    ['K', 'a value of 1 bytes, where 0 are left'],
    ['\xff.', 'opcode 0xff'],
    ['\x80\x06.', 'protocol 6'],
    ['T\xff\xff\xff\xffab.', '4294967295 bytes, where 3 are left'],
    ['T\x04\x00\x00\x00ab.', '4 bytes, where 3 are left'],
    ['\x8e\xff\xff\xff\xff\xff\xff\xff\xffab.', 'where 3 are left'],
    ['\x8d\x00\x00\x00\x00\x00\x00\x00\x80ab.', 'where 3 are left'],
    ['\x95\x09\x00\x00\x00\x00\x00\x00\x00N.', 'a frame of 9 bytes, where 2 are left'],
    ['\x8b\xff\xff\xff\x7f\x01.', 'where 2 are left'],
    ['I1', 'a line without an end'],
    ['Ione\n.', '"one", which is no whole number'],
    ['F1_0\n.', 'which is no number'],
    ["S'open\n.", 'a string without its quotes'],
    ["S'\\q'\n.", 'a string with an unknown escape'],
    ["S'\\x4'\n.", 'a string with an unknown escape'],
    ['X\x01\x00\x00\x00\xff.', 'a text that is not UTF-8'],
    ['V\\Uffffffff\n.', 'beyond U+10FFFF'],
    ['0.', 'no mark'],
    ['.', 'an empty stack'],
    ['K\x01(.', 'an empty stack'],
    ['K\x01(\x85.', 'too few values on the stack'],
    ['K\x01t.', 'no mark'],
    ['h\x05.', 'remembered value 5, which was never put'],
    ['K\x01p-1\n.', 'memo place -1'],
    ['K\x01K\x02a.', 'items for something that is no list'],
    [')K\x02a.', 'items for something that is no list'],
    ['K\x01K\x02K\x03s.', 'items for something that is no dict'],
    ['}(K\x01u.', 'a key without a value'],
    ['](K\x01\x90.', 'items for something that is no set'],
    ['c_codecs\nencode\n(V\\u0100\nVlatin1\ntR.', 'for a byte string'],
    ['c_codecs\nencode\n(Va\nVutf-8\ntR.', 'encoded otherwise'],
    ['c_codecs\nencode\nNR.', 'that are no tuple'],
  ])('says what is wrong with %j', (pickle, found) => {
    expect(refusalOf(pickle)).toContain(found);
  });

  it('refuses more than its limits for marks, stack, memo and decimals', () => {
    expect(refusalOf(`L${'9'.repeat(6000)}L\n.`)).toContain('which is no whole number');
    expect(refusalOf(new Uint8Array(2000).fill(0x28))).toContain('nested more than 1000 deep');
    expect(refusalOf(new Uint8Array(3_000_000).fill(0x5d))).toContain('values on the stack');
    expect(refusalOf(new Uint8Array(4_000_000).fill(0x94).fill(0x4e, 0, 1))).toContain(
      'remembered values',
    );
  });

  it('reads values nested a million deep without recursion', () => {
    const bytes = new Uint8Array(1_000_002).fill(0x85);
    [bytes[0], bytes[bytes.length - 1]] = [0x29, 0x2e];
    expect(Array.isArray(valueOf(bytes))).toBe(true);
  });

  it('refuses to copy one remembered value again and again', () => {
    const text = `V${'a'.repeat(10_000)}\np0\n0c_codecs\nencode\np1\n0`;
    const call = 'g1\n(g0\nVlatin1\ntR0';
    expect(valueOf(`${text}${call}N.`)).toBeNull();
    expect(refusalOf(`${text}${call.repeat(1000)}N.`)).toContain(
      'more copies than the file could hold',
    );
    const items = `(${'N'.repeat(10_000)}lp0\n0c__builtin__\nset\np1\n0`;
    expect(refusalOf(`${items}${'g1\n(g0\ntR0'.repeat(1000)}N.`)).toContain(
      'more copies than the file could hold',
    );
  });

  it('never prints a value that would take forever to print', () => {
    const doubled = `)${'2\x86'.repeat(60)}`;
    expect(valueOf(`${doubled}.`)).toHaveLength(2);
    for (const pickle of [
      `${doubled}q\x000h\x00h\x00\x93.`,
      `c_codecs\nencode\nVa\n${doubled}\x86R.`,
      `cnumpy\ndtype\n${doubled}\x85R.`,
    ]) {
      expect(refusalOf(pickle, { allow: numpyGlobals })).toMatch(/has at byte/);
    }
  });

  it('calls only allowed constructors, sets their state, and looks up persistent ids', () => {
    class Point extends PickledObject {
      state: unknown = null;
      constructor(readonly args: readonly unknown[]) {
        super();
      }
      override build(state: unknown): void {
        this.state = state;
      }
    }
    const options = {
      allow: new Map([['geometry Point', (args: readonly unknown[]) => new Point(args)]]),
      persistentId: (id: unknown) => ({ id }),
    };
    const made = valueOf('cgeometry\nPoint\n(K\x01tR}b.', options) as Point;
    expect([made.args, made.state]).toEqual([[1], new Map()]);
    expect(valueOf('cgeometry\nPoint\n)\x81.', options)).toBeInstanceOf(Point);
    expect(valueOf('X\x01\x00\x00\x00kQ.', options)).toEqual({ id: 'k' });
    expect(refusalOf('cgeometry\nLine\n.', options)).toContain('geometry.Line');
  });

  it.each([
    ['cnumpy\nndarray\n)R.', 'made otherwise than by _reconstruct'],
    ['cnumpy\ndtype\n(Vc16\ntR.', 'a numpy type "c16"'],
    ['cnumpy\ndtype\n(VU9999999\ntR.', 'a numpy type "U9999999"'],
    [
      'cnumpy.core.numeric\n_frombuffer\n(C\0cnumpy\ndtype\n(VU0\ntRJ\xff\xff\xff\x7f\x85VC\ntR.',
      'of 2147483647 × text in 0 bytes',
    ],
    ['cnumpy\ndtype\n(Vconstructor\ntR.', 'a numpy type "constructor"'],
    ['cnumpy\ndtype\n(Vi8\ntR(K\x03V>\ntb.', 'byte order ">"'],
    ['cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(Vi8\ntRU\x01ztR.', 'without its bytes'],
    [
      'cnumpy.core.numeric\n_frombuffer\n(U\x04abcdcnumpy\ndtype\n(Vu1\ntR(NtVC\ntR.',
      'of shape (None)',
    ],
    [
      'cnumpy.core.numeric\n_frombuffer\n(U\x04abcdcnumpy\ndtype\n(Vu1\ntR(K\x05tVC\ntR.',
      'of 5 × uint8 in 4 bytes',
    ],
    ['cnumpy.core.numeric\n_frombuffer\n(](Ncnumpy\ndtype\n(Vu1\ntRetR.', 'without a type'],
    [
      'cnumpy.core.numeric\n_frombuffer\n(](NNecnumpy\ndtype\n(VO8\ntRK\x03VC\ntR.',
      'of 3 × object in 2 objects',
    ],
    ['cnumpy.core.numeric\n_frombuffer\n(Ncnumpy\ndtype\n(Vu1\ntRK\x03VC\ntR.', 'of uint8 in None'],
    ['cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(K\x00tU\x01btR.', 'of another class'],
  ])('names the numpy value of %j that it does not read', (pickle, found) => {
    expect(refusalOf(pickle, { allow: numpyGlobals })).toContain(found);
  });

  it('reads random opcodes up to their STOP, or says at which byte it can go no further', () => {
    const random = seededRandom(414);
    const letters =
      "N(0129tlde}]).\x85\x86\x87\x8f\x90\x91\x94aeusRbQopghqK\x80\x95Icio\x92\x93\x81XTUVS\n'";
    const rounds = 20_000;
    let read = 0;
    for (let round = 0; round < rounds; round++) {
      // Long ones are hardly ever readable: every other one is short, and ends in STOP.
      const isShort = round % 2 === 0;
      const pickle = Uint8Array.from({ length: 1 + random.int(isShort ? 6 : 40) }, () =>
        random.int(8) === 0 ? random.int(256) : letters.charCodeAt(random.int(letters.length)),
      );
      if (isShort) pickle[pickle.length - 1] = 0x2e;
      let found: Unpickled;
      try {
        found = unpickle(pickle, { allow: numpyGlobals });
      } catch (thrown) {
        if (!(thrown instanceof StudioError)) throw thrown;
        expect(thrown.code).toBe('bad-source');
        const at = Number(/^The pickle has at byte (\d+) .+\.$/su.exec(thrown.message)?.[1]);
        expect(at).toBeLessThanOrEqual(pickle.length);
        continue;
      }
      read++;
      // The value doesn't depend on what lies behind the STOP, and there is none without it.
      expect(pickle[found.end - 1]).toBe(0x2e);
      const upToStop = pickle.slice(0, found.end);
      expect(unpickle(upToStop, { allow: numpyGlobals })).toEqual(found);
      expect(refusalOf(pickle.slice(0, found.end - 1), { allow: numpyGlobals })).toContain(
        `at byte ${found.end - 1} its end, where more was expected`,
      );
    }
    expect(read).toBeGreaterThan(200);
  });
});
