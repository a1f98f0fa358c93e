import { StudioError } from '../../core/studio-error';
import type { CropAugmentation, CropDecoder } from './crop-decoder';
import { READABLE_PICTURES } from './formats/picture-formats';
import type { DecodeAnswer, DecodeRequest } from './decode-worker';

/** The pending promise of a picture. */
interface Pending {
  readonly resolve: (crop: Uint8Array) => void;
  readonly reject: (error: StudioError) => void;
}

/** A worker and its pending pictures, by request id. */
interface Thread {
  readonly worker: Worker;
  readonly pending: Map<number, Pending>;
}

/**
 * Decodes pictures in `numWorkers` workers. Each picture goes to the worker with the fewest pending
 * ones.
 */
export class DecodePool implements CropDecoder {
  readonly #threads: readonly Thread[];
  #next = 0;
  #error: StudioError | null = null;

  constructor(numWorkers: number) {
    this.#threads = Array.from({ length: numWorkers }, () => {
      const worker = new Worker(new URL('./decode-worker.ts', import.meta.url), {
        type: 'module',
        name: 'decode',
      });
      const pending = new Map<number, Pending>();
      worker.onmessage = ({ data }: MessageEvent<DecodeAnswer>) => settle(pending, data);
      worker.onerror = (event) =>
        this.#fail(`A decode worker stopped: ${event.message || 'it could not be started'}.`);
      return { worker, pending };
    });
  }

  decodeCrop(encoded: Uint8Array, augmentation: CropAugmentation | null): Promise<Uint8Array> {
    if (this.#error) return Promise.reject(this.#error);
    const { worker, pending } = this.#threads.reduce((least, thread) =>
      thread.pending.size < least.pending.size ? thread : least,
    );
    // A copy is transferred: the caller keeps its bytes, and a view doesn't send its whole buffer.
    const bytes = encoded.slice();
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, encoded: bytes, augmentation } satisfies DecodeRequest, [
        bytes.buffer,
      ]);
    });
  }

  dispose(): void {
    for (const { worker } of this.#threads) worker.terminate();
    this.#fail('The decoder was closed.');
  }

  #fail(message: string): void {
    const error = new StudioError(
      'worker-crashed',
      message,
      'Reload the page; saved runs are kept.',
    );
    this.#error = error;
    for (const { pending } of this.#threads) {
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
    }
  }
}

function settle(pending: Map<number, Pending>, answer: DecodeAnswer): void {
  const request = pending.get(answer.id);
  pending.delete(answer.id);
  if ('crop' in answer) request?.resolve(answer.crop);
  else
    request?.reject(
      new StudioError(
        'bad-image',
        `The picture can't be decoded: ${answer.reason.replace(/\.$/, '')}.`,
        `Choose a whole picture: ${READABLE_PICTURES}.`,
      ),
    );
}
