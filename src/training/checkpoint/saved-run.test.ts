import { beforeAll, describe, expect, it, vi } from 'vitest';
import { memory } from '@tensorflow/tfjs-core';
import { joinedChunks } from '../../formats/bytes/joined-bytes';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { headerAt } from '../../../test/fixtures/checkpoint-file';
import { startNodeWasm } from '../../cli/node/node-backend';
import { StudioError } from '../../core/studio-error';
import { createHead } from '../../models/heads/create-head';
import { checkpointHeader, encodeCheckpoint } from './checkpoint';
import { HeadTrainer } from '../step/head-trainer';
import { PREVIOUS_CHECKPOINT_FILE, CHECKPOINT_FILE, CheckpointWriter } from './checkpoint-writer';
import type { SessionEvent } from '../session/run-events';
import { dropDamaged, readSavedRun } from './saved-run';

let trainer: HeadTrainer;
beforeAll(async () => {
  await startNodeWasm();
  const shape = { convShape: [7, 7, 4], embeddingDim: 16, initialLogKappa: 3 } as const;
  const head = createHead('compact', shape, 1, 2 ** 30);
  trainer = new HeadTrainer(head, { method: 'scf', dimension: 16, radius: 64, mode: 'exact' });
});

/** A store in which a writer has saved the run at these steps, one after the other. */
async function keptAt(...steps: number[]) {
  const events: SessionEvent[] = [];
  const store = new MemoryFileStore();
  const writer = new CheckpointWriter(
    store,
    (event) => events.push(event),
    () => false,
  );
  for (const step of steps) await writer.save(trainer, headerAt(step));
  await writer.written();
  return { store, writer, events };
}

async function damage(store: MemoryFileStore, name: string): Promise<void> {
  const bytes = (await store.read(name))!.slice();
  bytes[bytes.length - 6]! ^= 4;
  await store.write(name, bytes);
}

describe('readSavedRun', () => {
  it('reads the last checkpoint; the one before is kept', async () => {
    const { store } = await keptAt(4, 8, 12);
    expect(await readSavedRun(store)).toMatchObject({ header: headerAt(12), warning: null });
    await store.remove(CHECKPOINT_FILE);
    expect(await readSavedRun(store)).toMatchObject({
      header: headerAt(8),
      warning:
        'run.safetensors is not there: its writing was cut off. The checkpoint before it, ' +
        'at step 8, is whole.',
    });
    await store.remove(PREVIOUS_CHECKPOINT_FILE);
    expect(await readSavedRun(store)).toBeNull();
  });

  it('reads the checkpoint before, with a warning, if the last is damaged', async () => {
    const { store } = await keptAt(4, 8);
    await damage(store, CHECKPOINT_FILE);
    const saved = (await readSavedRun(store))!;
    expect(saved.header).toEqual(headerAt(4));
    expect(saved.warning).toMatch(
      /^run\.safetensors is damaged: its arrays have checksum \w{8}, \w{8} was written\. /,
    );
    expect(saved.warning).toMatch(/\. The checkpoint before it, at step 4, is whole\.$/);
    // The damaged file must not replace the good one at the next save.
    await dropDamaged(store, saved);
    await store.replace(CHECKPOINT_FILE, new Uint8Array(3), PREVIOUS_CHECKPOINT_FILE);
    expect((await readSavedRun(store))!.header).toEqual(headerAt(4));
  });

  it('fails if both are damaged, or if the store can’t read', async () => {
    const { store } = await keptAt(4, 8);
    await damage(store, CHECKPOINT_FILE);
    await damage(store, PREVIOUS_CHECKPOINT_FILE);
    const refused = {
      code: 'bad-checkpoint',
      message: expect.stringMatching(
        /^run\.safetensors is damaged.* run\.before\.safetensors is damaged/,
      ),
      nextStep: 'Put a copy of it back there, or start a new run.',
    };
    await expect(readSavedRun(store)).rejects.toMatchObject(refused);
    store.open = () => Promise.reject(new StudioError('storage-denied', 'It can’t be read.', ''));
    await expect(readSavedRun(store)).rejects.toMatchObject({ code: 'storage-denied' });
  });
});

describe('CheckpointWriter', () => {
  it('reports a checkpoint that could not be made, unless the device is lost', async () => {
    const failing = async (thrown: Error, hasFault = false) => {
      const events: SessionEvent[] = [];
      const writer = new CheckpointWriter(
        new MemoryFileStore(),
        (event) => events.push(event),
        () => hasFault,
      );
      const spied = vi.spyOn(trainer.adam, 'moments', 'get').mockImplementation(() => {
        throw thrown;
      });
      await writer.save(trainer, headerAt(5));
      await writer.written();
      spied.mockRestore();
      return events;
    };
    expect(await failing(new RangeError('Array buffer allocation failed'))).toEqual([
      {
        type: 'error',
        scope: 'run',
        error: {
          code: 'storage-denied',
          message: 'The checkpoint at step 5 could not be made (Array buffer allocation failed).',
          nextStep: expect.stringMatching(/^Training goes on\. The one before stays/),
        },
      },
    ]);
    expect(await failing(new DOMException('unmapped', 'AbortError'))).toEqual([]);
    expect(await failing(new Error('gone'), true)).toEqual([]);
  });

  it('passes on the next step of the store’s error', async () => {
    const { store, writer, events } = await keptAt();
    store.write = () =>
      Promise.reject(new StudioError('storage-denied', 'No.', 'Name another place.'));
    expect(await writer.write(store, 'a', new Uint8Array(1))).toBe(false);
    expect(events).toEqual([
      {
        type: 'error',
        scope: 'run',
        error: {
          code: 'storage-denied',
          message: 'No.',
          nextStep: 'Training goes on. Name another place.',
        },
      },
    ]);
  });

  it('writes what a checkpoint is made of, and frees it', async () => {
    const tensors = memory().numTensors;
    const { store } = await keptAt(4);
    const file = encodeCheckpoint(trainer, headerAt(4));
    const bytes = await joinedChunks(file.chunks);
    expect(bytes.length).toBe(file.bytes);
    expect(await store.read(CHECKPOINT_FILE)).toEqual(bytes);
    encodeCheckpoint(trainer, headerAt(4)).dispose();
    expect(memory().numTensors).toBe(tensors);
  });

  it('leaves the checkpoint before in its place if the device fails while it is read', async () => {
    const { store } = await keptAt(4);
    let hasFault = false;
    const events: SessionEvent[] = [];
    const writer = new CheckpointWriter(
      store,
      (event) => events.push(event),
      () => hasFault,
    );
    const saving = writer.save(trainer, headerAt(8));
    hasFault = true;
    await saving;
    await writer.written();
    expect(events).toEqual([]);
    expect((await readSavedRun(store))!.header.cursor.step).toBe(4);
  });

  it('holds a small checkpoint that the store can’t write', async () => {
    const { store, writer, events } = await keptAt(4);
    store.replace = () => Promise.reject(new StudioError('storage-full', 'Full.', 'Make room.'));
    await writer.save(trainer, headerAt(8));
    expect(checkpointHeader((await writer.lastCheckpoint())!).cursor.step).toBe(8);
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      error: { code: 'storage-full', nextStep: 'Training goes on. Make room.' },
    });
    expect((await readSavedRun(store))!.header.cursor.step).toBe(4);
  });
});
