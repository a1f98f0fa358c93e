import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openNodeHead } from '../../src/cli/node/node-models';
import { fitted, fittedText, misfitWords, type Schema } from '../../src/core/schema/schema';
import { seededRandom } from '../../src/core/seeded-random';
import { StudioError } from '../../src/core/studio-error';
import { writeSafetensors } from '../../src/formats/safetensors/safetensors';
import { withChecksums } from '../../src/formats/tensors/array-checksum';
import {
  decodeEvaluation,
  encodeEvaluation,
} from '../../src/inference/evaluation/saved-evaluation';
import { parseReadyHeads } from '../../src/models/heads/ready-head-list';
import { headerText, parseHeader } from '../../src/training/checkpoint/checkpoint-header';
import { readHeadMetadata } from '../../src/training/checkpoint/head-file-metadata';
import { presets, resolveConfig } from '../../src/training/config/run-config';
import { encodeRunFile, readRunFile } from '../../src/training/config/run-file';
import { settingNames } from '../../src/training/config/run-settings';
import {
  configToStore,
  storedConfig,
  unknownSettingsWarning,
} from '../../src/training/config/stored-config';
import { readLessonHeader } from '../../src/training/lesson/lesson-checkpoint';
import { lessonDefaults } from '../../src/training/lesson/lesson-config';
import older from '../fixtures/stored/settings.json';
import { memoryTensorFile } from '../fixtures/memory-tensor-file';

/*
 * What was stored by any version of the studio, sound or damaged. `settings.json` has the presets
 * of four earlier releases, as those stored them in checkpoints and heads.
 */

const refuse = (misfit: Parameters<typeof misfitWords>[0]) =>
  new StudioError('bad-checkpoint', misfitWords(misfit), '');
const header = {
  config: presets.demo,
  cursor: { step: 3, epoch: 1, batch: 1, recordsRead: 24 },
  schedule: { learningRate: 0.002, best: null, badEpochs: 1, lowest: { loss: -5, epochsAgo: 1 } },
  backboneHash: 'small',
  dataFingerprint: 'pictures',
  savedAt: 1234,
};

describe('settings that an earlier release stored', () => {
  it.each(Object.entries(older))('are read, and do what it did: %s', (_, configs) => {
    for (const stored of configs) {
      const config = fitted(storedConfig, stored, refuse);
      expect(config).toMatchObject(stored);
      expect(Object.keys(config).sort()).toEqual([...settingNames].sort());
      expect(resolveConfig({ ...config })).toEqual(config);
      if (!('centres' in stored)) expect(config.centres).toBe('first-pass');
      if (!('microBatch' in stored)) expect(config.microBatch).toBe(0);
      const saved = JSON.stringify({ ...header, dataFingerprint: undefined, config: stored });
      expect(parseHeader(saved, 'run.safetensors')).toEqual({
        ...header,
        dataFingerprint: null,
        config,
      });
    }
  });

  it.each(['scf', 'scf-g', 'pfe-g', 'pfe-v', 'drawn-scf'])(
    'are those of a head that comes with the studio: %s',
    async (name) => {
      const { reading, method } = await openNodeHead(`public/heads/${name}.safetensors`);
      expect(reading.convFeature).toBe('body');
      expect(method).toBe(name.replace('drawn-', ''));
    },
  );

  it('and the list of those heads is read', async () => {
    const list: unknown = JSON.parse(await readFile('public/heads/heads.json', 'utf8'));
    expect(parseReadyHeads(list, 'heads.json')).toEqual(list);
  });
});

const evaluation = {
  data: 'lfw.bin',
  policy: 'full',
  backbone: 'MobileFaceNet',
  seed: 1,
  heads: { scf: 'scf.safetensors' },
  pictures: 48,
  lost: [{ picture: 'a.jpg', what: 'undetected', reason: 'no face' }],
  severalFaces: 0,
  complete: true,
  protocols: [
    {
      name: 'clean',
      planned: 24,
      report: {
        pairs: 24,
        genuine: 12,
        impostor: 12,
        discard: {
          qualities: [{ name: 'chance', kind: 'chance' }],
          leftOut: [],
          norm: { spearman: 0.5, isLargerSurer: true },
          chanceOrders: 20,
          methods: {},
        },
        methods: {
          cosine: {
            accuracy: 0.9,
            auc: 0.95,
            tarAtFar: { '0.1': 0.8, '0.01': null },
            accuracyStd: null,
            intervals: { accuracy: [0.8, 1], auc: null, tarAtFar: { '0.1': [0.5, 0.9] } },
            roc: [{ far: 0.1, tar: 0.8, low: 0.5, high: 0.9 }],
          },
        },
      },
    },
  ],
  degradations: [{ picture: 'a.jpg', levels: { blur: 0.5 } }],
};
const lesson = {
  config: lessonDefaults,
  cursor: { step: 3, epoch: 1, batch: 1, loss: 2.5, accuracy: 0.5 },
  fingerprint: 'pictures',
  results: [
    {
      epoch: 0,
      step: 0,
      auc: 0.5,
      tarAtFar1Percent: null,
      loss: null,
      accuracy: null,
      seconds: null,
    },
  ],
  reference: { name: 'MobileFaceNet', auc: 0.99, tarAtFar1Percent: 0.9 },
  savedAt: 12,
};
const runFile = encodeRunFile(presets.published, {
  backboneFile: 'fr_feature.onnx',
  backboneName: 'MobileFaceNet',
  backboneHash: '87aacdfe',
  input: { order: 'BGR', mean: 127.5, scale: 1 / 128 },
  convShape: [7, 7, 512],
  embeddingDim: 512,
  convFeature: null,
  shards: ['a.tar'],
  centreFiles: [],
  studioVersion: '0.1.0',
});

