import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFaceSource } from './create-source';

let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/endless.json') pour(response);
    else
      response.end(
        JSON.stringify({ shards: ['a.tar', 'https://elsewhere.example/b.tar'], images: 7 }),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends data forever, one megabyte after another. */
function pour(response: ServerResponse): void {
  response.write(' '.repeat(2 ** 20), (error) => {
    if (!error && !response.destroyed) pour(response);
  });
}

it('reports the shards of a manifest, and their other origins', async () => {
  const source = await createFaceSource({ kind: 'manifest', url: 'set/manifest.json' }, base);
  expect(await source.info()).toMatchObject({
    form: 'webdataset',
    shards: ['a.tar', 'https://elsewhere.example/b.tar'],
    images: 7,
    foreignOrigins: ['https://elsewhere.example'],
  });
});

it('refuses an endless manifest', async () => {
  await expect(
    createFaceSource({ kind: 'manifest', url: 'endless.json' }, base),
  ).rejects.toMatchObject({
    code: 'bad-source',
    message: expect.stringContaining('more than 32 MiB'),
  });
});
