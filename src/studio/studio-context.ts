import type { FileStore } from '../formats/bytes/file-store';
import { createFaceSource, specOf } from '../faces/sources/create-source';
import type { FaceSource } from '../faces/face-source';
import type { IndexStore } from '../faces/sources/load-or-build-index';
import type { PickedFile } from '../faces/sources/folder/local-file';
import type { OpenContext } from '../faces/sources/open-context';
import { StudioError, type StudioErrorCode } from '../core/studio-error';
import type { ErrorScope } from '../training/session/run-events';
import { BackendLease } from './backend-lease';
import type { WorkerEvent } from './protocol';
import type { ModelRuntime } from './runtime/model-runtime';
import type { ShardCacheSettings } from './storage/shard-cache-settings';
import type { TabLock } from './storage/tab-lock';

/** Storage that outlives the page. */
export interface StudioStores {
  /** Holds the kept runs. */
  readonly library: FileStore;
  /**
   * What all runs can use; and, until it has been moved to the library, a run that was saved before
   * there was one.
   */
  readonly run: FileStore;
  readonly lesson: FileStore;
  readonly evaluation: FileStore;
  readonly features: FileStore;
  readonly indexes: IndexStore;
  readonly tabLock: TabLock;
  /** A promise, since opening the cache scans its folder, and the studio is ready without it. */
  readonly shards: Promise<ShardCacheSettings>;
}

/**
 * What all parts of the studio share: the way to the page, the storage, the runtime, and who has
 * the backend.
 */
export class StudioContext {
  #base = '';
  #runtime: ModelRuntime | null = null;
  readonly lease: BackendLease;

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly stores: StudioStores,
  ) {
    this.lease = new BackendLease(stores.tabLock);
  }

  /** @param base the page's address, which the addresses of sources are relative to */
  initialise(base: string, runtime: ModelRuntime): void {
    this.#base = base;
    this.#runtime = runtime;
  }

  /** The backend and its networks. Only after {@link initialise}: no command comes before it. */
  get runtime(): ModelRuntime {
    return this.#runtime!;
  }

  /** Posts anything thrown as an `error` event. @param code for errors that have none */
  postError(scope: ErrorScope, thrown: unknown, code: StudioErrorCode, nextStep: string): void {
    this.post({ type: 'error', scope, error: StudioError.record(thrown, code, nextStep) });
  }

  /** Opens a source from its address, or from picked files. */
  async openSource(
    shards: string,
    files: readonly PickedFile[] | undefined,
    opening: OpenContext & Required<Pick<OpenContext, 'onWarning'>>,
  ): Promise<FaceSource> {
    return createFaceSource(specOf(shards, files), this.#base, {
      cache: (await this.stores.shards).cache,
      indexes: this.stores.indexes,
      ...opening,
    });
  }

  /** Posts the state of the shard cache. */
  async postCache(): Promise<void> {
    this.post({ type: 'cache', cache: await (await this.stores.shards).state() });
  }
}
