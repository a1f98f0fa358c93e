import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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
import { dot } from '../../src/core/vector';
import { orientedBy, type Orientation } from '../../src/faces/decode/formats/exif-orientation';
import type { RgbImage } from '../../src/faces/face-record';
import type { PhotoNetworks } from '../../src/inference/align/find-faces';
import { FaceReader, type FaceReading } from '../../src/inference/face-reader';
import { locateMainFace } from '../../src/inference/locate-face';
import type { Backbone } from '../../src/models/backbones/backbone';
import type { OpenedHead } from '../../src/training/checkpoint/open-head';
import { drawnCrop, photographOf } from '../fixtures/drawn-photograph';

/*
 * Self-consistency: a picture that was enlarged, mirrored, saved again or turned shows the same
 * face, so that its direction and κ hardly change.
 */

const HEAD = 'public/heads/scf.safetensors';
const MODELS = 'public/models';
const PHOTOS = '../shared/data/photos';
/** Every so many of the photographs, to keep the test short. */
const PHOTOS_APART = 5;

const MIN_COS_THETA = 0.98;
const MAX_KAPPA_CHANGE = 0.1;

let root: string;
let backbone: Backbone;
let networks: PhotoNetworks;
let opened: OpenedHead;
let reader: FaceReader;

beforeAll(async () => {
  await startNodeWasm();
  root = await mkdtemp(join(tmpdir(), 'scf-self-'));
  backbone = await openNodeBackbone(DEFAULT_BACKBONE);
  networks = await openPhotoNetworks(MODELS);
  opened = await (await openNodeHead(HEAD)).on(backbone);
  reader = new FaceReader(backbone, [opened.head], 'full');
}, 60_000);
afterAll(async () => {
  opened.dispose();
  backbone.dispose();
  await rm(root, { recursive: true });
});

/** What was read of a picture, and by how much it had to be turned. */
interface ReadPicture {
  readonly reading: FaceReading;
  readonly turned: number;
}

async function read(image: RgbImage): Promise<ReadPicture> {
  const face = await locateMainFace(image, { policy: reader.policy, networks });
  expect(face, 'a face').not.toBeNull();
  const [reading] = await reader.read([face!]);
  return { reading: reading!, turned: face!.found!.face.turned };
}

const kappaOf = ({ concentrations }: FaceReading) => concentrations[0]![0]!;

function expectSameFace(found: FaceReading, original: FaceReading, what: string): void {
  expect(dot(found.mu, original.mu), `cos θ of ${what}`).toBeGreaterThanOrEqual(MIN_COS_THETA);
  const change = Math.abs(kappaOf(found) / kappaOf(original) - 1);
  expect(change, `relative change of κ of ${what}`).toBeLessThanOrEqual(MAX_KAPPA_CHANGE);
}

const inSharp = ({ data, width, height }: RgbImage) =>
  sharp(data, { raw: { width, height, channels: 3 } });

const jpeg = async (image: RgbImage, orientation: Orientation) =>
  inSharp(image).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();

async function enlarged(image: RgbImage): Promise<RgbImage> {
  const [width, height] = [2 * image.width, 2 * image.height];
  const data = await inSharp(image).resize(width, height, { kernel: 'cubic' }).raw().toBuffer();
  return { width, height, data: new Uint8Array(data) };
}

/** Changes that leave the face upright. */
const changes: readonly (readonly [string, (image: RgbImage) => Promise<RgbImage>])[] = [
  ['itself', async (image) => image],
  ['its 2× enlargement', enlarged],
  ['its mirror image', async (image) => orientedBy(image, 2)],
  ['the picture saved again', async (image) => decodeImage(await jpeg(image, 1))],
];

/** Orientations, and those that undo them: a quarter turn is undone by the other one. */
const undoing: readonly (readonly [Orientation, Orientation])[] = [
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [5, 5],
  [6, 8],
  [7, 7],
  [8, 6],
];

/** Turns without a tag, by the orientation that makes them. */
const turns: readonly (readonly [number, Orientation])[] = [
  [90, 6],
  [180, 3],
  [270, 8],
];

/** A picture and everything that is made of it. */
async function expectConsistent(image: RgbImage, name: string): Promise<void> {
  const original = await read(image);
  for (const [what, change] of changes) {
    const { reading } = await read(await change(image));
    expectSameFace(reading, original.reading, `${name}, ${what}`);
  }
  for (const [degrees, orientation] of turns) {
    const what = `${name}, turned by ${degrees}°`;
    const { reading, turned } = await read(orientedBy(image, orientation));
    expect((turned + degrees) % 360, `turn that rights ${what}`).toBe(original.turned);
    expectSameFace(reading, original.reading, what);
  }
}

/** A picture stored turned or mirrored, with the Exif tag that undoes it. */
async function expectOrientationsUndone(image: RgbImage, name: string): Promise<void> {
  const original = await read(image);
  for (const [tag, inverse] of undoing) {
    const stored = orientedBy(image, inverse);
    const exact = await inSharp(stored).withMetadata({ orientation: tag }).png().toBuffer();
    const { width, height, data } = await decodeImage(exact);
    expect([width, height], `size with tag ${tag}`).toEqual([image.width, image.height]);
    expect(Buffer.compare(data, image.data), `pixels with tag ${tag}`).toBe(0);
    const { reading } = await read(await decodeImage(await jpeg(stored, tag)));
    expectSameFace(reading, original.reading, `${name} with tag ${tag}`);
  }
}

const drawnPhotograph = (person: number): RgbImage =>
  photographOf(drawnCrop(7, person, 0), {
    scale: 1.5,
    left: 180,
    top: 70,
    width: 560,
    height: 360,
  });

describe('a drawn face pasted into a picture', () => {
  it('is the same face however the picture is changed', async () => {
    for (const person of [1, 2]) await expectConsistent(drawnPhotograph(person), `${person}`);
  }, 120_000);

  it('is the same face by every Exif orientation', async () => {
    await expectOrientationsUndone(drawnPhotograph(2), '2');
  }, 120_000);

  it('has cos θ 1 and the same κ twice where scf compares it with itself', async () => {
    const path = join(root, 'drawn.png');
    await inSharp(drawnPhotograph(2)).toFile(path);
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--import', 'tsx', 'src/cli/scf.ts'],
      ...['score', path, path, '--head', HEAD, '--json'],
    ]);
    const { cosTheta, kappa } = JSON.parse(stdout) as { cosTheta: number; kappa: number[] };
    expect(cosTheta.toFixed(4)).toBe('1.0000');
    expect(kappa).toHaveLength(2);
    expect(kappa[0]).toBeGreaterThan(0);
    expect(kappa[1]).toBe(kappa[0]);
  }, 120_000);
});

const hasPhotos = existsSync(PHOTOS);
const skipped = hasPhotos ? '' : ` (skipped: there is no ${PHOTOS})`;
describe.skipIf(!hasPhotos)(`a photograph's face${skipped}`, () => {
  const photographs = async () =>
    (await readdir(PHOTOS)).filter((name) => name.endsWith('.jpg')).sort();
  const decode = async (name: string) => decodeImage(await readFile(join(PHOTOS, name)), name);

  it('is the same face however the picture is changed', async () => {
    const chosen = (await photographs()).filter((_, i) => i % PHOTOS_APART === 0);
    expect(chosen.length).toBeGreaterThan(0);
    for (const name of chosen) await expectConsistent(await decode(name), name);
  }, 600_000);

  it('is the same face by every Exif orientation', async () => {
    const [first] = await photographs();
    await expectOrientationsUndone(await decode(first!), first!);
  }, 120_000);
});
