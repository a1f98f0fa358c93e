import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/cli/node/decode-image';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import {
  DEFAULT_BACKBONE,
  openNodeBackbone,
  openNodeHead,
  openPhotoNetworks,
} from '../../src/cli/node/node-models';
import { createMethod } from '../../src/confidence/methods';
import { dot } from '../../src/core/vector';
import { scorePairsBy } from '../../src/evaluation/evaluated-pairs';
import { picturePath, readLfwPairs } from '../../src/formats/pairs/lfw-pairs';
import { readSafetensors } from '../../src/formats/safetensors/safetensors';
import type { PhotoNetworks } from '../../src/inference/align/find-faces';
import {
  methodInUse,
  methodsOf,
  type EvaluatedHead,
} from '../../src/inference/evaluation/evaluated-heads';
import { FaceReader } from '../../src/inference/face-reader';
import type { PairScores } from '../../src/inference/pair-scores';
import { PicturePlan, type NamedPair } from '../../src/inference/picture-plan';
import { readPictures } from '../../src/inference/read-pictures';
import type { Backbone } from '../../src/models/backbones/backbone';
import type { OpenedHead } from '../../src/training/checkpoint/open-head';
import { FaceController } from '../../src/studio/controllers/face-controller';
import type { UsedHead } from '../../src/studio/controllers/head-choice';
import { heldHead } from '../../src/studio/runtime/trained-head';
import { drawnCrop, photographOf } from '../fixtures/drawn-photograph';

/*
 * One face, one score: whoever is asked, a pair of pictures has the same score. Compare
 * (`FaceController`), `scf score`, an evaluation (`readPictures`, `scorePairsBy`) and the file of
 * `scf embed` each read the same pictures in their own way: alone or many in a pass, in this
 * process or in another, shown or saved.
 */

const HEAD = 'public/heads/scf.safetensors';
const MODELS = 'public/models';
const VIEW1 = '../shared/data/lfw-view1';
/** Of a score, relative to it where it is above 1. */
const TOLERANCE = 1e-6;
const PAIRS_OF_A_KIND = 25;

let root: string;
let backbone: Backbone;
let networks: PhotoNetworks;
let opened: OpenedHead;
let head: EvaluatedHead;

beforeAll(async () => {
  await startNodeWasm();
  root = await mkdtemp(join(tmpdir(), 'scf-one-score-'));
  backbone = await openNodeBackbone(DEFAULT_BACKBONE);
  networks = await openPhotoNetworks(MODELS);
  opened = await (await openNodeHead(HEAD)).on(backbone);
  head = { ...opened, name: 'scf' };
}, 60_000);
afterAll(async () => {
  opened.dispose();
  backbone.dispose();
  await rm(root, { recursive: true });
});

/** Pairs of drawn people, their faces pasted into pictures: two of each kind. */
async function drawnPairs(): Promise<NamedPair[]> {
  const path = (person: number, copy: number) => join(root, `${person}-${copy}.png`);
  for (const person of [1, 2])
    for (const copy of [0, 1]) {
      const at = { left: 150 + 60 * copy, top: 80 - 20 * person, width: 560, height: 400 };
      const crop = drawnCrop(7, person, copy);
      const { data, ...size } = photographOf(crop, { scale: 1.4 + 0.4 * copy, ...at });
      await sharp(data, { raw: { ...size, channels: 3 } }).toFile(path(person, copy));
    }
  const pair = (a: string, b: string, same: boolean): NamedPair => ({ a, b, same, fold: 0 });
  return [
    pair(path(1, 0), path(1, 1), true),
    pair(path(2, 0), path(2, 1), true),
    pair(path(1, 0), path(2, 0), false),
    pair(path(1, 1), path(2, 1), false),
  ];
}

/** The first pairs of each kind of View 1's test list. */
async function view1Pairs(): Promise<NamedPair[]> {
  const list = join(VIEW1, 'pairsDevTest.txt');
  const { pairs } = readLfwPairs(await readFile(list, 'utf8'), list);
  const pathOf = (ref: Parameters<typeof picturePath>[0]) => join(VIEW1, picturePath(ref));
  return [true, false].flatMap((kind) =>
    pairs
      .filter(({ same }) => same === kind)
      .slice(0, PAIRS_OF_A_KIND)
      .map(({ a, b, same, fold }) => ({ a: pathOf(a), b: pathOf(b), same, fold })),
  );
}

const decode = async (path: string) => decodeImage(await readFile(path), path);

/** Compare: each pair is put on the two sides of the panel. */
async function scoresOfCompare(pairs: readonly NamedPair[]): Promise<PairScores[]> {
  const { trained, description } = heldHead(opened, { kind: 'file', faces: null, name: 'scf' });
  const used: UsedHead = { trained, inUse: { ...description, reason: 'chosen' } };
  let shown: PairScores | null = null;
  const controller = new FaceController(
    (event) => {
      if (event.type === 'pair' || event.type === 'head') shown = event.pair?.scores ?? null;
    },
    () => ({ backbone, headFor: async () => used, networks: async () => networks }),
  );
  const scores: PairScores[] = [];
  for (const { a, b } of pairs) {
    const choose = async (slot: 'a' | 'b', path: string) => {
      const photo = new Blob([await readFile(path)]);
      await controller.choosePhoto(
        { type: 'choose-photo', slot, id: path, name: path, photo, add: false, drop: `${a} ${b}` },
        decode(path),
      );
    };
    await choose('a', a);
    await choose('b', b);
    scores.push(shown!);
  }
  return scores;
}

