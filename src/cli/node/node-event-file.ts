import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { StudioError } from '../../core/studio-error';
import { eventFileError, eventFileName, EventLog } from '../../training/event-log';
import type { RunConfig } from '../../training/config/run-config';
import type { SessionEvent } from '../../training/session/run-events';
import { writeWhole } from './disk/whole-io';
import { errnoOf, outputError } from './output-file';

/** A run's TensorBoard file in a folder. An event is on disk when {@link append} returns. */
export class NodeEventFile {
  readonly path: string;
  readonly #log: EventLog;
  readonly #onWarning: (error: StudioError) => void;
  #descriptor: number | null;
  /** Bytes that are in the file. */
  #size = 0;

  /**
   * Makes the folder and a new file in it.
   * @param startedAt seconds since 1970
   * @param onWarning called if the file can't be written any more; the run continues without it
   * @throws StudioError `storage-denied` or `storage-full` if the file can't be made
   */
  constructor(
    folder: string,
    config: RunConfig,
    startedAt: number,
    onWarning: (error: StudioError) => void,
  ) {
    this.#log = new EventLog(config, startedAt);
    this.#onWarning = onWarning;
    try {
      mkdirSync(folder, { recursive: true });
      const { path, descriptor } = openNew(join(folder, this.#log.fileName));
      this.path = path;
      this.#descriptor = descriptor;
    } catch (cause) {
      throw writeError(folder, cause, 'Name another folder, or leave out --tensorboard.');
    }
  }

  /** Appends what TensorBoard shows of an event. */
  append(event: SessionEvent): void {
    const bytes = this.#log.append(event);
    if (this.#descriptor === null) return;
    try {
      writeWhole(this.#descriptor, bytes, this.#size, this.path);
      this.#size += bytes.length;
    } catch (cause) {
      this.close();
      const nextStep = 'The run goes on without event files; make room before the next.';
      this.#onWarning(writeError(this.path, cause, nextStep));
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** Opens a file that did not exist before, under the first free name. */
function openNew(path: string): { path: string; descriptor: number } {
  for (let attempt = 0; ; attempt++) {
    const candidate = eventFileName(path, attempt);
    try {
      return { path: candidate, descriptor: openSync(candidate, 'wx') };
    } catch (thrown) {
      if (errnoOf(thrown) !== 'EEXIST') throw thrown;
    }
  }
}

function writeError(path: string, cause: unknown, nextStep: string): StudioError {
  const found = outputError(path, cause);
  const code = found instanceof StudioError ? found.code : 'storage-denied';
  return eventFileError(code, path, cause, nextStep);
}
