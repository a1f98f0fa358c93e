import { describe, expect, it } from 'vitest';
import { leavesOf, unpickleTorch } from './torch-pickle';

const bytesOf = (letters: string): Uint8Array =>
  Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
const text = (content: string): string => `X${String.fromCharCode(content.length)}\0\0\0${content}`;
const long = (bytes: string): string => `\x8a${String.fromCharCode(bytes.length)}${bytes}`;
const read = (program: string) =>
  leavesOf(unpickleTorch(bytesOf(`\x80\x02${program}.`), 'The pickle').value);

const storage = (numel: string, { type = 'torch\nFloatStorage', key = '0', view = '' } = {}) =>
  `(${text('storage')}c${type}\n${text(key)}${text('cpu')}${numel}${view}tQ`;
const tensor = (store: string, offset: string, shape: string, strides: string) =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${store}${offset}(${shape}t(${strides}t\x89NtR`;
/** 2^52 − 1. */
const HUGE = long('\xff\xff\xff\xff\xff\xff\x0f');

describe('the pickle of a PyTorch file', () => {
  it('gives a tensor as a view of its storage', () => {
    const { tensors } = read(tensor(storage('K\x0a'), 'K\x04', 'K\x02K\x03', 'K\x03K\x01'));
    expect(tensors.get('')).toMatchObject({
      storage: { key: '0', dtype: 'F32', numel: 10 },
      offset: 4,
      shape: [2, 3],
      strides: [3, 1],
    });
  });

  it('reads a dtype, a size, a device and a state of an OrderedDict', () => {
    const items = [
      text('kind'),
      'ctorch\nbfloat16\n',
      text('size'),
      'ctorch\nSize\n((K\x02K\x03ttR',
      text('device'),
      `ctorch\ndevice\n(${text('cuda')}tR`,
      text('net'),
      `ccollections\nOrderedDict\n)R}${text('_metadata')}Nsb`,
    ];
    expect(Object.fromEntries(read(`}(${items.join('')}u`).values)).toEqual({
      kind: 'torch.bfloat16',
      'size.0': 2,
      'size.1': 3,
      device: 'cuda',
    });
  });

  it('gives a shared container at each of its paths, and one that holds itself once', () => {
    expect([...read(']q\0(](K\x01eq\x01h\x01h\0e').values.keys()]).toEqual(['0.0', '1.0']);
  });

  it('reads an OrderedDict of pairs, as protocol 0 writes it', () => {
    const pairs = `ccollections\nOrderedDict\n((lp0\n(lp1\nVa\naI1\naa(lp2\nVb\naI2\naatR`;
    expect(Object.fromEntries(read(pairs).values)).toEqual({ a: 1, b: 2 });
  });

  it('copies no more than the file could hold, whichever value asks for it', () => {
    const many = `(${'K\x01'.repeat(10_000)}tq\x01`;
    for (const [name, args] of [
      ['ctorch\nSize\n', '\x85'],
      ['ccollections\nOrderedDict\n', '\x85'],
    ] as const) {
      const items = name.includes('Ordered')
        ? `(${`(${text('a')}K\x01t`.repeat(3000)}tq\x01`
        : many;
      expect(() => read(`](${items}${`${name}h\x01${args}R`.repeat(2000)}e`)).toThrow(
        /more copies/,
      );
    }
    const part = `X${String.fromCharCode(0, 0x40, 0, 0)}${'p'.repeat(0x4000)}q\x01`;
    expect(() => read(`](${part}${'cpathlib\nPosixPath\nh\x01h\x01\x86R'.repeat(2000)}e`)).toThrow(
      /more copies/,
    );
  });

  const refusals: readonly (readonly [what: string, program: string, why: RegExp])[] = [
    ['os.system', `cposix\nsystem\n(${text('true')}tR`, /posix\.system/],
    ['eval', `cbuiltins\neval\n(${text('1')}tR`, /builtins\.eval/],
    [
      'a name that is called without being asked for',
      `(${text('1')}ibuiltins\nexec\n`,
      /builtins\.exec/,
    ],
    [
      'a numpy scalar without a type',
      'cnumpy.core.multiarray\nscalar\n)R',
      /numpy scalar without its bytes/,
    ],
    [
      'a namespace whose attributes are a list',
      'cargparse\nNamespace\n)\x81]b',
      /attributes of a namespace in a list of 0/,
    ],
    ['a path of numbers', 'cpathlib\nPosixPath\n(K\x01tR', /a path of a tuple of 1/],
    [
      'an attribute of a path’s class',
      `\x80\x04${text('pathlib')}${text('PosixPath.unlink')}\x93`,
      /PosixPath\.unlink/,
    ],
    [
      'a builtin type that is called',
      `c__builtin__\nint\n(${text('1')}tR`,
      /builtin type that is made/,
    ],
    [
      'a dict with a call for its missing values',
      `ccollections\ndefaultdict\n(${text('f')}tR`,
      /defaultdict of the text "f"/,
    ],
    [
      'a tensor of a kind that is not read',
      'ctorch._utils\n_rebuild_qtensor\n)R',
      /_rebuild_qtensor/,
    ],
    [
      'a storage that PyTorch makes from bytes',
      'ctorch.storage\n_load_from_bytes\n)R',
      /_load_from_bytes/,
    ],
    ['a call of a storage’s class', 'ctorch\nFloatStorage\n(K\x01tR', /storage class/],
    [
      'a storage of an unknown type',
      storage('K\x0a', { type: 'torch\nbfloat16' }),
      /a storage that is described/,
    ],
    [
      'a view of a storage',
      storage('K\x0a', { view: `(${text('1')}K\0K\x01t` }),
      /part of another/,
    ],
    [
      'a storage that is said twice otherwise',
      `](${storage('K\x0a')}${storage('K\x0b')}e`,
      /twice/,
    ],
    [
      'a tensor longer than its storage',
      tensor(storage('K\x05'), 'K\0', 'K\x02K\x03', 'K\x03K\x01'),
      /storage of 5/,
    ],
    [
      'a tensor that begins too late',
      tensor(storage('K\x06'), 'K\x01', 'K\x02K\x03', 'K\x03K\x01'),
      /storage of 6/,
    ],
    [
      'strides that reach too far',
      tensor(storage('K\x06'), 'K\0', 'K\x02K\x02', `${HUGE}K\x01`),
      /storage of 6/,
    ],
    [
      'an element that is said a million times',
      tensor(storage('K\x01'), 'K\0', HUGE, 'K\0'),
      /storage of 1/,
    ],
    [
      'a negative side',
      tensor(storage('K\x06'), 'K\0', 'J\xff\xff\xff\xff', 'K\x01'),
      /a tensor of shape/,
    ],
    [
      'a negative stride',
      tensor(storage('K\x06'), 'K\0', 'K\x02', 'J\xff\xff\xff\xff'),
      /a tensor of shape/,
    ],
    [
      'fewer strides than sides',
      tensor(storage('K\x06'), 'K\0', 'K\x02K\x03', 'K\x01'),
      /a tensor of shape/,
    ],
    [
      'a hundred axes',
      tensor(storage('K\x06'), 'K\0', 'K\x01'.repeat(100), 'K\x01'.repeat(100)),
      /a tensor of shape/,
    ],
    ['two values of one path', `}(${text('0')}K\x01K\0K\x02u`, /two values of the path "0"/],
  ];
  it.each(refusals)('is refused for %s', (_, program, why) => {
    expect(() => read(program)).toThrow(why);
  });

  it('says what to save where a class is named but has no object', () => {
    const weight = tensor(storage('K\x01'), 'K\0', 'K\x01', 'K\x01');
    const program =
      `}(${text('state_dict')}}${text('w')}${weight}s` + `${text('kind')}ctimm\nEma\nu`;
    let thrown: unknown;
    try {
      read(program);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      message: expect.stringContaining('timm.Ema, which is not allowed'),
      nextStep: expect.stringContaining('torch.save(ckpt["state_dict"], "weights.pt")'),
    });
  });

  it('may have any sides next to one of 0, and is empty then', () => {
    const { tensors } = read(
      tensor(storage('K\x02'), 'K\0', `${HUGE.repeat(30)}K\0`, 'K\0'.repeat(31)),
    );
    expect(tensors.size).toBe(1);
    expect(() =>
      read(tensor(storage('K\x02'), 'K\x03', `${HUGE.repeat(30)}K\0`, 'K\0'.repeat(31))),
    ).toThrow(/storage of 2/);
  });

  // Small files that would take hours or all memory without a limit.
  const endless: readonly (readonly [what: string, program: () => string, why: RegExp])[] = [
    [
      'dicts nested under empty keys',
      () => `${`}${text('')}`.repeat(100_000)}N${'s'.repeat(100_000)}`,
      /deep/,
    ],
    ['lists nested without end', () => `${']'.repeat(100_000)}${'a'.repeat(99_999)}`, /deep/],
    [
      'a list that doubles with every step',
      () =>
        `]q\0${Array.from({ length: 60 }, (_, i) => {
          const [before, after] = [String.fromCharCode(i), String.fromCharCode(i + 1)];
          return `](h${before}h${before}eq${after}`;
        }).join('')}`,
      /paths/,
    ],
    ['a list of a million', () => `](${'N'.repeat(1_000_000)}e`, /paths/],
    [
      'keys that make paths without end',
      () => `${`}${text('k'.repeat(100))}`.repeat(50)}N${'s'.repeat(50)}`,
      /characters/,
    ],
  ];
  it.each(endless)('is refused soon for %s', (_, program, why) => {
    const began = performance.now();
    expect(() => read(program())).toThrow(why);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