/** An evaluation: all pictures by one plan, many faces in a pass. */
async function scoresOfEvaluation(pairs: readonly NamedPair[]): Promise<PairScores[]> {
  const plan = new PicturePlan();
  const planned = plan.addPairs(pairs, 'none', 1);
  const reader = new FaceReader(backbone, [head.head], 'full');
  const { faces, lost } = await readPictures(plan.tasks, { decode, networks, reader });
  expect(lost).toEqual([]);
  const scored = planned.map(({ a, b, same, fold }) => {
    const [first, second] = [a, b].map((side) =>
      side.map(({ picture, variant }) => faces[picture]![variant]!),
    );
    return { a: first!, b: second!, same, fold };
  });
  const columns = methodsOf([head]).map((name) => {
    const { scores } = scorePairsBy(methodInUse(name, [head]), scored);
    return [name, scores] as const;
  });
  return scored.map(
    (_, i) => Object.fromEntries(columns.map(([name, scores]) => [name, scores[i]])) as PairScores,
  );
}

/** Runs a command of the command line in its own process. */
async function scf(...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    'src/cli/scf.ts',
    ...words,
  ]);
  return stdout;
}

/** `scf embed`: the scores that its file gives, by the formulas alone. */
async function scoresOfEmbeddings(pairs: readonly NamedPair[]): Promise<PairScores[]> {
  const paths = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const out = join(root, `${paths.length}.safetensors`);
  await scf('embed', ...paths, '--head', HEAD, '--out', out, '--json');
  const { tensors, metadata } = readSafetensors(await readFile(out));
  const names = JSON.parse(metadata.names!) as string[];
  const [mu, kappa] = [tensors.get('embedding')!.data, tensors.get('kappa')!.data] as [
    Float32Array,
    Float32Array,
  ];
  const face = (path: string) => {
    const row = names.indexOf(path);
    const width = backbone.embeddingDim;
    return {
      mu: mu.subarray(row * width, (row + 1) * width),
      concentration: kappa.subarray(row, row + 1),
    };
  };
  const { radius, calibration } = head;
  return pairs.map(({ a, b }) => {
    const [first, second] = [face(a), face(b)];
    const cosTheta = dot(first.mu, second.mu);
    const entries = methodsOf([head]).map((name) => {
      const method = createMethod(name, { radius, calibration: calibration ?? undefined });
      return [name, method.pairScore(first, second, cosTheta)] as const;
    });
    return Object.fromEntries(entries) as unknown as PairScores;
  });
}

/** What `scf score --json` prints of a pair. */
async function printedScore({ a, b }: NamedPair): Promise<PairScores> {
  const printed = JSON.parse(await scf('score', a, b, '--head', HEAD, '--json')) as {
    cosTheta: number;
    scores: PairScores;
    policy: string;
  };
  expect(printed.policy).toBe('full');
  expect(printed.cosTheta).toBe(printed.scores.cosine);
  expect(Object.keys(printed.scores)).toEqual(methodsOf([head]));
  return printed.scores;
}

/** Requires every score of `found` within the tolerance of that of `expected`. */
function expectSame(found: readonly PairScores[], expected: readonly PairScores[], who: string) {
  expect(found.length, who).toBe(expected.length);
  found.forEach((scores, i) => {
    for (const [name, score] of Object.entries(scores)) {
      const other = expected[i]![name as keyof PairScores]!;
      const apart = Math.abs(score - other) / Math.max(1, Math.abs(other));
      expect(apart, `${who}, pair ${i}, ${name}: ${score}, ${other}`).toBeLessThanOrEqual(
        TOLERANCE,
      );
    }
  });
}

async function expectOneScore(pairs: readonly NamedPair[]): Promise<void> {
  // The command runs in a process of its own, beside this one.
  const [embedded, evaluated] = await Promise.all([
    scoresOfEmbeddings(pairs),
    scoresOfEvaluation(pairs),
  ]);
  // Different pairs have different scores: an agreement of constants would prove nothing.
  expect(new Set(evaluated.map(({ cosine }) => cosine)).size).toBe(pairs.length);
  expect(Object.keys(evaluated[0]!)).toEqual(methodsOf([head]));
  expectSame(await scoresOfCompare(pairs), evaluated, 'Compare');
  expectSame(embedded, evaluated, 'scf embed');
  // Each run of the command opens the models again, so that a few pairs have to do.
  for (const at of [0, pairs.length >> 1, pairs.length - 1])
    expectSame([await printedScore(pairs[at]!)], [evaluated[at]!], 'scf score');
}

describe('a pair of pictures has one score, whoever is asked', () => {
  it('for drawn faces', async () => expectOneScore(await drawnPairs()), 120_000);

  const title = existsSync(VIEW1)
    ? 'for 50 pairs of photographs'
    : `for 50 pairs of photographs (skipped: there is no ${VIEW1})`;
  it.skipIf(!existsSync(VIEW1))(title, async () => expectOneScore(await view1Pairs()), 600_000);
});
