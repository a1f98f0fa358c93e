import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, StudioError } from '../../core/studio-error';
import { EventLog } from '../../training/event-log';
import type { RunConfig } from '../../training/config/run-config';
import type { SessionEvent } from '../../training/session/run-events';
import { outputTrouble } from './output-file';

/**
 * A run's TensorBoard file in a folder. What the session has said lies on disk when {@link take}
 * returns.
 */
export class NodeEventFile {
  readonly path: string;
  readonly #log: EventLog;
  readonly #onWarning: (error: StudioError) => void;
  #descriptor: number | null;

  /**
   * Makes the folder, and a file that was not there before.
   * @param startedAt seconds since 1970
   * @param onWarning hears that the file can't be written to; the run goes on without it
   * @throws StudioError `storage-denied` or `storage-full` where there can't be such a file
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
      ({ path: this.path, descriptor: this.#descriptor } = openNew(
        join(folder, this.#log.fileName),
      ));
    } catch (cause) {
      throw troubleWith(folder, cause, 'Name another folder, or leave out --tensorboard.');
    }
  }

  /** Appends what TensorBoard shows of an event. */
  take(event: SessionEvent): void {
    const bytes = this.#log.append(event);
    if (this.#descriptor === null) return;
    try {
      for (let written = 0; written < bytes.length;)
        written += writeSync(this.#descriptor, bytes, written);
    } catch (cause) {
      this.close();
      this.#onWarning(
        troubleWith(
          this.path,
          cause,
          'The run goes on without event files; make room before the next.',
        ),
      );
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

/** Two runs may begin in the same second; TensorBoard reads `name.1` as well. */
function openNew(name: string): { path: string; descriptor: number } {
  for (let count = 0; ; count++) {
    const path = count === 0 ? name : `${name}.${count}`;
    try {
      return { path, descriptor: openSync(path, 'wx') };
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
    }
  }
}

function troubleWith(path: string, cause: unknown, nextStep: string): StudioError {
  const trouble = outputTrouble(path, cause);
  const code = trouble instanceof StudioError ? trouble.code : 'storage-denied';
  const found = messageOf(cause);
  const message = `Event files can't be written to ${path} (${found}).`;
  return new StudioError(code, message, nextStep, { cause });
}
