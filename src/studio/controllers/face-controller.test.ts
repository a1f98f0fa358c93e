import { beforeAll, describe, expect, it } from 'vitest';
import { recordedTask } from '../../../test/fixtures/recorded-task';
import { smallHeldHead } from '../../../test/fixtures/small-held-head';
import { smallBackbone, smallSource } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { CROP_SIZE, pristine, type FaceRecord } from '../../faces/face-record';
import { TEMPLATE } from '../../faces/similarity-transform';
import { StudioError } from '../../core/studio-error';
import { chosenCrop, chosenFace } from '../runtime/verification';
import { FaceController } from './face-controller';
import type { WorkerEvent } from '../protocol';
import type { UsedHead } from './head-choice';

const RECORDS: FaceRecord[] = [];
for await (const record of smallSource.open({ seed: 0, epoch: 0, shuffleBuffer: 0 }))
  RECORDS.push(record);
const cropOf = (label: number, turn: number) =>
  RECORDS.filter((record) => record.label === label)[turn]!.encoded;
const picture = (id: string, label: number, turn: number) =>
  chosenCrop(
    { id, name: id, origin: 'sample', person: { source: 'small', label }, faces: 'photographs' },
    cropOf(label, turn),
  );

describe('the face controller', () => {
  beforeAll(async () => void (await startNodeWasm()));

  async function controllerOf(hasHead: boolean) {
    const events: WorkerEvent[] = [];
    const backbone = smallBackbone();
    const { trained, description } = smallHeldHead(backbone, 3);
    const used: UsedHead | null = hasHead
      ? { trained, inUse: { ...description, reason: 'chosen' } }
      : null;
    const controller = new FaceController(
      (event) => void events.push(event),
      () => ({
        backbone,
        headFor: async () => used,
        networks: () => Promise.reject(new StudioError('network', 'There are none.', '')),
      }),
    );
    const last = <T extends WorkerEvent['type']>(type: T) =>
      events
        .filter((event): event is Extract<WorkerEvent, { type: T }> => event.type === type)
        .at(-1);
    await controller.refresh();
    return { controller, events, last };
  }

  it('compares two pictures, and templates both by κ and by the plain mean', async () => {
    const { controller, last } = await controllerOf(true);
    await controller.choose('a', picture('1', 0, 0), false);
    expect(last('pair')!.pair).toBeNull();
    await controller.choose('b', picture('2', 0, 1), false);
    expect(last('pair')!.pair).toMatchObject({
      policy: 'full',
      pooledCosTheta: null,
      scores: { scf: expect.any(Number) },
    });
    await controller.choose('a', picture('3', 0, 2), true);
    const { faces } = last('side')!;
    expect(faces.map(({ id }) => id)).toEqual(['1', '3']);
    expect(faces[1]!.person).toEqual({ source: 'small', label: 0 });
    const total = faces[0]!.kappa! + faces[1]!.kappa!;
    faces.forEach(({ weight, kappa }) => expect(weight).toBeCloseTo(kappa! / total, 9));
    expect(last('pair')!.pair!.pooledCosTheta).not.toBeNull();
    await controller.remove('a', '1');
    expect(last('side')!.faces.map(({ id }) => id)).toEqual(['3']);
    await controller.choose('a', picture('4', 1, 0), false);
    expect(last('side')!.faces.map(({ id, weight }) => [id, weight])).toEqual([['4', 1]]);
  });

  it('knows one picture on both sides, as long as it is degraded alike', async () => {
    const { controller, last } = await controllerOf(true);
    const isOnePicture = () => last('pair')!.pair!.isOnePicture;
    const noisy = { ...pristine, noise: 0.5 };
    await controller.choose('a', picture('1', 0, 0), false);
    await controller.choose('b', picture('2', 0, 1), false);
    expect(isOnePicture()).toBe(false);
    await controller.choose('b', picture('3', 0, 0), false);
    expect(isOnePicture()).toBe(true);
    await controller.degrade('a', '1', noisy);
    expect(isOnePicture()).toBe(false);
    await controller.degrade('b', '3', noisy);
    expect(isOnePicture()).toBe(true);
    await controller.choose('b', picture('4', 0, 1), true);
    expect(isOnePicture()).toBe(false);
  });

  it('shows no κ of a head that was replaced while the face was read', async () => {
    const backbone = smallBackbone();
    const [photographs, drawn] = [3, 9].map((logKappa): UsedHead => {
      const { trained, description } = smallHeldHead(backbone, logKappa);
      return { trained, inUse: { ...description, reason: 'chosen' } };
    });
    const events: WorkerEvent[] = [];
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const controller = new FaceController(
      (event) => events.push(event),
      () => ({
        backbone,
        headFor: async (kinds) => {
          const head = kinds.has('drawn') ? drawn! : photographs!;
          isAsked();
          await answered;
          return head;
        },
        networks: () => Promise.reject(new StudioError('network', 'There are none.', '')),
      }),
    );
    // The page's first pass asks for a head before the face is chosen, and reads it with that one.
    const first = controller.refresh();
    await asked;
    const chosen = controller.choose('a', { ...picture('1', 0, 0), faces: 'drawn' }, false);
    await new Promise((resolve) => setTimeout(resolve));
    answer();
    await Promise.all([first, chosen]);
    const shown = events.flatMap((event) => (event.type === 'head' ? [event.sides.a] : []));
    expect(shown).toHaveLength(1);
    expect(Math.log(shown[0]![0]!.kappa!)).toBeCloseTo(9, 1);
  });

  it('gives no κ, no score and equal weights without a head', async () => {
    const { controller, last } = await controllerOf(false);
    await controller.choose('a', picture('1', 0, 0), false);
    await controller.choose('a', picture('2', 0, 1), true);
    await controller.choose('b', picture('3', 0, 2), false);
    expect(last('pair')!.pair).toMatchObject({
      scores: { cosine: expect.any(Number) },
      pooledCosTheta: null,
    });
    expect(last('pair')!.pair!.scores.scf).toBeUndefined();
    expect(last('side')!.faces[0]).toMatchObject({ kappa: null, weight: 1 });
  });

  it('keeps the order of choice however long decoding takes, and survives a failure', async () => {
    const { controller, last } = await controllerOf(true);
    let decoded: (chosen: ReturnType<typeof picture>) => void = () => undefined;
    const first = controller.choose(
      'a',
      new Promise<ReturnType<typeof picture>>((resolve) => (decoded = resolve)),
      false,
      'one',
    );
    const bad = controller.choose(
      'a',
      Promise.reject(new StudioError('bad-image', 'It is none.', '')),
      false,
      'one',
    );
    const second = controller.choose('a', picture('2', 0, 1), false, 'one');
    decoded(picture('1', 0, 0));
    await Promise.allSettled([first, bad, second]);
    await expect(bad).rejects.toMatchObject({ code: 'bad-image' });
    expect(last('side')!.faces.map(({ id }) => id)).toEqual(['1', '2']);
  });

  it('replaces the pictures of the drop before, even if some can’t be read', async () => {
    const { controller, last } = await controllerOf(true);
    await controller.choose('a', picture('before', 1, 0), false, 'one');
    const drop = [
      Promise.reject(new StudioError('no-face', 'It shows none.', '')),
      picture('1', 0, 0),
      picture('2', 0, 1),
    ];
    await Promise.allSettled(drop.map((chosen) => controller.choose('a', chosen, false, 'two')));
    expect(last('side')!.faces.map(({ id }) => id)).toEqual(['1', '2']);
    await controller.choose('a', picture('3', 0, 2), true, 'three');
    expect(last('side')!.faces.map(({ id }) => id)).toEqual(['1', '2', '3']);
    await controller.choose('a', picture('4', 1, 1), false);
    expect(last('side')!.faces.map(({ id }) => id)).toEqual(['4']);
  });

  it('refuses more pictures than a side may have', async () => {
    const { controller } = await controllerOf(false);
    for (let i = 0; i < 12; i++) await controller.choose('a', picture(String(i), 0, i % 8), i > 0);
    await expect(controller.choose('a', picture('13', 0, 0), true)).rejects.toMatchObject({
      code: 'bad-config',
    });
  });

  it('takes another face of a photograph, and leaves a crop alone', async () => {
    const { controller, last } = await controllerOf(false);
    const side = 2 * CROP_SIZE;
    const image = {
      width: side,
      height: CROP_SIZE,
      data: Uint8Array.from({ length: side * CROP_SIZE * 3 }, (_, i) =>
        Math.floor(i / 3) % side < CROP_SIZE ? 40 : 200,
      ),
    };
    const box = { left: 0, top: 0, width: CROP_SIZE, height: CROP_SIZE, score: 1 };
    const faces = [0, CROP_SIZE].map((left) => ({
      box: { ...box, left },
      points: TEMPLATE.map(([x, y]) => [x + left, y] as const),
      turned: 0 as const,
    }));
    await controller.choose(
      'a',
      chosenFace(
        { id: '1', name: 'two', origin: 'photo', faces: 'photographs' },
        { image, faces },
        0,
      ),
      false,
    );
    expect(last('side')!.faces[0]).toMatchObject({ photo: { width: side, chosen: 0 } });
    await controller.chooseFace('a', '1', 1);
    const [chosen] = last('side')!.faces;
    expect(chosen).toMatchObject({ photo: { chosen: 1 } });
    expect(chosen!.crop[4 * (56 * CROP_SIZE + 56)]).toBe(200);
    await controller.chooseFace('a', '1', 7);
    expect(last('side')!.faces[0]).toMatchObject({ photo: { chosen: 1 } });
  });

  it('sweeps every kind from none to the worst, and can be stopped', async () => {
    const { controller, last } = await controllerOf(true);
    await controller.choose('a', picture('1', 0, 0), false);
    await controller.choose('b', picture('2', 0, 1), false);
    const { pair } = last('pair')!;
    const task = recordedTask();
    const { kinds } = (await controller.sweep('a', '1', task))!;
    expect(kinds.map(({ kind, points }) => [kind, points.length])).toEqual(
      Object.keys(pristine).map((kind) => [kind, 9]),
    );
    for (const { points } of kinds) {
      expect(points[0]!.level).toBe(0);
      expect(points[0]!.scores.cosine).toBeCloseTo(pair!.scores.cosine, 6);
      expect(points[0]!.scores.scf).toBeCloseTo(pair!.scores.scf!, 3);
    }
    expect(new Set(kinds[0]!.points.map(({ scores }) => scores.cosine)).size).toBeGreaterThan(4);
    expect(task.progress.at(-1)).toMatchObject({ done: 54, total: 54 });
    await expect(controller.sweep('a', 'gone', task)).rejects.toMatchObject({ code: 'bad-config' });

    const stopped = await controllerOf(true);
    await stopped.controller.choose('a', picture('1', 0, 0), false);
    await stopped.controller.choose('b', picture('2', 0, 1), false);
    const sweep = stopped.controller.sweep('a', '1', {
      ...task,
      report: (progress) => (progress?.done ?? 0) > 5 && stopped.controller.stopSweep(),
    });
    expect(await sweep).toBeNull();
  });
});
