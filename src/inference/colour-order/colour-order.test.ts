import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import {
  colouredCrop,
  colouredPeople,
  firstChannelBackbone,
  type Shown,
} from '../../../test/fixtures/coloured-people';
import { pairBin } from '../../../test/fixtures/pair-bin';
import { smallDecoder } from '../../../test/fixtures/small-run';
import { decodeImage, encodeCrop } from '../../cli/node/decode-image';
import { startNodeWasm } from '../../cli/node/node-backend';
import type { FaceSource } from '../../faces/face-source';
import type { Backbone } from '../../models/backbones/backbone';
import { OnnxBackbone } from '../../models/backbones/onnx-backbone';
import { colourOrderNotice, compareColourOrders, withRedAndBlueExchanged } from './colour-order';
import { evaluate } from '../evaluation/evaluate';
import { binSet, type EvaluationSet } from '../evaluation/evaluation-set';
import { colourNoticeOfSet, colourNoticeOfSource, facesOfSource } from './known-faces';
import { resolveConfig } from '../../training/config/run-config';
import { parseInputConvention } from '../../models/backbones/input-convention-text';
import { TrainingSession } from '../../training/session/training-session';

const backboneFed = (convention = 'auto') =>
  OnnxBackbone.load(firstChannelBackbone(), {
    name: 'one',
    input: parseInputConvention(convention) ?? undefined,
  });

beforeAll(startNodeWasm);

describe('the two orders of colours', () => {
  const orders = async (shown: Shown, people = 16, convention = 'auto') => {
    const backbone = await backboneFed(convention);
    const found = await compareColourOrders(colouredPeople(people, 2, shown), backbone, 7);
    const notice = found && colourOrderNotice(found, backbone.input);
    backbone.dispose();
    return { found, notice };
  };

  it('are told apart if people differ in the colour that the backbone gets last', async () => {
    const { found, notice } = await orders('blue');
    expect(found).toMatchObject({ faces: 32, people: 16 });
    expect(found!.exchanged - found!.asFed).toBeGreaterThan(found!.gain[0]);
    expect(found!.exchanged - found!.asFed).toBeLessThan(found!.gain[1]);
    expect(found!.gain[0]).toBeGreaterThan(0);
    expect(notice).toMatch(
      /^The backbone seems to expect BGR: on 32 faces of 16 people .* in RGB /,
    );
    expect(notice).toContain('--input-convention "BGR 127.5 127.5" feeds it so');
    const fedBgr = await orders('red', 16, 'BGR 100 50');
    expect(fedBgr.notice).toContain('--input-convention "RGB 100 50"');
  });

  it.each([
    ['the order in use is the better one', 'red'],
    ['pictures are grey', 'grey'],
    ['people differ in neither colour', 'nowhere'],
  ] as const)('give no notice if %s', async (_, shown) => {
    const { found, notice } = await orders(shown);
    expect(found).not.toBeNull();
    expect(notice).toBeNull();
    if (shown === 'grey') expect(found!.gain).toEqual([0, 0]);
  });

  it('are compared on at least six people with two faces each', async () => {
    expect((await orders('blue', 5)).found).toBeNull();
    expect((await orders('blue', 6)).found).toMatchObject({ faces: 12, people: 6 });
    const backbone = await backboneFed();
    expect(await compareColourOrders(colouredPeople(20, 1, 'blue'), backbone, 7)).toBeNull();
    // The 33rd face is cut off: its person is left with two.
    expect(await compareColourOrders(colouredPeople(11, 3, 'blue'), backbone, 7)).toMatchObject({
      faces: 32,
      people: 11,
    });
    backbone.dispose();
  });

  it('are not compared if the person stops the work in the meantime', async () => {
    const backbone = await backboneFed();
    for (const after of [0, 1]) {
      let asked = 0;
      const isStopped = () => asked++ >= after;
      expect(
        await compareColourOrders(colouredPeople(16, 2, 'blue'), backbone, 7, isStopped),
      ).toBeNull();
      expect(asked).toBe(after + 1);
    }
    backbone.dispose();
  });

  it('differ by red and blue alone', () => {
    expect([...withRedAndBlueExchanged(Uint8Array.of(1, 2, 3, 4, 5, 6))]).toEqual([
      3, 2, 1, 6, 5, 4,
    ]);
  });
});

/** A source of coloured people, person by person. */
const sourceOf = (people: number, each: number, shown: Shown): FaceSource => ({
  info: async () => ({
    name: 'coloured',
    form: 'webdataset',
    shuffle: 'blocks',
    shards: ['coloured'],
    images: people * each,
    identities: people,
  }),
  fingerprint: async () => `coloured ${people} ${each} ${shown}`,
  async *open({ skip = 0 }) {
    for (let i = skip; i < people * each; i++) {
      const label = Math.floor(i / each);
      yield {
        key: `${i}`,
        label,
        encoded: colouredCrop(label, i % each, shown),
        shard: 'coloured',
      };
    }
  },
});

