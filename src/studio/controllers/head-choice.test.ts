import { beforeAll, describe, expect, it } from 'vitest';
import { recordedTask } from '../../../test/fixtures/recorded-task';
import { smallHeldHead } from '../../../test/fixtures/small-held-head';
import { smallBackbone, smallSource } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import { StudioError } from '../../core/studio-error';
import type { FaceRecord } from '../../faces/face-record';
import type { Backbone } from '../../models/backbones/backbone';
import type { FaceKind } from '../../models/heads/ready-head-list';
import type { HeadInUse, PairReading, ShownFace, WorkerEvent } from '../protocol';
import { chosenCrop } from '../runtime/verification';
import type { HeldHead } from '../runtime/trained-head';
import { FaceController } from './face-controller';
import { HeadChoiceController } from './head-choice';

const RECORDS: FaceRecord[] = [];
for await (const record of smallSource.open({ seed: 0, epoch: 0, shuffleBuffer: 0 }))
  RECORDS.push(record);

/** log κ that each head gives every face, so that a κ tells which head it came from. */
const LOGS = { photographs: 2, drawn: 4, run: 6, file: 8 } as const;
const headOf = (kappa: number) =>
  (Object.keys(LOGS) as (keyof typeof LOGS)[]).find(
    (name) => Math.abs(Math.log(kappa) - LOGS[name]) < 1,
  );

/** The two controllers together, and what a page would show after each event. */
function studioOf(listed: readonly FaceKind[] = ['photographs', 'drawn']) {
  const small = smallBackbone();
  let onRead: (() => void) | null = null;
  const backbone: Backbone = {
    ...small,
    run: (batch) => {
      onRead?.();
      onRead = null;
      return small.run(batch);
    },
  };
  const own = (faces: FaceKind) =>
    smallHeldHead(backbone, LOGS[faces], { kind: 'studio', faces, name: faces });
  const ready = { photographs: own('photographs'), drawn: own('drawn') };
  const held: { run: HeldHead | null; file: HeldHead | null } = { run: null, file: null };
  const make = (kind: 'run' | 'file', method: 'scf' | 'pfe-g' = 'scf') =>
    (held[kind] = smallHeldHead(backbone, LOGS[kind], { kind, method, name: kind }));
  const events: WorkerEvent[] = [];
  const shown: { head: HeadInUse | null; a: readonly ShownFace[]; b: readonly ShownFace[] } = {
    head: null,
    a: [],
    b: [],
  };
  let pair: PairReading | null = null;
  const mixed: unknown[] = [];
  const post = (event: WorkerEvent) => {
    events.push(event);
    if (event.type === 'head') Object.assign(shown, { head: event.head, ...event.sides });
    if (event.type === 'side') shown[event.slot] = event.faces;
    if (event.type === 'head' || event.type === 'pair') pair = event.pair;
    const expected = shown.head && (shown.head.faces ?? shown.head.kind);
    for (const { kappa } of [...shown.a, ...shown.b])
      if (headOf(kappa!) !== expected) mixed.push([expected, kappa]);
  };
  const asked: string[] = [];
  let failure: StudioError | null = null;
  const heads = new HeadChoiceController(post, {
    run: () => held.run,
    file: () => held.file,
    listed: async () =>
      listed.map((faces) => ({ method: 'scf', faces, file: `${faces}.safetensors` })),
    ready: async (method, faces) => {
      asked.push(`${method} ${faces}`);
      if (failure) throw failure;
      return method === 'scf' && listed.includes(faces) ? ready[faces] : null;
    },
  });
  const faces = new FaceController(post, () => ({
    backbone,
    headFor: (kinds) => heads.forFaces(kinds),
    networks: () => Promise.reject(new StudioError('network', 'There are none.', '')),
  }));
  const put = (slot: 'a' | 'b', kind: FaceKind, at = 0) =>
    faces.choose(
      slot,
      chosenCrop(
        { id: `${slot}${at}`, name: '', origin: 'sample', faces: kind },
        RECORDS[at]!.encoded,
      ),
      false,
    );
  const choose = (...[choice]: Parameters<HeadChoiceController['choose']>) =>
    Promise.all([heads.choose(choice), faces.refresh()]);
  const drop = (kind: 'run' | 'file') => {
    held[kind]?.dispose();
    held[kind] = null;
    return Promise.all([heads.updated(kind, true), faces.refresh()]);
  };
  const of = <T extends WorkerEvent['type']>(type: T) =>
    events.filter((event): event is Extract<WorkerEvent, { type: T }> => event.type === type);
  return {
    heads,
    faces,
    events,
    shown,
    pair: () => pair,
    mixed,
    asked,
    make,
    put,
    choose,
    drop,
    of,
    /** Calls back once, in the middle of the next reading. */
    duringReading: (then: () => void) => (onRead = then),
    fail: (error: StudioError | null) => (failure = error),
  };
}

