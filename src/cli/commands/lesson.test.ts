import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../core/seeded-random';
import { readSafetensors } from '../../formats/safetensors/safetensors';
import { lessonCommand, lessonText, type LessonReport } from './lesson';

const report: LessonReport = {
  note: 'A lesson.',
  set: {
    trainingImages: 3800,
    trainingIdentities: 190,
    heldOutImages: 1000,
    heldOutIdentities: 50,
    genuinePairs: 4000,
    impostorPairs: 4000,
  },
  results: [
    {
      epoch: 0,
      step: 0,
      auc: 0.764,
      tarAtFar1Percent: 0.088,
      loss: null,
      accuracy: null,
      seconds: null,
    },
    {
      epoch: 1,
      step: 59,
      auc: 0.93871,
      tarAtFar1Percent: null,
      loss: 13.2,
      accuracy: 0.29,
      seconds: 40,
    },
  ],
  reference: { name: 'MobileFaceNet', auc: 0.8543, tarAtFar1Percent: 0.617 },
  seconds: 61.4,
};

describe('scf lesson', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scf-lesson-'));
    for (let person = 0; person < 8; person++) {
      await mkdir(join(folder, 'faces', `person-${person}`), { recursive: true });
      for (let picture = 0; picture < 3; picture++) {
        const random = seededRandom(person, picture);
        const data = Uint8Array.from({ length: 112 * 112 * 3 }, () => random.int(256));
        const jpeg = await sharp(data, { raw: { width: 112, height: 112, channels: 3 } })
          .jpeg()
          .toBuffer();
        await writeFile(join(folder, 'faces', `person-${person}`, `${picture}.jpg`), jpeg);
      }
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = async (...words: string[]): Promise<string> => {
    const lines: string[] = [];
    const log = vi
      .spyOn(console, 'log')
      .mockImplementation((line: string) => void lines.push(line));
    try {
      await lessonCommand().parseAsync(words, { from: 'user' });
    } finally {
      log.mockRestore();
    }
    return lines.join('\n');
  };

  it('prints its figures with those of the pretrained backbone, and its note', () => {
    expect(lessonText(report).split('\n')).toEqual([
      '61 s. On 4,000 genuine and 4,000 impostor pairs of 50 people held out:',
      '  untrained      AUC 0.7640, TAR@FAR 0.01 8.8 %',
      '  after 1 epoch  AUC 0.9387, TAR@FAR 0.01 not measured',
      '  MobileFaceNet  AUC 0.8543, TAR@FAR 0.01 61.7 %',
      'A lesson.',
    ]);
    expect(lessonText({ ...report, reference: null })).not.toContain('MobileFaceNet');
  });

  it('trains, writes the backbone, and resumes from its checkpoint', async () => {
    const [out, kept] = [join(folder, 'made', 'small.safetensors'), join(folder, 'kept')];
    const words = [
      '--shards',
      join(folder, 'faces'),
      '--out',
      out,
      '--reference',
      'none',
      '--checkpoints',
      kept,
      '--loss',
      'cosface',
      '--epochs',
      '2',
      '--json',
    ];
    const settings = [
      '--set',
      'width=0.1',
      'embeddingDim=8',
      'batchSize=4',
      'validationFraction=0.4',
    ];
    const first = JSON.parse(await run(...words, ...settings)) as LessonReport;
    expect(first.results.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    expect(first.reference).toBeNull();
    const { tensors, metadata } = readSafetensors(await readFile(out));
    expect(tensors.get('embedding.weight')!.shape).toEqual([13, 8]);
    expect(JSON.parse(metadata.config!)).toMatchObject({ loss: 'cosface', epochs: 2, width: 0.1 });
    // A finished lesson is not trained again.
    const again = JSON.parse(await run(...words, ...settings)) as LessonReport;
    expect(again.results).toEqual(first.results);
    await expect(run(...words, ...settings, 'seed=1')).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining('begun with seed 777; seed 1 was asked for'),
    });
  });

  it.each([
    [['--shards', 'nowhere'], 'bad-source', 'no folder or manifest at nowhere'],
    [
      ['--shards', 'nowhere', '--epochs', 'many'],
      'bad-config',
      '"epochs" is "many"; it takes a whole number from 1',
    ],
    [
      ['--shards', 'nowhere', '--set', 'margins=1'],
      'bad-config',
      '"margins" is not a setting of a lesson',
    ],
    [
      ['--shards', 'nowhere', '--set', 'margin'],
      'bad-config',
      '"margin" is no setting; name=value was expected',
    ],
    [
      ['--shards', 'nowhere', '--reference', 'nowhere.onnx'],
      'bad-model',
      "nowhere.onnx can't be read",
    ],
  ])('refuses %j with a sentence', async (words, code, message) => {
    const reference = words.includes('--reference') ? [] : ['--reference', 'none'];
    await expect(
      run('--out', join(folder, 'x.safetensors'), ...words, ...reference),
    ).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
