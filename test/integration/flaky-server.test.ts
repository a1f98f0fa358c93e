import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom, type SeededRandom } from '../../src/core/seeded-random';
import type { SkippedItem } from '../../src/faces/survey/left-out';
import { HttpShardOpener } from '../../src/faces/sources/webdataset/shard-opener';
import { WebDatasetSource } from '../../src/faces/sources/webdataset/webdataset-source';

interface Served {
  readonly bytes: Uint8Array;
  readonly headers?: Record<string, string>;
}

/** How one response goes wrong. */
type Mood =
  | 'calm'
  | 'busy'
  | 'elsewhere'
  | 'otherOrigin'
  | 'drop'
  | 'throttle'
  | 'tooShort'
  | 'tooLong'
  | 'noRange'
  | 'silent';
type Handler = (path: string, request: IncomingMessage) => { mood: Mood; file: Served | undefined };

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on two ports, that is two origins. It answers in the mood that `handle` returns. */
async function serve(random: SeededRandom, handle: Handler): Promise<string> {
  const ports: number[] = [];
  for (const other of [1, 0]) {
    const server = createServer((request, response) => {
      const { mood, file } = handle(request.url!.replace('/moved', ''), request);
      const moved = (port: number) =>
        response.writeHead(302, { Location: `http://127.0.0.1:${port}/moved${request.url}` }).end();
      if (!file) response.writeHead(404).end();
      else if (mood === 'busy') response.writeHead(503).end('busy');
      else if (mood === 'elsewhere') moved(ports[1 - other]!);
      else if (mood === 'otherOrigin') moved(ports[other]!);
      else void answer(request, response, file, mood, random);
    });
    open.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    ports[other] = (server.address() as AddressInfo).port;
  }
  return `http://127.0.0.1:${ports[0]}/`;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes, headers = {} }: Served,
  mood: Mood,
  random: SeededRandom,
): Promise<void> {
  const { range } = request.headers;
  const condition = request.headers['if-range'];
  const asked =
    range !== undefined &&
    mood !== 'noRange' &&
    (condition === undefined ||
      condition === headers.ETag ||
      condition === headers['Last-Modified']);
  const from = asked ? Number(/^bytes=(\d+)-$/.exec(range)![1]) : 0;
  const body = bytes.subarray(from);
  const cut = random.int(body.length + 1);
  const isCut = mood === 'drop' || mood === 'tooShort' || mood === 'silent';
  const sent = isCut ? body.subarray(0, cut) : body;
  let announced = body.length;
  if (mood === 'tooShort') announced = sent.length;
  if (mood === 'tooLong') announced = body.length + 1 + random.int(2000);
  response.writeHead(asked ? 206 : 200, {
    ...headers,
    ...(asked && { 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    'Content-Length': announced,
  });
  const piece = mood === 'throttle' ? 1000 : 1 << 20;
  for (let at = 0; at < sent.length && !response.destroyed; at += piece) {
    await new Promise<void>((flushed) =>
      response.write(sent.subarray(at, at + piece), () => flushed()),
    );
    if (mood === 'throttle') await new Promise((later) => setImmediate(later));
  }
  if (mood === 'silent') return;
  if (mood === 'drop' || mood === 'tooLong') response.destroy();
  else response.end();
}

const moods: readonly Mood[] = [
  'busy',
  'elsewhere',
  'otherOrigin',
  'drop',
  'drop',
  'throttle',
  'tooShort',
  'tooLong',
  'noRange',
  'calm',
];

/** Six shards of twelve pictures each, of random bytes that gzip can't compress. */
async function shardsOf(random: SeededRandom, extension: string): Promise<Map<string, Uint8Array>> {
  const shards = new Map<string, Uint8Array>();
  for (let shard = 0; shard < 6; shard++) {
    const members = Array.from({ length: 12 }, (_, i) => {
      const picture = Uint8Array.from({ length: 200 + random.int(3000) }, () => random.int(256));
      const label = String(i);
      return [
        {
          header: { name: `s${shard}-${i}.jpg`, size: picture.length, type: 'file' as const },
          body: picture,
        },
        {
          header: { name: `s${shard}-${i}.cls`, size: label.length, type: 'file' as const },
          body: label,
        },
      ];
    }).flat();
    const archive = await packTar(members);
    shards.set(
      `shard-${shard}${extension}`,
      extension.endsWith('.gz') ? gzipSync(archive) : archive,
    );
  }
  return shards;
}

interface Epoch {
  readonly pictures: readonly string[];
  readonly skipped: readonly SkippedItem[];
}

/** Every picture of an epoch, as its key and its bytes' hash. */
async function epochOf(
  base: string,
  shards: Iterable<string>,
  options: {
    shuffleBuffer?: number;
    maxSilence?: number;
    onRetry?: (shard: string) => void;
  } = {},
): Promise<Epoch> {
  const { shuffleBuffer = 16, maxSilence = 2000, onRetry } = options;
  const source = new WebDatasetSource(
    'flaky',
    { shards: [...shards].map((name) => ({ name })) },
    new HttpShardOpener(base, maxSilence),
    async () => undefined,
  );
  const [pictures, skipped]: [string[], SkippedItem[]] = [[], []];
  for await (const { key, encoded } of source.open({
    seed: 5,
    epoch: 1,
    shuffleBuffer,
    onSkip: (item) => skipped.push(item),
    onRetry,
  })) {
    pictures.push(`${key} ${createHash('sha256').update(encoded).digest('hex')}`);
  }
  return { pictures, skipped };
}

const etag = { ETag: '"one"' };
const fileOf = (
  shards: ReadonlyMap<string, Uint8Array>,
  path: string,
  headers: Record<string, string> = etag,
) => {
  const bytes = shards.get(path.slice(1));
  return bytes && { bytes, headers };
};

describe.each(['.tar', '.tar.gz'])('a flaky server of %s shards', (extension) => {
  const calmEpoch = async (shards: ReadonlyMap<string, Uint8Array>) =>
    epochOf(
      await serve(seededRandom(0), (path) => ({ mood: 'calm', file: fileOf(shards, path) })),
      shards.keys(),
    );

  it.each([1, 2, 3, 4])(
    'yields every picture once, in the order of a calm server (seed %i)',
    async (seed) => {
      const random = seededRandom(seed, 0x666c616b);
      const shards = await shardsOf(random, extension);
      const expected = await calmEpoch(shards);
      expect(new Set(expected.pictures).size).toBe(72);
      // At most two bad responses in a row, so the reader must not give up.
      let bad = 0;
      let answers = 0;
      const base = await serve(random, (path) => {
        answers++;
        const mood = bad >= 2 ? 'calm' : moods[random.int(moods.length)]!;
        if (mood !== 'elsewhere' && mood !== 'otherOrigin')
          bad = mood === 'calm' || mood === 'throttle' ? 0 : bad + 1;
        return { mood, file: fileOf(shards, path) };
      });
      expect(await epochOf(base, shards.keys())).toEqual(expected);
      expect(answers).toBeGreaterThan(6);
    },
  );

  it.each([1, 2, 3, 4])(
    'reports every shard with missing pictures if it never recovers (seed %i)',
    async (seed) => {
      const random = seededRandom(seed, 0x686f7065);
      const shards = await shardsOf(random, extension);
      const expected = await calmEpoch(shards);
      let answers = 0;
      const base = await serve(random, (path) => {
        answers++;
        // Half of the shards never arrive whole. Without ETag and date, versions of a file differ
        // only in size.
        const file = fileOf(shards, path, {});
        if (path.includes('shard-1')) return { mood: 'busy', file };
        const isDropped = path.includes('shard-3') || path.includes('shard-5');
        return { mood: isDropped ? 'drop' : moods[random.int(moods.length)]!, file };
      });
      const { pictures, skipped } = await epochOf(base, shards.keys(), { shuffleBuffer: 0 });
      const lost = new Set(skipped.map(({ shard }) => shard));
      const seen = new Set(pictures);
      expect(seen.size).toBe(pictures.length);
      expect(lost).toContain(`shard-1${extension}`);
      const order = [...expected.pictures].sort(byPlace);
      expect(pictures).toEqual(order.filter((picture) => seen.has(picture)));
      for (const picture of order)
        if (!seen.has(picture)) expect(lost).toContain(`shard-${picture[1]}${extension}`);
      // An upper bound: all tries for every picture, each with a redirect.
      expect(answers).toBeLessThan(72 * 5 * 2);
    },
  );

  it.each([
    ['another ETag', { ETag: '"one"' }, { ETag: '"two"' }],
    [
      'another date',
      { 'Last-Modified': 'Mon, 01 Jan 2024 00:00:00 GMT' },
      { 'Last-Modified': 'Tue, 02 Jan 2024 00:00:00 GMT' },
    ],
    ['another size', {}, {}],
  ])(
    'reports a shard that was replaced, detected by %s, and mixes no versions',
    async (_, before, after) => {
      const [old, young] = [
        await shardsOf(seededRandom(1), extension),
        await shardsOf(seededRandom(2), extension),
      ];
      const name = `shard-0${extension}`;
      let requests = 0;
      const half = old.get(name)!;
      const base = await serve(seededRandom(3), (path) => {
        const first = requests++ === 0;
        // The first response announces the whole size and stops in the middle.
        return {
          mood: first ? 'silent' : 'calm',
          file: fileOf(first ? new Map([[name, half]]) : young, path, first ? before : after),
        };
      });
      const { pictures, skipped } = await epochOf(base, [name], {
        shuffleBuffer: 0,
        maxSilence: 100,
      });
      const whole = (await calmEpoch(old)).pictures
        .filter((picture) => picture.startsWith('s0-'))
        .sort(byPlace);
      expect(pictures.length).toBeGreaterThan(0);
      expect(pictures).toEqual(whole.slice(0, pictures.length));
      expect(skipped).toEqual([
        expect.objectContaining({
          shard: name,
          reason: expect.stringContaining('was replaced while it was read'),
        }),
      ]);
      expect(requests).toBe(2);
    },
  );

  it('retries once when a server falls silent, and yields all records in order', async () => {
    const shards = await shardsOf(seededRandom(7), extension);
    const expected = await calmEpoch(shards);
    const retried: string[] = [];
    let requests = 0;
    const base = await serve(seededRandom(8), (path) => ({
      mood: requests++ === 0 ? 'silent' : 'calm',
      file: fileOf(shards, path),
    }));
    const epoch = await epochOf(base, shards.keys(), {
      maxSilence: 100,
      onRetry: (shard) => retried.push(shard),
    });
    expect(epoch).toEqual(expected);
    expect(epoch.pictures).toHaveLength(72);
    expect(retried).toHaveLength(1);
    expect(requests).toBe(shards.size + 1);
  });

  it('closes the connection when a reader leaves early', async () => {
    const shards = await shardsOf(seededRandom(9), extension);
    const expected = await calmEpoch(shards);
    const closed: Promise<void>[] = [];
    const base = await serve(seededRandom(1), (path, request) => {
      closed.push(new Promise((close) => request.socket.once('close', () => close())));
      return { mood: 'silent', file: fileOf(shards, path) };
    });
    const source = new WebDatasetSource(
      'flaky',
      { shards: [{ name: `shard-0${extension}` }] },
      new HttpShardOpener(base),
    );
    const retried: string[] = [];
    const pictures: string[] = [];
    for await (const { key, encoded } of source.open({
      seed: 1,
      epoch: 0,
      shuffleBuffer: 0,
      onSkip: ({ reason }) => expect.fail(reason),
      onRetry: (shard) => retried.push(shard),
    })) {
      pictures.push(`${key} ${createHash('sha256').update(encoded).digest('hex')}`);
      break;
    }
    // The first record of the shard, from one request and without a retry.
    expect(pictures).toEqual([...expected.pictures].sort(byPlace).slice(0, 1));
    expect(retried).toEqual([]);
    expect(closed).toHaveLength(1);
    await expect(closed[0]).resolves.toBeUndefined();
  });
});

it('requests only the missing part, with If-Range, and yields all records in order', async () => {
  const shards = await shardsOf(seededRandom(11), '.tar');
  const calm = await serve(seededRandom(0), (path) => ({
    mood: 'calm',
    file: fileOf(shards, path),
  }));
  const expected = await epochOf(calm, ['shard-0.tar'], { shuffleBuffer: 0 });
  const asked: unknown[] = [];
  const base = await serve(seededRandom(12), (path, { headers }) => {
    asked.push([headers.range, headers['if-range']]);
    return { mood: asked.length === 1 ? 'drop' : 'calm', file: fileOf(shards, path) };
  });
  expect(await epochOf(base, ['shard-0.tar'], { shuffleBuffer: 0 })).toEqual(expected);
  expect(expected.pictures).toHaveLength(12);
  expect(asked).toEqual([
    [undefined, undefined],
    [expect.stringMatching(/^bytes=[1-9]\d*-$/), '"one"'],
  ]);
});

/** Order of pictures named "s<shard>-<index> …" in the data set. */
function byPlace(a: string, b: string): number {
  const [left, right] = [a, b].map((picture) =>
    /^s(\d+)-(\d+)/.exec(picture)!.slice(1).map(Number),
  );
  return left![0]! - right![0]! || left![1]! - right![1]!;
}