describe('the choice of head', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it('is by itself one of the studio’s, by the faces shown, for both sides', async () => {
    const { put, shown, mixed, pair } = studioOf();
    await put('a', 'drawn');
    await put('b', 'drawn', 10);
    expect(shown.head).toMatchObject({ faces: 'drawn', reason: 'drawn' });
    const before = pair()!.scores.scf;
    await put('b', 'photographs', 10);
    expect(shown.head).toMatchObject({ faces: 'photographs', reason: 'mixed' });
    expect([...shown.a, ...shown.b].map(({ kappa }) => headOf(kappa!))).toEqual([
      'photographs',
      'photographs',
    ]);
    expect(pair()!.scores.scf).not.toBe(before);
    await put('a', 'photographs');
    expect(shown.head).toMatchObject({ faces: 'photographs', reason: 'photographs' });
    expect(mixed).toEqual([]);
  });

  it('says that drawn faces are read with the other head if there is none for them', async () => {
    const { put, shown } = studioOf(['photographs']);
    await put('a', 'drawn');
    expect(shown.head).toMatchObject({ faces: 'photographs', reason: 'no-drawn-head' });
  });

  it('is never a run or a file by itself, and stays what a person chose', async () => {
    const { heads, make, put, choose, shown, of } = studioOf();
    expect(() => heads.choose({ kind: 'run' })).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    );
    await put('a', 'photographs');
    make('run');
    await heads.updated('run', true);
    make('file');
    await heads.updated('file', true);
    expect(
      of('heads')
        .at(-1)!
        .available.map(({ faces, kind }) => faces ?? kind),
    ).toEqual(['photographs', 'drawn', 'run', 'file']);
    expect(shown.head!.kind).toBe('studio');
    await choose({ kind: 'file' });
    expect(shown.head).toMatchObject({ kind: 'file', reason: 'chosen' });
    await heads.updated('run', true);
    expect(heads.choice).toEqual({ kind: 'file' });
    expect(of('photo-head').at(-1)!.head!.kind).toBe('file');
    expect(of('notice')).toEqual([]);
    await choose({ kind: 'studio', faces: 'drawn' });
    expect(headOf(shown.a[0]!.kappa!)).toBe('drawn');
  });

  it('falls back with a notice if what was chosen goes, even while it reads a face', async () => {
    const { heads, make, put, choose, drop, shown, mixed, of } = studioOf();
    make('run');
    await put('a', 'photographs');
    await choose({ kind: 'run' });
    const reading = put('b', 'photographs', 10);
    await Promise.all([drop('run'), reading]);
    expect(heads.choice).toEqual({ kind: 'studio', faces: 'auto' });
    expect(of('notice').map(({ text }) => text)).toEqual([
      'The run whose head had been chosen is gone: faces are read with the studio’s own head ' +
        'again.',
    ]);
    expect([...shown.a, ...shown.b].map(({ kappa }) => headOf(kappa!))).toEqual([
      'photographs',
      'photographs',
    ]);
    expect(mixed).toEqual([]);
  });

  it('ends a sweep whose head goes away, without its figures', async () => {
    const { faces, make, put, choose, drop, shown, mixed } = studioOf();
    make('run');
    await put('a', 'photographs');
    await put('b', 'photographs', 10);
    await choose({ kind: 'run' });
    const task = recordedTask();
    const sweep = faces.sweep('a', 'a0', task);
    while (!task.progress.some((progress) => progress?.done))
      await new Promise((resolve) => setTimeout(resolve, 1));
    const [, swept] = await Promise.all([drop('run'), sweep]);
    expect(swept).toBeNull();
    expect(headOf(shown.a[0]!.kappa!)).toBe('photographs');
    expect(mixed).toEqual([]);
  });

  it('ends as the last of several quick choices, and never mixes two heads', async () => {
    const { make, put, choose, shown, mixed, of } = studioOf();
    make('run');
    make('file');
    await put('a', 'drawn');
    const reading = put('b', 'drawn', 10);
    await Promise.all([
      choose({ kind: 'run' }),
      choose({ kind: 'file' }),
      reading,
      choose({ kind: 'studio', faces: 'photographs' }),
      choose({ kind: 'run' }),
    ]);
    expect(shown.head!.kind).toBe('run');
    expect([...shown.a, ...shown.b].map(({ kappa }) => headOf(kappa!))).toEqual(['run', 'run']);
    expect(of('heads').at(-1)!.choice).toEqual({ kind: 'run' });
    expect(of('photo-head').at(-1)!.head!.kind).toBe('run');
    expect(mixed).toEqual([]);
  });

  it('may change while a face is being read, which is then read again', async () => {
    const { make, put, choose, drop, shown, mixed, of, duringReading } = studioOf();
    make('run');
    await put('a', 'photographs');
    let change: Promise<unknown> = Promise.resolve();
    duringReading(() => void (change = choose({ kind: 'run' })));
    await put('b', 'photographs', 10);
    await change;
    expect([...shown.a, ...shown.b].map(({ kappa }) => headOf(kappa!))).toEqual(['run', 'run']);

    duringReading(() => void (change = drop('run')));
    await put('b', 'photographs', 20);
    await change;
    expect(shown.head!.faces).toBe('photographs');
    // No face vanishes in between.
    expect(of('head').map(({ sides }) => [sides.a.length, sides.b.length])).toEqual([
      [1, 0],
      [1, 1],
      [1, 1],
    ]);
    expect(mixed).toEqual([]);
  });

  it('leaves single faces to the studio’s head if the chosen one gives no κ', async () => {
    const { heads, make, put, choose, shown, of } = studioOf();
    make('run', 'pfe-g');
    await put('a', 'drawn');
    await choose({ kind: 'run' });
    expect(shown.head).toMatchObject({ faces: 'drawn', reason: 'not-scf' });
    expect((await heads.forEvaluation())!.trained.method).toBe('pfe-g');
    expect(
      of('heads')
        .at(-1)!
        .evaluated.map(({ method, kind }) => [method, kind]),
    ).toEqual([
      ['scf', 'studio'],
      ['pfe-g', 'run'],
    ]);
  });

  it('does without a head of the studio that can’t be read, and asks again if told', async () => {
    const { put, choose, shown, of, fail, asked } = studioOf();
    fail(new StudioError('network', 'It can’t be reached.', ''));
    await put('a', 'photographs');
    await put('b', 'photographs', 10);
    expect(shown.head).toBeNull();
    expect(shown.a[0]!.kappa).toBeNull();
    expect(of('error').map(({ scope }) => scope)).toEqual(['models']);
    expect(asked).toEqual(['scf photographs']);
    fail(null);
    await choose({ kind: 'studio', faces: 'auto' });
    expect(headOf(shown.a[0]!.kappa!)).toBe('photographs');
  });
});
