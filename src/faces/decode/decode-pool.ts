import { StudioError } from '../../core/studio-error';
import type { CropAugmentation, CropDecoder } from './crop-decoder';
import { READABLE_PICTURES } from './formats/picture-formats';
import type { DecodeAnswer, DecodeRequest } from './decode-worker';

interface Waiting {
  readonly resolve: (crop: Uint8Array) => void;
  readonly reject: (error: StudioError) => void;
}

/** A thread and the pictures that it has to answer for. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/**
 * Browser decoding in `numWorkers` threads of its own; a picture goes to the one that has the
 * fewest.
 */
export class DecodePool implements CropDecoder {
  readonly #threads: readonly Thread[];
  #next = 0;
  #dead: StudioError | null = null;

  constructor(numWorkers: number) {
    this.#threads = Array.from({ length: numWorkers }, () => {
      const worker = new Worker(new URL('./decode-worker.ts', import.meta.url), {
        type: 'module',
        name: 'decode',
      });
      const waiting = new Map<number, Waiting>();
      worker.onmessage = ({ data }: MessageEvent<DecodeAnswer>) => settle(waiting, data);
      worker.onerror = (event) =>
        this.#fail(`A decode worker stopped: ${event.message || 'it could not be started'}.`);
      return { worker, waiting };
    });
  }

  decodeCrop(encoded: Uint8Array, augmentation: CropAugmentation | null): Promise<Uint8Array> {
    if (this.#dead) return Promise.reject(this.#dead);
    const { worker, waiting } = this.#threads.reduce((least, thread) =>
      thread.waiting.size < least.waiting.size ? thread : least,
    );
    // A copy to give away: the caller keeps its bytes, and of a view into a larger buffer the whole
    // buffer would be sent.
    const bytes = encoded.slice();
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
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
    const dead = (this.#dead = new StudioError(
      'worker-crashed',
      message,
      'Reload the page; saved runs are kept.',
    ));
    for (const { waiting } of this.#threads) {
      for (const { reject } of waiting.values()) reject(dead);
      waiting.clear();
    }
  }
}

function settle(waiting: Map<number, Waiting>, answer: DecodeAnswer): void {
  const asked = waiting.get(answer.id);
  waiting.delete(answer.id);
  if ('crop' in answer) asked?.resolve(answer.crop);
  else
    asked?.reject(
      new StudioError(
        'bad-image',
        `The picture can't be decoded: ${answer.reason.replace(/\.$/, '')}.`,
        `Choose a whole picture: ${READABLE_PICTURES}.`,
      ),
    );
}
