import { bytesAllocated } from '../engine/backend';
import { cropPhoto } from '../faces/crop-photo';
import { createFaceSource, specOf } from '../faces/create-source';
import { decodeInBrowser } from '../faces/decode-in-browser';
import { DecodePool } from '../faces/decode-pool';
import type { RgbImage } from '../faces/face-record';
import type { FaceSource } from '../faces/face-source';
import type { IndexStore } from '../faces/kept-index';
import type { PickedFile } from '../faces/local-file';
import type { Opening } from '../faces/opening';
import { prepareCrop } from '../faces/prepare-crop';
import { StudioError } from '../formats/studio-error';
import { createHead } from '../models/heads/create-head';
import { readCheckpointHeader } from '../training/checkpoint';
import { indexingProgress } from '../training/progress-meter';
import { presets, type RunConfig } from '../training/run-config';
import type { RunStore } from '../training/run-store';
import type { SessionEvent } from '../training/run-events';
import { CHECKPOINT_FILE, runName, TrainingSession } from '../training/training-session';
import { scopeOf } from './command-scope';
import { DataDesk } from './data-desk';
import type { KeptShards } from './kept-shards';
import { ModelRoom } from './model-room';
import { PairDesk, trainedHead } from './pair-desk';
import type { FaceSlot, ResumableRun, RunAccess, WorkerCommand, WorkerEvent } from './protocol';
import { Verification } from './verification';

/** Where the studio keeps what outlives the page. */
export interface StudioStores {
  readonly run: RunStore;
  readonly indexes: IndexStore;
  /** Opening it looks through what is kept, which the studio needn't wait for to be ready. */
  readonly shards: Promise<KeptShards>;
}

