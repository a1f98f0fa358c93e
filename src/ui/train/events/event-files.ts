import { StudioError, type StudioErrorRecord } from '../../../core/studio-error';
import { eventFileError, eventFileName, EventLog } from '../../../training/event-log';
import type { RunConfig } from '../../../training/config/run-config';
import type { SessionEvent } from '../../../training/session/run-events';

/** What a picked folder must do: a FileSystemDirectoryHandle that may be written to. */
export interface EventFolder {
  readonly name: string;
  isSameEntry(other: { readonly name: string }): Promise<boolean>;
  getFileHandle(name: string, options?: { readonly create?: boolean }): Promise<EventFileHandle>;
}

/** A file in an {@link EventFolder}. What is written lands when the stream is closed. */
export interface EventFileHandle {
  createWritable(options: { readonly keepExistingData: boolean }): Promise<{
    write(chunk: {
      readonly type: 'write';
      readonly position: number;
      readonly data: Blob;
    }): Promise<void>;
    close(): Promise<void>;
    abort(): Promise<void>;
  }>;
}

/**
 * Milliseconds that events may wait before they land in a picked folder: TensorBoard looks every
 * five seconds or less often.
 */
const FLUSH_INTERVAL_MS = 5000;

/**
 * One run's TensorBoard file in the page: all of it for a download and, where a folder is picked, a
 * file there that grows while the run goes on. A run that is taken up again gets another one.
 */
export class EventFile {
  readonly #log: EventLog;
  readonly #onWarning: (error: StudioErrorRecord) => void;
  #content = new Blob();
  #recent: Uint8Array<ArrayBuffer>[] = [];
  #folder: EventFolder | null;
  #handle: EventFileHandle | null = null;
  /** Bytes that have landed in the folder. */
  #landed = 0;
  #broken = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Writes go one after the other. */
  #queue: Promise<void> = Promise.resolve();

  /**
   * @param startedAt seconds since 1970
   * @param onWarning hears, once each time, that the folder can't be written to; the file then goes
   * on in the page alone, until a folder is picked again
   */
  constructor(
    config: RunConfig,
    startedAt: number,
    folder: EventFolder | null,
    onWarning: (error: StudioErrorRecord) => void,
  ) {
    this.#log = new EventLog(config, startedAt);
    this.#folder = folder;
    this.#onWarning = onWarning;
  }

  get name(): string {
    return this.#log.fileName;
  }

  /** Everything so far. */
  get content(): Blob {
    if (this.#recent.length > 0) this.#content = new Blob([this.#content, ...this.#recent]);
    this.#recent = [];
    return this.#content;
  }

  /**
   * Takes what the session says. The end of a run, or a stop, lands at once; the rest within five
   * seconds.
   */
  append(event: SessionEvent): void {
    const bytes = this.#log.append(event);
    if (bytes.length > 0) this.#recent.push(bytes as Uint8Array<ArrayBuffer>);
    if (
      event.type === 'run-state' &&
      (event.state === 'finished' || event.state === 'failed' || event.state === 'stopped')
    )
      void this.flush();
    else if (bytes.length > 0 && this.#folder && !this.#broken)
      this.#timer ??= setTimeout(() => void this.flush(), FLUSH_INTERVAL_MS);
  }

  /**
   * Writes to this folder from now on, all that there is so far included. Resolves when that has
   * landed.
   */
  useFolder(folder: EventFolder | null): Promise<void> {
    return this.#inTurn(async () => {
      const same =
        folder !== null && this.#folder !== null && (await this.#folder.isSameEntry(folder));
      this.#folder = folder;
      this.#broken = false;
      if (!same) [this.#handle, this.#landed] = [null, 0];
      await this.#write();
    });
  }

  /**
   * Lets everything so far land in the folder, where there is one. Never rejects: trouble goes to
   * `onWarning`.
   */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return this.#inTurn(() => this.#write());
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).catch((thrown: unknown) => {
      this.#broken = true;
      this.#onWarning(writeError(this.#folder, thrown));
    });
    return this.#queue;
  }

  async #write(): Promise<void> {
    const { content } = this;
    if (!this.#folder || this.#broken || content.size === this.#landed) return;
    this.#handle ??= await newFile(this.#folder, this.name);
    // Each stream writes to a copy that takes the file's place when it is closed: one that stayed
    // open would show nothing.
    const stream = await this.#handle.createWritable({ keepExistingData: true });
    try {
      await stream.write({
        type: 'write',
        position: this.#landed,
        data: content.slice(this.#landed),
      });
      await stream.close();
    } catch (thrown) {
      // A stream that failed is closed by that, and can't be given up once more; the failure itself
      // is what is told.
      await stream.abort().catch((further: unknown) => {
        if (!(further instanceof TypeError || further instanceof DOMException)) throw further;
      });
      throw thrown;
    }
    this.#landed = content.size;
  }
}

/**
 * A file that was not there before: `name`, or `name.1` and so on, which TensorBoard reads as well.
 */
async function newFile(folder: EventFolder, name: string): Promise<EventFileHandle> {
  for (let attempt = 0; ; attempt++) {
    const candidate = eventFileName(name, attempt);
    const taken = await folder.getFileHandle(candidate).then(
      () => true,
      (thrown: unknown) => {
        if (thrown instanceof DOMException && thrown.name === 'NotFoundError') return false;
        throw thrown;
      },
    );
    if (!taken) return folder.getFileHandle(candidate, { create: true });
  }
}

function writeError(folder: EventFolder | null, thrown: unknown): StudioErrorRecord {
  const place = folder ? `the folder "${folder.name}"` : 'the folder';
  const nextStep =
    'Pick a folder again; until then the events are kept in the page, for a download.';
  if (thrown instanceof DOMException && thrown.name === 'QuotaExceededError') {
    return new StudioError(
      'storage-full',
      `There is no room left for event files in ${place}.`,
      nextStep,
    ).toRecord();
  }
  return eventFileError('storage-denied', place, thrown, nextStep).toRecord();
}
