import { StudioError } from '../formats/studio-error';
import type { CropAugmentation, CropDecoder } from './crop-decoder';
import type { DecodeAnswer, DecodeRequest } from './decode-worker';

interface Waiting {
  readonly resolve: (crop: Uint8Array) => void;
  readonly reject: (error: StudioError) => void;
}

/** Browser decoding in `numWorkers` threads of its own, each given the next picture in turn. */
export class DecodePool implements CropDecoder {
  readonly #workers: Worker[];
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #dead: StudioError | null = null;

  constructor(numWorkers: number) {
    this.#workers = Array.from({ length: numWorkers }, () => {
      const worker = new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module', name: 'decode' });
      worker.onmessage = ({ data }: MessageEvent<DecodeAnswer>) => this.#settle(data);
      worker.onerror = (event) => this.#fail(`A decode worker stopped: ${event.message || 'it could not be started'}.`);
      return worker;
    });
  }

  decodeCrop(jpeg: Uint8Array, augmentation: CropAugmentation | null): Promise<Uint8Array> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#workers[id % this.#workers.length]!.postMessage({ id, jpeg, augmentation } satisfies DecodeRequest);
    });
  }

  dispose(): void {
    for (const worker of this.#workers) worker.terminate();
    this.#fail('The decoder was closed.');
  }

  #settle(answer: DecodeAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('crop' in answer) waiting?.resolve(answer.crop);
    else waiting?.reject(new StudioError('bad-image', `The picture can't be decoded: ${answer.reason}.`, 'Choose a JPEG, PNG or WebP picture.'));
  }

  #fail(message: string): void {
    this.#dead = new StudioError('worker-crashed', message, 'Reload the page; saved runs are kept.');
    for (const { reject } of this.#waiting.values()) reject(this.#dead);
    this.#waiting.clear();
  }
}