const file = (metadata: Record<string, string>) =>
  memoryTensorFile({ arrays: new Map(), values: new Map(), metadata, form: 'safetensors' });

/** Each kind of stored text: a sound one, and what reads it. */
const kinds: Readonly<Record<string, { sound: string; read: (text: string) => unknown }>> = {
  settings: {
    sound: JSON.stringify(configToStore(presets.published)),
    read: (text) => fittedText(storedConfig as Schema, text, refuse),
  },
  'a checkpoint’s header': {
    sound: headerText(header),
    read: (text) => {
      const found = parseHeader(text, 'run.safetensors');
      expect(headerText(parseHeader(headerText(found), 'again'))).toBe(headerText(found));
      return found;
    },
  },
  'a head’s metadata': {
    sound: JSON.stringify(configToStore(presets.photographs)),
    read: (text) =>
      readHeadMetadata(file({ config: text, step: text, calibration: '{"scale":1,"power":2}' })),
  },
  'a head’s calibration': {
    sound: '{"scale":2.9,"power":0.87}',
    read: (text) =>
      readHeadMetadata(file({ config: JSON.stringify(presets.demo), calibration: text })),
  },
  'an evaluation': {
    sound: JSON.stringify(evaluation),
    read: (text) => {
      const found = decodeEvaluation(new TextEncoder().encode(text));
      const written: unknown = JSON.parse(JSON.stringify(found));
      expect(decodeEvaluation(encodeEvaluation(found))).toEqual(written);
      return found;
    },
  },
  'a lesson’s header': {
    sound: JSON.stringify(lesson),
    read: (text) =>
      readLessonHeader(
        writeSafetensors(
          new Map(),
          withChecksums(new Map(), { format: 'scf-studio-lesson-2', header: text }),
        ),
      ),
  },
  'a run file': { sound: runFile, read: readRunFile },
};

const ODD = [
  'null',
  '-1',
  '1.5',
  '1e999',
  '"3"',
  '""',
  '[]',
  '{}',
  'true',
  '[[1]]',
  '"NaN"',
  '1e9',
];

/** A text with one to three of its values, names or characters spoilt. */
function spoilt(sound: string, random: ReturnType<typeof seededRandom>): string {
  let text = sound;
  const draw = (n: number) => Math.floor(random.next() * n);
  for (let turns = 1 + draw(3); turns > 0; turns--) {
    const values = [
      ...text.matchAll(/(?<=[:[,])\s*("[^"]*"|-?[\d.e+-]+|true|false|null)(?=[,\]}])/g),
    ];
    const names = [...text.matchAll(/"[^"]*"(?=\s*:)/g)];
    const [value, name] = [values[draw(values.length)], names[draw(names.length)]];
    const replaced = (match: RegExpExecArray | undefined, by: string) =>
      match ? text.slice(0, match.index) + by + text.slice(match.index + match[0].length) : text;
    const kind = random.next();
    if (kind < 0.6) text = replaced(value, ODD[draw(ODD.length)]!);
    else if (kind < 0.75) text = replaced(name, ['"later"', '"__proto__"', '""'][draw(3)]!);
    else if (kind < 0.85) text = text.slice(0, draw(text.length));
    else {
      const at = draw(text.length);
      text = text.slice(0, at) + String.fromCharCode(draw(128)) + text.slice(at + 1);
    }
  }
  return text;
}

/** Every number under a known name is one. A name that nobody knows may hold anything. */
function requireNumbers(value: unknown, known: ReadonlySet<string>, at = ''): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${at} is ${value}`);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, each] of Object.entries(value))
    if (Array.isArray(value) || known.has(name)) requireNumbers(each, known, `${at}.${name}`);
}

describe('a stored text that is spoilt', () => {
  it.each(Object.entries(kinds))(
    'is read as what it has to be, or refused by a sentence: %s',
    (_, { sound, read }) => {
      expect(() => read(sound)).not.toThrow();
      const known = new Set([...sound.matchAll(/"([^"]*)":/g)].map(([, name]) => name!));
      const random = seededRandom(19);
      let [refused, taken] = [0, 0];
      for (let i = 0; i < 1000; i++) {
        const text = spoilt(sound, random);
        try {
          requireNumbers(read(text), known);
          taken++;
        } catch (thrown) {
          if (!(thrown instanceof StudioError)) throw new Error(text, { cause: thrown });
          expect(thrown.message.length, text).toBeLessThan(2000);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(100);
      expect(taken).toBeGreaterThan(0);
    },
  );

  it('of settings gives a config that a person could have typed, but for unknown names', () => {
    const random = seededRandom(20);
    for (let i = 0; i < 1000; i++) {
      const text = spoilt(kinds.settings!.sound, random);
      let config;
      try {
        config = fittedText(storedConfig, text, refuse);
      } catch {
        continue;
      }
      const known = settingNames.map((name) => [name, config[name]]);
      expect(resolveConfig(Object.fromEntries(known)), text).toEqual(Object.fromEntries(known));
      expect(unknownSettingsWarning(config, 'It') === null).toBe(
        // The version of a later studio is kept, and is no setting.
        Object.keys(config).filter((name) => name !== 'version').length === settingNames.length,
      );
    }
  });
});