/** The worker's whole behaviour: commands in, events out. It owns the backend, the backbone and at most one run. */
export class Studio {
  readonly #verification = new Verification();
  readonly #desk = new DataDesk(
    (event) => this.post(event),
    (shards, files, opening) => this.#openSource(shards, files, opening),
  );
  readonly #pairs = new PairDesk(
    (event) => this.post(event),
    () => ({ backbone: this.#room!.backbone, trained: trainedHead(this.#session), decoder: new DecodePool(presets.demo.numWorkers) }),
  );
  #base = '';
  #room: ModelRoom | null = null;
  #session: TrainingSession | null = null;
  /** Settles when the session's run has ended, whatever ended it. */
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  /** Counts the runs asked for. */
  #turn = 0;
  #decoder: DecodePool | null = null;
  /** Ends the opening of a run's source. */
  #opening = new AbortController();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly stores: StudioStores,
  ) {}

  /** Carries out one command; whatever goes wrong becomes an `error` event. */
  async handle(command: WorkerCommand): Promise<void> {
    try {
      await this.#perform(command);
    } catch (thrown) {
      this.post({ type: 'error', scope: scopeOf(command), error: StudioError.record(thrown, 'worker-crashed', 'Reload the page; saved runs are kept.') });
    }
  }

  async #perform(command: WorkerCommand): Promise<void> {
    switch (command.type) {
      case 'initialise':
        this.#base = command.base;
        this.#room = this.#furnish(command.backend);
        await this.#room.prepare();
        this.post({ type: 'ready', backend: this.#room.backend, heads: this.#room.headSizes(), resumable: await this.#resumable() });
        return this.postCache();
      case 'start':
        return this.#pairs.giveWay(() => this.#run(command.config, command, null));
      case 'resume-saved': {
        const saved = await this.stores.run.read(CHECKPOINT_FILE);
        if (!saved) throw new StudioError('bad-checkpoint', 'There is no saved run to resume.', 'Start a new one.');
        return this.#pairs.giveWay(() => this.#run(readCheckpointHeader(saved).config, command, saved));
      }
      case 'discard-saved':
        await this.stores.run.remove(CHECKPOINT_FILE);
        this.post({ type: 'resumable', run: null });
        return;
      case 'pause':
        this.#session?.control.pause();
        return;
      case 'continue':
        this.#session?.play();
        return;
      case 'step':
        this.#session?.control.stepOnce();
        return;
      case 'stop':
        this.#opening.abort();
        this.#session?.control.stop();
        return;
      case 'export-head':
        if (!this.#session) throw new StudioError('bad-checkpoint', 'There is no head yet.', 'Train one first.');
        this.post({ type: 'head-file', name: `${runName(this.#session.config)}.safetensors`, bytes: await this.#session.exportHead() });
        return;
      case 'look-at-source':
        return this.#desk.look(command.shards, command.files, command.count);
      case 'survey-source':
        return this.#desk.survey(command.shards, command.files);
      case 'plan-run':
        return this.#plan(command.config, command.files);
      case 'stop-data':
        return this.#desk.stop();
      case 'set-cache-quota':
        await (await this.stores.shards).setQuota(command.bytes);
        return this.postCache();
      case 'clear-cache':
        await (await this.stores.shards).clear();
        return this.postCache();
      case 'choose-sample': {
        const record = this.#desk.sample(command.key);
        if (!record) throw new StudioError('bad-image', `There is no sample "${command.key}".`, 'Load the samples again.');
        const image = await decodeInBrowser(record.jpeg);
        this.#verification.choose(command.slot, `person ${record.label}, picture ${record.key}`, 'sample', prepareCrop(image, null));
        return this.#readFaces([command.slot]);
      }
      case 'choose-photo': {
        const image = await decodePhoto(command.photo, command.name);
        const { crop, origin, faces } = await cropPhoto(image, command.name, await this.#room!.photoNetworks());
        const name = faces > 1 ? `${command.name}, the largest of ${faces} faces` : command.name;
        this.#verification.choose(command.slot, name, origin, crop);
        return this.#readFaces([command.slot]);
      }
      case 'degrade-face':
        this.#verification.degrade(command.slot, command.levels);
        return this.#readFaces([command.slot]);
      case 'score-pairs':
        return this.#pairs.score(command.file);
      case 'stop-pairs':
        return this.#pairs.stop();
      default:
        command satisfies never;
    }
  }

  /** The run that lies saved. One that can't be read is said aloud and left where it is. */
  async #resumable(): Promise<ResumableRun | null> {
    try {
      const saved = await this.stores.run.read(CHECKPOINT_FILE);
      if (!saved) return null;
      const { config, cursor, savedAt } = readCheckpointHeader(saved);
      return { config, step: cursor.step, epoch: cursor.epoch, savedAt, needsFiles: config.shards.startsWith('files:') };
    } catch (thrown) {
      this.post({ type: 'error', scope: 'run', error: StudioError.record(thrown, 'bad-checkpoint', 'Discard it, or start a new run.') });
      return null;
    }
  }

  /** Ends the run before, and begins or takes up another. Whatever ends this one, what it saved is offered again. */
  async #run(config: RunConfig, access: RunAccess, saved: Uint8Array | null): Promise<void> {
    const turn = ++this.#turn;
    const room = this.#room!;
    this.#opening.abort();
    const { signal } = (this.#opening = new AbortController());
    this.#session?.control.stop();
    await this.#running;
    await this.#pairs.idle;
    if (room.hasFault) await room.prepare();
    await room.refuseWhatCannotFit(config, this.#session?.config, () => this.#forgetSession());
    const source = await this.#openForRun(config, access, signal);
    // Asked for once more in the meantime: the later asking is carried out.
    if (turn !== this.#turn || !source) return;
    this.#session?.dispose();
    this.#decoder?.dispose();
    this.#decoder = new DecodePool(config.numWorkers);
    const session = new TrainingSession({
      config,
      backbone: room.backbone,
      source,
      decoder: this.#decoder,
      store: this.stores.run,
      post: (event) => this.#relay(event),
      maxBlockBytes: room.maxBlockBytes,
      bytesAllocated,
    });
    this.#session = session;
    if (saved) session.restore(saved);
    this.post({ type: 'resumable', run: null });
    const run = session.run();
    this.#running = run.then(
      () => undefined,
      () => undefined,
    );
    try {
      await run;
    } finally {
      // A run that was replaced has a successor at work; one that came to its end needs no offer.
      if (this.#session === session && session.cursor.epoch < config.epochs) this.post({ type: 'resumable', run: await this.#resumable() });
    }
  }

  #relay(event: SessionEvent): void {
    if (event.type === 'run-state') this.#isRunning = ['preparing', 'running', 'paused'].includes(event.state);
    this.post(event);
    if (event.type === 'distributions') {
      // A better head reads the chosen faces anew; a failure there must not end the run.
      void this.#readFaces(this.#verification.slots).catch(() => undefined);
    }
  }

  /** The source of a run; null where it was stopped before there was one. */
  async #openForRun(config: RunConfig, { files, allowedOrigins }: RunAccess, signal: AbortSignal): Promise<FaceSource | null> {
    const say = (state: 'preparing' | 'stopped' | 'failed') => this.#relay({ type: 'run-state', state, config });
    say('preparing');
    try {
      const source = await this.#openSource(config.shards, files, { signal, ...indexingProgress((progress) => this.post({ type: 'progress', progress })) });
      const { foreignOrigins = [] } = await source.info();
      const unseen = foreignOrigins.filter((origin) => !allowedOrigins.includes(origin));
      if (unseen.length > 0) {
        throw new StudioError('bad-source', `The manifest ${config.shards} would have this machine ask ${unseen.join(', ')}.`, 'Open Data, look at what it is, and allow it there; then start again.');
      }
      return source;
    } catch (thrown) {
      say(signal.aborted ? 'stopped' : 'failed');
      if (signal.aborted) return null;
      throw thrown;
    } finally {
      this.post({ type: 'progress', progress: null });
    }
  }

  #forgetSession(): void {
    this.#session?.dispose();
    this.#session = null;
  }

  #furnish(preference: 'auto' | 'webgpu' | 'wasm'): ModelRoom {
    return new ModelRoom({
      base: this.#base,
      preference,
      onFault: (error) => {
        if (this.#session) this.#session.control.stop(error);
        else this.post({ type: 'error', scope: 'studio', error: error.toRecord() });
      },
      onProgress: (progress) => this.post({ type: 'progress', progress }),
    });
  }

  async #openSource(shards: string, files: readonly PickedFile[] | undefined, opening: Opening): Promise<FaceSource> {
    return createFaceSource(specOf(shards, files), this.#base, {
      cache: (await this.stores.shards).cache,
      indexes: this.stores.indexes,
      onTrouble: (error) => this.post({ type: 'error', scope: 'data', error: error.toRecord() }),
      ...opening,
    });
  }

  async #plan(config: RunConfig, files: readonly PickedFile[] | undefined): Promise<void> {
    if (this.#isRunning) throw new StudioError('bad-config', 'A run is on: a measurement beside it would be of neither.', 'Measure once it has ended.');
    if (this.#pairs.isAtWork) throw new StudioError('bad-config', 'A verification set is being scored: a measurement beside it would be of neither.', 'Measure once it has been scored.');
    const decoder = new DecodePool(config.numWorkers);
    const { backbone, maxBlockBytes } = this.#room!;
    const { convShape, embeddingDim } = backbone;
    // Embedding takes nearly all of the time, whichever head reads its features: the smallest.
    const head = createHead('compact', { convShape, embeddingDim, initialLogKappa: null }, config.seed, maxBlockBytes);
    try {
      await this.#pairs.giveWay(() => this.#desk.plan({ config, backbone, head, decoder }, files));
    } finally {
      decoder.dispose();
      head.dispose();
    }
  }

  /** Says what is kept of streamed shards. */
  async postCache(): Promise<void> {
    this.post({ type: 'cache', cache: await (await this.stores.shards).state() });
  }

  async #readFaces(slots: readonly FaceSlot[]): Promise<void> {
    for (const slot of slots) {
      this.post({ type: 'face-busy', slot, busy: true });
      try {
        const face = await this.#verification.read(slot, this.#room!.backbone, this.#session);
        if (face) this.post({ type: 'face', face });
      } finally {
        this.post({ type: 'face-busy', slot, busy: false });
      }
    }
    this.post({ type: 'pair', pair: this.#verification.pair(this.#session?.config.radius ?? presets.demo.radius) });
  }
}

/** @throws StudioError `bad-image` */
async function decodePhoto(photo: Blob, name: string): Promise<RgbImage> {
  try {
    return await decodeInBrowser(new Uint8Array(await photo.arrayBuffer()));
  } catch (cause) {
    throw new StudioError('bad-image', `${name} can't be decoded: ${cause instanceof Error ? cause.message : String(cause)}.`, 'Choose a JPEG, PNG or WebP picture.', { cause });
  }
}
