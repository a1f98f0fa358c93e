import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../core/seeded-random';
import { printPublishedCommand, readPublishedCommand } from './published-command';
import { numberRules, presets, resolveConfig, type RunConfig } from '../run-config';

const README = String.raw`CUDA_VISIBLE_DEVICES=0,1,2,3 python train.py \
    --dataset "ms1m" \
    --seed 777 \
    --gpu_ids 0 1 2 3 \
    --batch_size 1024 \
    --output_dir "out put/scf" \
    --saved_bkb weights/R100.pth \
    --saved_fc 'weights/fc.pt' \
    --num_workers 8 \
    --epochs 30 \
    --lr 3e-5 \
    --lr_scheduler "StepLR" \
    --step_size 2 \
    --gamma 0.5 \
    --convf_dim 25088 \
    --z_dim 512 \
    --radius 64 \
    --max_grad_clip 0 \
    --max_grad_norm 0 \
    --tensorboard`;

const notesOf = (text: string) =>
  Object.fromEntries(readPublishedCommand(text).notes.map((note) => [note.flag, note]));

describe('readPublishedCommand', () => {
  it('reads the published command as the published preset with event files', () => {
    const command = readPublishedCommand(README);
    expect(resolveConfig(command.config)).toEqual({ ...presets.published, tensorboard: true });
    expect(command).toMatchObject({
      dataset: 'ms1m',
      outputDir: 'out put/scf',
      savedBackbone: 'weights/R100.pth',
      savedFc: 'weights/fc.pt',
    });
  });

  it('has a note for every flag, and says which mean something else in a browser', () => {
    const { notes } = readPublishedCommand(README);
    const otherwise = [
      'CUDA_VISIBLE_DEVICES',
      '--dataset',
      '--gpu_ids',
      '--output_dir',
      '--saved_bkb',
      '--saved_fc',
    ];
    expect(notes.filter(({ what }) => what === 'read-otherwise').map(({ flag }) => flag)).toEqual(
      otherwise,
    );
    expect(notes.filter(({ what }) => what === 'mapped')).toHaveLength(14);
    expect(notes).toHaveLength(20);
    expect(notes.every(({ sentence }) => sentence.endsWith('.'))).toBe(true);
    const by = notesOf(README);
    expect(by['--gpu_ids']).toMatchObject({
      value: '0 1 2 3',
      sentence: expect.stringContaining('the batch of 1024 is computed in micro-batches of 128'),
    });
    expect(by['--saved_bkb']!.sentence).toContain('pick the file weights/R100.pth under Models');
    expect(by['--dataset']!.sentence).toContain('choose a mirror of it');
    expect(by['--lr']).toEqual({
      flag: '--lr',
      value: '3e-5',
      what: 'mapped',
      sentence: 'The learning rate: 0.00003.',
    });
  });

  it.each([
    ['equals signs', 'python train.py --lr=1e-4 --epochs=3', { learningRate: 1e-4, epochs: 3 }],
    ['a module', 'python3 -m scf.train --weight_decay 5e-4', { weightDecay: 5e-4 }],
    ['torchrun', 'torchrun --nproc-per-node 2 train.py --seed 3', { seed: 3 }],
    [
      'an older launcher',
      'python -m torch.distributed.launch --nproc_per_node=8 SCF/train.py --seed 3',
      { seed: 3 },
    ],
    [
      "this studio's own command",
      'npm run scf -- train --seed 3 --set copies=4 flip=false',
      { seed: 3, copies: 4, flip: false },
    ],
    ['flags alone', '--seed 3 --gpu_ids "0,1"', { seed: 3 }],
    ['the last of two', 'python train.py --seed 3 --seed 4', { seed: 4 }],
    [
      'switches with values',
      'python train.py --tensorboard false --finetune_bkb False',
      { tensorboard: false },
    ],
    ['no worker processes', 'python train.py --num_workers 0', { numWorkers: 1 }],
    [
      'another scheduler',
      'python train.py --lr_scheduler ReduceLROnPlateau --step_size 5',
      { schedule: 'ReduceLROnPlateau', stepSize: 5 },
    ],
    [
      'addresses',
      'python train.py --dataset https://host/{0..9}.tar --saved_bkb https://host/b.pth ' +
        '--saved_fc files:fc.pt',
      {
        shards: 'https://host/{0..9}.tar',
        backbone: 'https://host/b.pth',
        centres: 'file',
        centreFiles: 'files:fc.pt',
      },
    ],
    ['another preset', 'python train.py --set preset=demo', { preset: 'demo' }],
  ])('takes %s', (_, text, settings) => {
    expect(readPublishedCommand(text).config).toEqual({ preset: 'published', ...settings });
  });

  it('says which words of a launcher are ignored', () => {
    expect(
      notesOf('torchrun --nproc-per-node 2 train.py')['torchrun --nproc-per-node 2']!.what,
    ).toBe('read-otherwise');
    expect(notesOf('python train.py --gpu_ids 0 --batch_size 64')['--gpu_ids']!.sentence).toBe(
      'The studio computes on one device: the batch of 64 is computed whole.',
    );
    const demo = 'python train.py --gpu_ids 0 --batch_size 256 --set preset=demo';
    expect(notesOf(demo)['--gpu_ids']!.sentence).toContain('the batch of 256 is computed whole');
    expect(notesOf(`${demo} microBatch=32`)['--gpu_ids']!.sentence).toContain(
      'micro-batches of 32',
    );
  });

  it('names unknown flags with all of their values', () => {
    const { notes } = readPublishedCommand(
      'python train.py --lrs 1 2 --constructor --seed 3 --__x=y',
    );
    expect(notes.map(({ flag, value, what }) => [flag, value, what])).toEqual([
      ['--lrs', '1 2', 'unknown'],
      ['--constructor', '', 'unknown'],
      ['--seed', '3', 'mapped'],
      ['--__x', 'y', 'unknown'],
    ]);
  });

  it('keeps the backbone frozen, and says why', () => {
    expect(notesOf('python train.py --finetune_bkb')['--finetune_bkb']).toMatchObject({
      what: 'read-otherwise',
      sentence: expect.stringContaining('frozen'),
    });
  });

  it('does not take a path with a variable for an address', () => {
    const { config, notes } = readPublishedCommand('python train.py --dataset $DATA/ms1m.tar');
    expect(config).toEqual({ preset: 'published' });
    expect(notes[0]).toMatchObject({ what: 'read-otherwise', value: '$DATA/ms1m.tar' });
  });

  it.each([
    [
      'a missing value',
      '--lr --epochs 30',
      'The flag --lr is without a value; it takes one value.',
    ],
    ['a missing value at the end', '--epochs', 'The flag --epochs is without a value'],
    ['an empty value', '--lr= --epochs 3', 'The flag --lr is without a value; it takes one value.'],
    ['two values', '--lr 1e-3 1e-4', 'The flag --lr is "1e-3 1e-4"; it takes one value.'],
    ['a word for a number', '--lr fast', 'The flag --lr is "fast"; it takes a number from'],
    [
      'a hexadecimal number',
      '--epochs 0x10',
      'The flag --epochs is "0x10"; it takes a whole number from 1 to 1000.',
    ],
    ['a variable', '--lr $LR', 'The flag --lr is "$LR"'],
    [
      'a number out of range',
      '--batch_size 1',
      'The flag --batch_size is "1"; it takes a whole number from 2 to 4096.',
    ],
    [
      'a negative number',
      '--max_grad_clip -1',
      'The flag --max_grad_clip is "-1"; it takes a number from 0 to',
    ],
    ['a fraction', '--epochs 1.5', 'The flag --epochs is "1.5"; it takes a whole number'],
    [
      'a scheduler that is none',
      '--lr_scheduler Cosine',
      'The flag --lr_scheduler is "Cosine"; it takes one of StepLR, ReduceLROnPlateau.',
    ],
    ['GPUs by name', '--gpu_ids all', 'The flag --gpu_ids is "all"; it takes numbers of GPUs'],
    [
      'a switch with a word',
      '--tensorboard log',
      'The flag --tensorboard is "log"; it takes no value, or true or false.',
    ],
    ['a nameless data set', '--dataset ""', 'The flag --dataset is without a value'],
    [
      'a setting without a name',
      '--set copies',
      '"copies" is no setting; name=value was expected.',
    ],
    ['an empty --set', '--set', 'The flag --set is without a value; it takes name=value.'],
    ['a setting that is none', '--set copy=2', '"copy" is not a setting'],
    [
      'a setting of the prototype',
      '--set \'__proto__={"seed":1}\'',
      '"__proto__" is not a setting',
    ],
    ['a setting out of range', '--set copies=99', 'The setting "copies" is 99'],
    ['one hyphen', '-lr 3', '"-lr" is no flag'],
    ['a dash of a text program', '\u2013lr 3', '"\u2013lr 3" is no flag'],
    ['the end of options', '--seed 3 -- 4', '"4" is no flag'],
    ['a flag of the prototype', '--__proto__ 3', 'is no flag'],
  ])('refuses %s', (_, flags, message) => {
    const read = () => readPublishedCommand(`python train.py ${flags}`);
    expect(read).toThrow(
      expect.objectContaining({ code: 'bad-config', message: expect.stringContaining(message) }),
    );
  });

  it.each(['', 'hello', 'python eval.py --lr 3', 'rm -rf x'])(
    'refuses what is no training command: %j',
    (text) => {
      expect(() => readPublishedCommand(text)).toThrow(
        expect.objectContaining({
          code: 'bad-config',
          message: expect.stringContaining('python train.py'),
        }),
      );
    },
  );
});

