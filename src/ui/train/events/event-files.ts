import { StudioError, type StudioErrorRecord } from '../../../core/studio-error';
import { eventFileError, eventFileName, EventLog } from '../../../training/event-log';
import type { RunConfig } from '../../../training/config/run-config';
import type { SessionEvent } from '../../../training/session/run-events';

/** What is used of a picked folder, a writable FileSystemDirectoryHandle. */
export interface EventFolder {
  readonly name: string;
  isSameEntry(other: { readonly name: string }): Promise<boolean>;
  getFileHandle(name: string, options?: { readonly create?: boolean }): Promise<EventFileHandle>;
}

/** A file in an {@link EventFolder}. Its content changes when the stream is closed. */
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
 * Milliseconds between two writes to a picked folder: TensorBoard reads it every five seconds at
 * most.
 */
const FLUSH_INTERVAL_MS = 5000;

/**
 * The TensorBoard file of one run: its whole content for a download and, if a folder is picked, a
 * file there that grows during the run. A run that is resumed gets another file.
 */
export class EventFile {
  readonly #log: EventLog;
  readonly #onWarning: (error: StudioErrorRecord) => void;
  #content = new Blob();
  #recent: Uint8Array<ArrayBuffer>[] = [];
  #folder: EventFolder | null;
  #handle: EventFileHandle | null = null;
  /** Bytes that are written to the folder. */
  #writtenBytes = 0;
  #hasFailed = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Writes are done one after the other. */
  #queue: Promise<void> = Promise.resolve();

  /**
   * @param startedAt seconds since 1970
   * @param onWarning is called once when the folder can't be written to; from then on the file is
   * kept in the page alone, until a folder is picked again
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
   * Appends an event of the session. The end of a run is written to the folder immediately, other
   * events within five seconds.
   */
  append(event: SessionEvent): void {
    const bytes = this.#log.append(event);
    if (bytes.length > 0) this.#recent.push(bytes as Uint8Array<ArrayBuffer>);
    if (endsRun(event)) void this.flush();
    else if (bytes.length > 0 && this.#folder && !this.#hasFailed)
      this.#timer ??= setTimeout(() => void this.flush(), FLUSH_INTERVAL_MS);
  }

  /** Writes to this folder from now on. Resolves when the content so far is written. */
  useFolder(folder: EventFolder | null): Promise<void> {
    return this.#inTurn(async () => {
      const same =
        folder !== null && this.#folder !== null && (await this.#folder.isSameEntry(folder));
      this.#folder = folder;
      this.#hasFailed = false;
      if (!same) {
        this.#handle = null;
        this.#writtenBytes = 0;
      }
      await this.#write();
    });
  }

  /** Writes everything so far to the folder, if there is one. Never rejects: see `onWarning`. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return this.#inTurn(() => this.#write());
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).catch((thrown: unknown) => {
      this.#hasFailed = true;
      this.#onWarning(folderError(this.#folder, thrown));
    });
    return this.#queue;
  }

  async #write(): Promise<void> {
    const { content } = this;
    if (!this.#folder || this.#hasFailed || content.size === this.#writtenBytes) return;
    this.#handle ??= await newFile(this.#folder, this.name);
    // A stream writes to a copy that replaces the file when it is closed: a stream that stayed open
    // would show nothing.
    const stream = await this.#handle.createWritable({ keepExistingData: true });
    try {
      await stream.write({
        type: 'write',
        position: this.#writtenBytes,
        data: content.slice(this.#writtenBytes),
      });
      await stream.close();
    } catch (thrown) {
      // A stream that failed is closed already and may refuse the abort. Only the failure itself is
      // reported.
      await stream.abort().catch((further: unknown) => {
        if (!(further instanceof TypeError || further instanceof DOMException)) throw further;
      });
      throw thrown;
    }
    this.#writtenBytes = content.size;
  }
}

const endsRun = (event: SessionEvent): boolean =>
  event.type === 'run-state' &&
  (event.state === 'finished' || event.state === 'failed' || event.state === 'stopped');

/** A file that does not exist yet: `name`, or `name.1` and so on, which TensorBoard reads too. */
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

function folderError(folder: EventFolder | null, thrown: unknown): StudioErrorRecord {
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
