import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { smallBackbone, smallConfig, smallSource } from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import type { FaceSource } from '../../faces/face-source';
import { StudioError } from '../../core/studio-error';
import {
  PREVIOUS_CHECKPOINT_FILE,
  CHECKPOINT_FILE,
} from '../../training/checkpoint/checkpoint-writer';
import type { KeptRun } from '../../runs/kept-run';
import { RunLibrary } from '../../runs/run-library';
import { recordedTask, type RecordedTask } from '../../../test/fixtures/recorded-task';
import { trainKeptRun } from '../../../test/fixtures/kept-run';
import type { FileStore } from '../../formats/bytes/file-store';
import { StepCollector } from '../../training/session/run/step-collector';
import type { RunState } from '../../training/session/run-events';
import type { ModelRuntime } from '../runtime/model-runtime';
import type { WorkerEvent } from '../protocol';
import { noopTabLock } from '../storage/tab-lock';
import { BackendLease } from '../backend-lease';
import { runsHandlers } from '../handlers/runs-handlers';
import type { HandlerTools } from '../handlers/handlers';
import { KeptRunsController } from './kept-runs-controller';
import { RunController } from './run-controller';

const config = smallConfig({ shards: 'files:faces', epochs: 2 });
const access = { files: [], allowedOrigins: [] };
const others: FaceSource = { ...smallSource, fingerprint: async () => 'others' };

/** Stands for a decoder: answers with the encoded bytes as the crop. */
class EchoWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  postMessage({ id, encoded }: { id: number; encoded: Uint8Array }): void {
    queueMicrotask(() => this.onmessage?.({ data: { id, crop: encoded } }));
  }
  terminate(): void {}
}

/** A library with the run, trained to its end, and its whole file. */
async function trained() {
  const library = new RunLibrary(new MemoryFileStore());
  const { id, folder } = await trainKeptRun(library, config);
  const bytes = (await folder.read(CHECKPOINT_FILE)) as Uint8Array<ArrayBuffer>;
  return { library, id, folder, file: new File([bytes], 'run.safetensors') };
}

function controllerOf(
  library: RunLibrary,
  source: FaceSource,
  onEvent: (event: WorkerEvent) => void = () => undefined,
) {
  const events: WorkerEvent[] = [];
  /** Each new state of the run; the second `preparing`, with fitted settings, is no new one. */
  const states: RunState[] = [];
  const lease = new BackendLease(noopTabLock);
  const backbone = smallBackbone();
  const runtime = {
    backend: { backend: 'wasm', wasmThreads: 2, adapter: null },
    backbone,
    maxBlockBytes: 2 ** 30,
    hasFault: false,
    prepare: async () => undefined,
    use: async () => false,
    refuseWhatCannotFit: async () => undefined,
  };
  const runIds = new Set<string | null>();
  const post = (event: WorkerEvent) => {
    events.push(event);
    if (event.type === 'run-state' && event.state !== states.at(-1)) states.push(event.state);
    onEvent(event);
  };
  const task: RecordedTask = {
    ...recordedTask(),
    post: (event, runId = null) => {
      runIds.add(runId);
      post(event);
    },
  };
  const controller = new RunController({
    library,
    shared: new MemoryFileStore(),
    post,
    features: new MemoryFileStore(),
    tabLock: noopTabLock,
    runtime: () => runtime as unknown as ModelRuntime,
    openSource: async () => source,
    centresFor: () => undefined,
    lease,
    onBackbone: async () => undefined,
    onHeadGone: () => undefined,
    onBetterHead: () => undefined,
  });
  const of = <T extends WorkerEvent['type']>(type: T) =>
    events.filter((event): event is Extract<WorkerEvent, { type: T }> => event.type === type);
  const dispose = () => {
    controller.forget();
    backbone.dispose();
  };
  return { controller, task, runIds, of, states, lease, dispose };
}