/** A config with random values of every setting; texts hold characters that need quotes. */
function randomConfig(seed: number): RunConfig {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random.next() * values.length)]!;
  const letters = [...`ab 7./:"'\\$#*{}=&|-~!,\n\`é`];
  const text = () => {
    const length = 1 + Math.floor(random.next() * 12);
    return `x${Array.from({ length }, () => pick(letters)).join('')}`;
  };
  const address = (name: string) =>
    pick([text(), `https://host/${text()}`, `files:${text()}`, name, '0007', 'true', '--lr']);
  const drawn: Record<string, unknown> = {};
  for (const [name, { min, max, ...rule }] of Object.entries(numberRules)) {
    // Spread over the orders of magnitude that the setting allows.
    const value =
      random.next() < 0.2 ? pick([min, max]) : min + (max - min) * random.next() ** pick([1, 3, 9]);
    if (random.next() < 0.7) drawn[name] = 'integer' in rule ? Math.round(value) : value;
  }
  for (const name of ['dropLast', 'flip', 'tensorboard'])
    if (random.next() < 0.7) drawn[name] = random.next() < 0.5;
  const centres = pick(['first-pass', 'growing', 'file', 'arcface', 'cosface'] as const);
  return resolveConfig({
    ...drawn,
    preset: pick(['demo', 'photographs', 'published']),
    head: pick(['compact', 'tface-conv', 'reference']),
    objective: pick(['exact', 'reference']),
    schedule: pick(['StepLR', 'ReduceLROnPlateau']),
    features: pick(['reuse', 'stream']),
    convFeature: pick(['body', 'after-bn']),
    shuffle: pick(['auto', 'global', 'blocks']),
    inputConvention: pick(['auto', 'RGB 127.5 128', 'BGR 0 255']),
    shards: address('shards/demo/manifest.json'),
    backbone: address('models/fr_feature.onnx'),
    centres,
    centreFiles: centres === 'file' ? address('fc.pt') : '',
  });
}

