import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StudioErrorRecord } from '../../../core/studio-error';
import { EventLog } from '../../../training/event-log';
import { presets } from '../../../training/config/run-config';
import type { SessionEvent, StepMetrics } from '../../../training/session/run-events';
import { EventFile, type EventFileHandle, type EventFolder } from './event-files';

/** A folder in memory that behaves like the browser's: a file changes when its stream is closed. */
class FakeFolder implements EventFolder {
  readonly name = 'runs';
  readonly files = new Map<string, Uint8Array>();
  open = 0;
  mostOpen = 0;
  /** Thrown by the next writes while set. */
  fault: DOMException | null = null;

  async isSameEntry(other: { readonly name: string }): Promise<boolean> {
    return other === this;
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<EventFileHandle> {
    if (!this.files.has(name) && !create) throw new DOMException('not there', 'NotFoundError');
    if (!this.files.has(name)) this.files.set(name, new Uint8Array());
    return {
      createWritable: async ({ keepExistingData }) => {
        this.mostOpen = Math.max(this.mostOpen, ++this.open);
        let swap = new Uint8Array(keepExistingData ? this.files.get(name)! : []);
        return {
          write: async ({ position, data }) => {
            if (this.fault) throw this.fault;
            const written = new Uint8Array(await data.arrayBuffer());
            const next = new Uint8Array(Math.max(swap.length, position + written.length));
            next.set(swap);
            next.set(written, position);
            swap = next;
          },
          close: async () => {
            this.open--;
            this.files.set(name, swap);
          },
          abort: async () => {
            this.open--;
          },
        };
      },
    };
  }
}

const config = { ...presets.demo, tensorboard: true };
const steps = (step: number): SessionEvent => ({
  type: 'steps',
  metrics: [
    {
      step,
      epoch: 1,
      loss: step,
      lossAlignment: 1,
      lossLogKappa: 2,
      lossLogBessel: 3,
      learningRate: 1,
      kappaMean: 4,
    } as StepMetrics,
  ],
});
const finished: SessionEvent = { type: 'run-state', state: 'finished', config };

/** The bytes of a separate log of the events. */
function bytesOf(events: readonly SessionEvent[]): Uint8Array {
  const log = new EventLog(config, 1000);
  return Buffer.concat(events.map((event) => log.append(event)));
}

const hex = async (content: Blob | Uint8Array) =>
  Buffer.from(
    content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content,
  ).toString('hex');

describe("a run's event file in the page", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function fileIn(folder: EventFolder | null) {
    const warnings: StudioErrorRecord[] = [];
    return { warnings, file: new EventFile(config, 1000, folder, (error) => warnings.push(error)) };
  }

  it('is complete for a download, without any folder', async () => {
    const { file, warnings } = fileIn(null);
    for (const event of [steps(1), steps(2), finished]) file.append(event);
    expect(await hex(file.content)).toBe(await hex(bytesOf([steps(1), steps(2), finished])));
    expect(vi.getTimerCount()).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('is written to a folder every five seconds, and at the end', async () => {
    const folder = new FakeFolder();
    const { file, warnings } = fileIn(folder);
    const written = () => hex(folder.files.get(file.name) ?? new Uint8Array());
    file.append(steps(1));
    file.append(steps(2));
    await vi.advanceTimersByTimeAsync(4900);
    expect(folder.files.size).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    await file.flush();
    expect(await written()).toBe(await hex(file.content));
    vi.setSystemTime(Date.now() + 1000);
    file.append(steps(3));
    await vi.advanceTimersByTimeAsync(5100);
    file.append(steps(4));
    file.append(finished);
    await file.flush();
    expect(await written()).toBe(await hex(file.content));
    expect(vi.getTimerCount()).toBe(0);
    expect(folder.files.size).toBe(1);
    expect([folder.open, folder.mostOpen]).toEqual([0, 1]);
    expect(warnings).toEqual([]);
  });

  it('is written in full to a folder that is picked later, or instead of another', async () => {
    const [first, second] = [new FakeFolder(), new FakeFolder()];
    const { file } = fileIn(null);
    file.append(steps(1));
    await file.useFolder(first);
    expect(await hex(first.files.get(file.name)!)).toBe(await hex(file.content));
    const before = await hex(file.content);
    file.append(steps(2));
    await file.useFolder(second);
    expect(await hex(first.files.get(file.name)!)).toBe(before);
    expect(await hex(second.files.get(file.name)!)).toBe(await hex(file.content));
  });

  it('overwrites no existing file', async () => {
    const folder = new FakeFolder();
    const { file } = fileIn(folder);
    folder.files.set(file.name, Uint8Array.of(1, 2, 3));
    file.append(steps(1));
    await file.flush();
    expect([...folder.files.get(file.name)!]).toEqual([1, 2, 3]);
    expect(await hex(folder.files.get(`${file.name}.1`)!)).toBe(await hex(file.content));
  });

  it.each([
    ['NotAllowedError', 'storage-denied'],
    ['QuotaExceededError', 'storage-full'],
  ] as const)(
    'reports %s once, and writes again when the folder is picked again',
    async (name, code) => {
      const folder = new FakeFolder();
      const { file, warnings } = fileIn(folder);
      file.append(steps(1));
      await file.flush();
      folder.fault = new DOMException('no', name);
      for (const step of [2, 3, 4]) {
        file.append(steps(step));
        await file.flush();
      }
      expect(warnings).toEqual([
        expect.objectContaining({ code, message: expect.stringContaining('"runs"') }),
      ]);
      folder.fault = null;
      await file.useFolder(folder);
      expect([...folder.files.keys()]).toEqual([file.name]);
      expect(await hex(folder.files.get(file.name)!)).toBe(await hex(file.content));
      expect(folder.open).toBe(0);
    },
  );
});