describe('a set read by a backbone in the wrong order of colours', () => {
  it('gives two faces each of its first people', async () => {
    const faces = await facesOfSource({
      source: sourceOf(30, 5, 'blue'),
      decoder: smallDecoder,
      seed: 1,
    });
    expect(faces.map(({ person }) => person)).toEqual(
      Array.from({ length: 32 }, (_, i) => Math.floor(i / 2)),
    );
    expect(
      await facesOfSource({ source: sourceOf(30, 1, 'blue'), decoder: smallDecoder, seed: 1 }),
    ).toEqual([]);
  });

  it.each([
    ['auto', 'blue', true],
    ['auto', 'red', false],
    ['BGR 127.5 127.5', 'blue', false],
  ] as const)(
    'gives a notice before a run: fed %s, %s, %s',
    async (inputConvention, shown, hasNotice) => {
      const backbone = await backboneFed(inputConvention);
      const notices: string[] = [];
      const before = tf.memory().numTensors;
      const session = new TrainingSession({
        config: resolveConfig({
          shards: 'memory.json',
          inputConvention,
          zDim: 24,
          convfDim: 49,
          batchSize: 8,
          epochs: 1,
        }),
        backbone,
        source: sourceOf(12, 4, shown),
        decoder: smallDecoder,
        store: new MemoryFileStore(),
        post: (event) => {
          if (event.type === 'notice') notices.push(event.text);
        },
        maxBlockBytes: 2 ** 30,
        bytesAllocated: () => 0,
      });
      await session.run();
      session.dispose();
      expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
      backbone.dispose();
      expect(notices.filter((text) => text.includes('seems to expect BGR'))).toHaveLength(
        hasNotice ? 1 : 0,
      );
    },
  );

  it('gives a notice with its evaluation, whether it names people or only pairs', async () => {
    const backbone = await backboneFed();
    const image = (name: string) => {
      const [person, picture, shown] = name.split('/') as [string, string, Shown];
      return {
        width: 112,
        height: 112,
        data: colouredCrop(Number(person), Number(picture), shown),
      };
    };
    const setOf = (shown: Shown, namesPeople: boolean): EvaluationSet => {
      const name = (person: number, picture: number) => `${person}/${picture}/${shown}`;
      const pairs = Array.from({ length: 40 }, (_, i) => {
        const same = i % 2 === 0;
        return { a: name(i, 0), b: same ? name(i, 1) : name(i + 100, 1), same, fold: i % 10 };
      });
      const pictures = pairs.flatMap(({ a, b }) =>
        [a, b].map((each) => ({ name: each, person: each.split('/')[0]! })),
      );
      return {
        name: 'coloured',
        pairs,
        pictures: namesPeople ? pictures : [],
        missingPictures: [],
        decode: async (picture) => image(picture),
      };
    };
    const noticesOf = async (set: EvaluationSet) =>
      (
        await evaluate({
          set,
          protocols: [{ kind: 'pairs', degraded: 'none' }],
          methods: ['cosine'],
          backbone,
          heads: [],
          networks: null,
          seed: 3,
        })
      ).notices;
    for (const namesPeople of [true, false]) {
      expect(await noticesOf(setOf('blue', namesPeople))).toEqual([
        expect.stringContaining('seems to expect BGR'),
      ]);
      expect(await noticesOf(setOf('red', namesPeople))).toEqual([]);
    }
    backbone.dispose();
  });

  it('is said of a .bin of swapped crops, whatever is known of the backbone', async () => {
    const unknown = await backboneFed();
    const description = {
      ...unknown.description,
      inputOrigin: { kind: 'file', by: 'this test' },
    } as const;
    const backbone = Object.create(unknown, { description: { value: description } }) as Backbone;
    /** Genuine pairs of people, and impostor pairs of neighbours, as a script would write them. */
    const binOf = async (swapped: boolean) => {
      const crops = colouredPeople(16, 4, 'red').map(({ crop }) =>
        encodeCrop(swapped ? withRedAndBlueExchanged(crop) : crop),
      );
      const pictures = await Promise.all(crops);
      const pairs = Array.from({ length: 16 }, (_, i) => [
        [4 * i, 4 * i + 1],
        [4 * i + 2, (4 * i + 7) % 64],
      ]).flat();
      return pairBin(
        pairs.flat().map((i) => pictures[i]!),
        pairs.map((_, i) => i % 2 === 0),
      );
    };
    for (const swapped of [true, false]) {
      const set = binSet('faces.bin', await binOf(swapped), decodeImage);
      const notice = await colourNoticeOfSet({ set, networks: null, backbone, seed: 3 });
      if (swapped)
        expect(notice).toMatch(
          /^Red and blue seem to be exchanged in the pictures of faces\.bin: .*-convention "BGR/,
        );
      else expect(notice).toBeNull();
    }
    unknown.dispose();
  });

  it('is not tested if the backbone’s file is known', async () => {
    const backbone = await backboneFed();
    const description = {
      ...backbone.description,
      inputOrigin: { kind: 'file', by: 'this test' },
    } as const;
    const known = Object.create(backbone, { description: { value: description } }) as OnnxBackbone;
    const asked = { source: sourceOf(12, 4, 'blue'), decoder: smallDecoder, seed: 1 };
    expect(await colourNoticeOfSource({ ...asked, backbone })).toContain('seems to expect BGR');
    expect(await colourNoticeOfSource({ ...asked, backbone: known })).toBeNull();
    backbone.dispose();
  });
});