describe('printPublishedCommand', () => {
  it('prints the published command for the published preset', () => {
    const config = { ...presets.published, shards: 'https://host/ms1m.json', tensorboard: true };
    expect(
      printPublishedCommand(config, {
        outputDir: 'out put',
        savedBackbone: 'R100.pth',
        savedFc: 'fc.pt',
      }),
    ).toBe(String.raw`python train.py \
  --dataset https://host/ms1m.json \
  --seed 777 \
  --gpu_ids 0 \
  --batch_size 1024 \
  --output_dir 'out put' \
  --saved_bkb R100.pth \
  --saved_fc fc.pt \
  --num_workers 8 \
  --epochs 30 \
  --lr 3e-5 \
  --lr_scheduler StepLR \
  --step_size 2 \
  --gamma 0.5 \
  --convf_dim 25088 \
  --z_dim 512 \
  --radius 64 \
  --weight_decay 5e-4 \
  --max_grad_clip 0 \
  --max_grad_norm 0 \
  --tensorboard`);
  });

  it('adds settings that differ from the published code', () => {
    const printed = printPublishedCommand(presets.demo);
    for (const set of [
      'preset=demo',
      'head=compact',
      'objective=exact',
      'features=reuse',
      'centres=first-pass',
    ])
      expect(printed).toContain(`--set ${set}`);
    expect(printed).not.toContain('--tensorboard');
  });

  it('prints any config so that reading it gives the same config', () => {
    for (let seed = 0; seed < 400; seed++) {
      const config = randomConfig(seed);
      const paths =
        seed % 3 === 0
          ? {
              outputDir: '-o\'"',
              savedBackbone: 'https://elsewhere/b.pth',
              savedFc: 'https://elsewhere/fc.pt',
            }
          : {};
      const printed = printPublishedCommand(config, paths);
      const read = readPublishedCommand(printed);
      expect(resolveConfig(read.config), printed).toEqual(config);
      if (seed % 3 === 0) expect(read).toMatchObject(paths);
      expect(read.notes.filter(({ what }) => what === 'unknown')).toEqual([]);
    }
  });
});