async function damage(store: FileStore, name: string): Promise<void> {
  const bytes = (await store.read(name))!.slice();
  bytes[bytes.length - 6]! ^= 4;
  await store.write(name, bytes);
}

describe('the run controller', () => {
  beforeAll(async () => void (await startNodeWasm()));
  beforeEach(() => vi.stubGlobal('Worker', EchoWorker));
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('refuses to resume a run, kept or from a file, on other pictures, and leaves it', async () => {
    const { library, id, folder, file } = await trained();
    const before = await folder.read(CHECKPOINT_FILE);
    const { changedAt, ...kept } = await library.summary(id);
    const { controller, task, of, dispose } = controllerOf(library, others);
    const refused = expect.objectContaining({
      code: 'bad-checkpoint',
      message:
        'The saved run was trained on the pictures of what files:faces held then; those of ' +
        'files:faces are others.',
    });
    await expect(controller.resumeKept(id, access, task)).rejects.toEqual(refused);
    await expect(controller.resumeFile(file, config, access, task)).rejects.toEqual(refused);
    expect(of('steps')).toEqual([]);
    expect(controller.session).toBeNull();
    expect(await folder.read(CHECKPOINT_FILE)).toEqual(before);
    const { runs } = await library.list();
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ ...kept, changedAt });
    dispose();
  });

  it('offers the checkpoint before a damaged one, and resumes it to the end', async () => {
    const { library, id, folder } = await trained();
    const last = (await controllerOf(library, smallSource).controller.resumable())!.step;
    // A finished run keeps its last checkpoint only.
    const before = await interrupted(library);
    await damage(before.folder, CHECKPOINT_FILE);
    const { controller, task, runIds, of, dispose } = controllerOf(library, smallSource);
    const offered = (await controller.resumable())!;
    expect(offered).toMatchObject({ runId: before.id });
    expect(offered.step).toBeLessThan(last);
    await controller.resumeKept(before.id, access, task);
    // All that is told of the run names it, and its request says how far it is.
    expect([...runIds]).toEqual([before.id]);
    expect(task.progress.some((progress) => progress?.phase === 'reading-features')).toBe(true);
    expect(of('progress')).toEqual([]);
    // Once, and not again when it is resumed.
    expect(of('notice').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^run\.safetensors is damaged: .* A run goes on from that one\.$/),
    ]);
    expect(controller.session!.cursor.step).toBe(last);
    // The page gets the whole run: what was recorded up to the checkpoint, then what is trained.
    const steps = of('steps').flatMap(({ metrics }) => metrics.map(({ step }) => step));
    expect(steps).toEqual(Array.from({ length: last }, (_, at) => at + 1));
    const curves = await (await library.open(before.id)).curves();
    expect([...curves.step]).toEqual(steps);
    expect((await library.list()).runs.map((run) => [run.id, run.state]).sort()).toEqual(
      [
        [id, 'finished'],
        [before.id, 'finished'],
      ].sort(),
    );
    expect(await folder.read(CHECKPOINT_FILE)).not.toBeNull();
    dispose();
  });

  it('reports a run without a whole checkpoint, and sets both files aside', async () => {
    const { library } = { library: new RunLibrary(new MemoryFileStore()) };
    const { id, folder } = await interrupted(library);
    for (const name of [CHECKPOINT_FILE, PREVIOUS_CHECKPOINT_FILE]) await damage(folder, name);
    const { controller, of, dispose } = controllerOf(library, smallSource);
    expect(await controller.resumable()).toBeNull();
    expect(of('error')[0]!.error).toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringMatching(/^The saved run is damaged and was set aside \(.*\)\.$/),
      nextStep: 'Start a new run, or go on with a file of this one under Models.',
    });
    expect(await controller.resumable()).toBeNull();
    expect(of('error')).toHaveLength(1);
    expect(await library.summary(id)).toMatchObject({ checkpointStep: null });
    dispose();
  });

  it('keeps a run beside the one before, with its head; it replaces nothing', async () => {
    const { library, id } = await trained();
    const { controller, task, of, dispose } = controllerOf(library, smallSource);
    await controller.start(config, access, task);
    const { runs } = await library.list();
    expect(runs).toHaveLength(2);
    const [latest] = runs;
    expect(latest).toMatchObject({
      id: of('kept-run')[0]!.id,
      state: 'finished',
      hasEnded: true,
      hasHead: true,
      machine: 'wasm · 2 threads',
      step: controller.session!.cursor.step,
      data: { trainingImages: expect.any(Number), validationImages: expect.any(Number) },
    });
    const kept = await library.open(latest!.id);
    expect(await kept.folder.read(PREVIOUS_CHECKPOINT_FILE)).toBeNull();
    expect((await kept.validations()).map(({ loss }) => loss)).toEqual(
      of('validation').map(({ result }) => result.loss),
    );
    expect(runs[1]!.id).toBe(id);
    dispose();
  });

  it('does not restart after a lost device if its checkpoint can’t be read', async () => {
    const store = new MemoryFileStore();
    const library = new RunLibrary(store);
    const { controller, task, of, dispose } = controllerOf(library, smallSource);
    const lost = new StudioError('device-lost', 'The GPU was lost.', '');
    const { replace, open } = MemoryFileStore.prototype;
    vi.spyOn(MemoryFileStore.prototype, 'replace').mockImplementation(async function (
      this: MemoryFileStore,
      ...file
    ) {
      await replace.apply(this, file);
      vi.spyOn(MemoryFileStore.prototype, 'open').mockImplementation(function (
        this: MemoryFileStore,
        name,
      ) {
        if (name !== CHECKPOINT_FILE) return open.call(this, name);
        return Promise.reject(new StudioError('storage-denied', 'It can’t be read.', ''));
      });
      controller.stop(lost);
    });
    await expect(controller.start(config, access, task)).rejects.toBe(lost);
    expect(of('error').map(({ error }) => error.message)).toContain('It can’t be read.');
    expect(of('notice')).toEqual([]);
    vi.restoreAllMocks();
    expect((await library.list()).runs[0]).toMatchObject({
      state: 'failed',
      failure: 'The GPU was lost.',
    });
    dispose();
  });

  it('offers what a person stopped at its very step, and nothing once it is finished', async () => {
    const library = new RunLibrary(new MemoryFileStore());
    const { controller, task, of, states, dispose } = controllerOf(
      library,
      smallSource,
      (event) => {
        if (event.type === 'steps' && states.includes('running')) controller.stop();
      },
    );
    await controller.start(config, access, task);
    expect(states).toEqual(['preparing', 'running', 'stopped']);
    const offered = of('resumable').at(-1)!.run!;
    expect(offered.step).toBe(controller.session!.cursor.step);
    expect(offered.step).toBeGreaterThan(0);
    dispose();
    const rest = controllerOf(library, smallSource);
    await rest.controller.resumeKept(offered.runId, access, rest.task);
    expect(rest.states).toEqual(['preparing', 'running', 'finished']);
    expect(rest.of('resumable').map(({ run }) => run)).toEqual([null]);
    rest.dispose();
  });

  it('never says that a run is saved which can’t be kept; it recovers all the same', async () => {
    const lost = new StudioError('device-lost', 'The GPU was lost.', '');
    let errors = 0;
    const { controller, task, of, states, dispose } = controllerOf(
      new RunLibrary(new MemoryFileStore(0)),
      smallSource,
      (event) => {
        // The first says that it can't be kept, the second that a checkpoint isn't.
        if (event.type === 'error' && ++errors === 2) controller.stop(lost);
      },
    );
    await controller.start(config, access, task);
    expect(states.at(-1)).toBe('finished');
    expect(of('kept-run')).toEqual([]);
    expect(of('checkpoint-saved')).toEqual([]);
    expect(of('notice')[0]!.text).toMatch(
      /goes on by itself .* from its checkpoint at step \d+\.$/,
    );
    expect(of('error')[1]!.error).toMatchObject({
      code: 'storage-full',
      message: of('error')[0]!.error.message,
      nextStep: 'Training goes on. Download its head at the end.',
    });
    dispose();
  });

  it('offers what is left when the offered run is removed, and that when it is back', async () => {
    const library = new RunLibrary(new MemoryFileStore());
    const first = await interrupted(library);
    const { controller, task, of, dispose } = controllerOf(library, smallSource);
    const { 'remove-run': remove, 'restore-run': restore } = runsHandlers({
      controllers: { keptRuns: new KeptRunsController(library, vi.fn()), runs: controller },
    } as unknown as HandlerTools);
    const offered = () => of('resumable').at(-1)!.run?.runId ?? null;
    await controller.start({ ...config, epochs: 1 }, access, task);
    const second = of('kept-run')[0]!.id;
    // The one that has finished is on show.
    await controller.offer();
    expect(offered()).toBeNull();
    const run = await library.summary(second);
    expect(await remove({ type: 'remove-run', runId: second }, task)).toEqual(run);
    expect(offered()).toBe(first.id);
    await remove({ type: 'remove-run', runId: first.id }, task);
    expect(offered()).toBeNull();
    await restore({ type: 'restore-run', runId: first.id }, task);
    expect(offered()).toBe(first.id);
    await restore({ type: 'restore-run', runId: second }, task);
    expect(offered()).toBeNull();
    controller.forget();
    await controller.offer();
    expect(offered()).toBe(second);
    dispose();
  });

  it('recovers from a lost device, and says so by its state', async () => {
    const lost = new StudioError('device-lost', 'The GPU was lost.', '');
    let losses = 0;
    const { controller, task, of, states, dispose } = controllerOf(
      new RunLibrary(new MemoryFileStore()),
      smallSource,
      (event) => {
        if (event.type === 'checkpoint-saved' && ++losses === 1) controller.stop(lost);
      },
    );
    await controller.start(config, access, task);
    expect(states).toEqual([
      ...['preparing', 'running', 'recovering'],
      ...['preparing', 'running', 'finished'],
    ]);
    expect(of('notice')[0]!.text).toMatch(/^The GPU was lost\. The run goes on by itself/);
    dispose();
  });

  it('can be stopped while it recovers, and has failed after a fault of its own', async () => {
    const lost = new StudioError('device-lost', 'The GPU was lost.', '');
    const stopped = controllerOf(new RunLibrary(new MemoryFileStore()), smallSource, (event) => {
      if (event.type === 'checkpoint-saved') stopped.controller.stop(lost);
      if (event.type === 'run-state' && event.state === 'recovering') stopped.controller.stop();
    });
    await expect(stopped.controller.start(config, access, stopped.task)).rejects.toBe(lost);
    expect(stopped.states).toEqual(['preparing', 'running', 'recovering', 'stopped']);
    expect(stopped.of('resumable').at(-1)!.run).not.toBeNull();
    stopped.dispose();
    const gone = new StudioError('network', 'The shard is gone.', '');
    const failing = { ...smallSource, info: () => Promise.reject(gone) };
    const failed = controllerOf(new RunLibrary(new MemoryFileStore()), failing);
    await expect(failed.controller.start(config, access, failed.task)).rejects.toBe(gone);
    expect(failed.states).toEqual(['preparing', 'failed']);
    failed.dispose();
  });

  it('has ended if it can’t be saved at its stop, and another can be started', async () => {
    const { controller, task, states, dispose } = controllerOf(
      new RunLibrary(new MemoryFileStore()),
      smallSource,
      (event) => {
        if (event.type !== 'run-state' || event.state !== 'running' || states.length > 2) return;
        // The figures of steps that are still on the device are read before the run is saved.
        vi.spyOn(StepCollector.prototype, 'readMetrics').mockRejectedValue(diverged);
        const { trainer } = controller.session!;
        const step = trainer.enqueueStep.bind(trainer);
        vi.spyOn(trainer, 'enqueueStep').mockImplementation(async (...batch) => {
          await step(...batch);
          controller.stop();
        });
      },
    );
    const diverged = new StudioError('diverged', 'The run diverged.', '');
    await expect(controller.start(config, access, task)).rejects.toBe(diverged);
    expect([states, controller.isOn]).toEqual([['preparing', 'running', 'stopped'], false]);
    vi.restoreAllMocks();
    await controller.start({ ...config, epochs: 1 }, access, task);
    expect(states.slice(3)).toEqual(['preparing', 'running', 'finished']);
    dispose();
  });

  it('gives its place to the run asked for last, once it has ended', async () => {
    const later: Promise<void>[] = [];
    const { controller, task, states, of, dispose } = controllerOf(
      new RunLibrary(new MemoryFileStore()),
      smallSource,
      (event) => {
        if (event.type !== 'steps' || later.length > 0) return;
        for (const epochs of [3, 1])
          later.push(controller.start({ ...config, epochs }, access, task));
      },
    );
    await controller.start(config, access, task);
    await Promise.all(later);
    // The second never began.
    expect(states).toEqual([
      ...['preparing', 'running', 'stopped'],
      ...['preparing', 'running', 'finished'],
    ]);
    expect(of('run-state').at(-1)!.config!.epochs).toBe(1);
    dispose();
  });

  it('was stopped, and has not failed, if its end for the next run is a fault', async () => {
    const gone = new StudioError('network', 'The shard is gone.', '');
    let next: Promise<void> | null = null;
    let asked = 0;
    const failing: FaceSource = {
      ...smallSource,
      info: async () => {
        if (asked++ > 0) return smallSource.info();
        next = controller.start({ ...config, epochs: 1 }, access, task);
        throw gone;
      },
    };
    const { controller, task, states, dispose } = controllerOf(
      new RunLibrary(new MemoryFileStore()),
      failing,
    );
    await controller.start(config, access, task);
    await next;
    expect(states).toEqual(['preparing', 'stopped', 'preparing', 'running', 'finished']);
    dispose();
  });

  it('never begins a run that was stopped while it waited', async () => {
    const { controller, task, lease, states, dispose } = controllerOf(
      new RunLibrary(new MemoryFileStore()),
      smallSource,
    );
    let end!: () => void;
    const change = lease.hold(
      { use: 'change', what: 'another backbone' },
      () => new Promise<void>((resolve) => (end = resolve)),
    );
    const run = controller.start(config, access, task);
    controller.stop();
    // Let the change begin, so that it can end.
    await new Promise((resolve) => setTimeout(resolve, 0));
    end();
    await Promise.all([change, run]);
    expect(states).toEqual([]);
    dispose();
  });

  it('leaves a run alone if the file to go on from is none', async () => {
    const library = new RunLibrary(new MemoryFileStore());
    let refused: Promise<void> | null = null;
    const rubbish = new File(['rubbish'], 'run.safetensors');
    const { controller, task, states, dispose } = controllerOf(library, smallSource, (event) => {
      if (event.type !== 'steps' || refused) return;
      refused = expect(controller.resumeFile(rubbish, config, access, task)).rejects.toMatchObject({
        code: 'bad-checkpoint',
      });
    });
    await controller.start(config, access, task);
    await refused;
    expect(states).toEqual(['preparing', 'running', 'finished']);
    dispose();
  });
});

/** A run as one that was stopped leaves it: with both checkpoints. */
async function interrupted(library: RunLibrary): Promise<KeptRun> {
  const { controller, task, dispose } = controllerOf(library, smallSource);
  const started = controller.start(config, access, task);
  await vi.waitFor(() => expect(controller.session?.cursor.step ?? 0).toBeGreaterThan(9), {
    interval: 1,
    timeout: 5000,
  });
  controller.stop();
  await started;
  dispose();
  const [run] = (await library.list()).runs;
  return library.open(run!.id);
}
