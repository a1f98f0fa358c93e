import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { tarMembers } from './tar-stream';

const member = (name: string, size: number) => ({ header: { name, size, type: 'file' as const }, body: new Uint8Array(size).fill(7) });

/** Names read from an archive that arrives in pieces of `piece` bytes, what was damaged, and how it ended. */
async function read(bytes: Uint8Array, piece = 700): Promise<{ names: string[]; damage: string[]; error: unknown }> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += piece) controller.enqueue(bytes.slice(at, at + piece));
      controller.close();
    },
  });
  const [names, damage]: [string[], string[]] = [[], []];
  try {
    for await (const { name } of tarMembers(stream, (reason) => damage.push(reason))) names.push(name);
    return { names, damage, error: null };
  } catch (error) {
    return { names, damage, error };
  }
}

describe('tar stream', () => {
  const members = [member('a.jpg', 600), member('a.cls', 1), member('b.jpg', 512)];

  it('gives every member, whatever the pieces it arrives in', async () => {
    const archive = await packTar(members);
    for (const piece of [1, 511, 512, 4096]) {
      expect(await read(archive, piece)).toEqual({ names: ['a.jpg', 'a.cls', 'b.jpg'], damage: [], error: null });
    }
  });

  it.each([
    ['inside a member', 512 + 300, []],
    ['between two members', 512 + 1024, ['a.jpg']],
    ['inside a header', 512 + 1024 + 100, ['a.jpg']],
    ['before the closing zeros', 512 + 1024 + 1024 + 1024, ['a.jpg', 'a.cls', 'b.jpg']],
  ])('says that it breaks off %s', async (_, length, names) => {
    const result = await read((await packTar(members)).slice(0, length));
    expect(result.names).toEqual(names);
    expect(result.error).toMatchObject({ code: 'bad-shard' });
  });

  it('reports a damaged header once and goes on at the next one', async () => {
    const archive = await packTar(members);
    archive[512 + 1024 + 10]! ^= 0xff;
    expect(await read(archive)).toEqual({ names: ['a.jpg', 'b.jpg'], damage: [expect.stringContaining('a.jpg')], error: null });
  });
});
