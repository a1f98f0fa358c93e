import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { placeAddress } from './places';

/** A server that sends half of the first requested shard and then nothing, like a slow mirror. */
async function slowMirror(): Promise<{ server: Server; address: string; shards: () => string[] }> {
  const shard = await readFile('public/shards/demo/demo-0000.tar');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (!asked.includes(request.url!)) asked.push(request.url!);
    if (asked.length > 1) return;
    response.setHeader('Content-Length', shard.length);
    response.write(shard.subarray(0, shard.length / 2));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shards: () => asked,
  };
}

test('a streamed set starts to train before its first shard has arrived in full', async ({
  page,
}) => {
  const { server, address, shards } = await slowMirror();
  try {
    const pattern = encodeURIComponent(`${address}/ms1m-{0000..0099}.tar`);
    await page.goto(
      placeAddress(
        'Train',
        'preset=demo&features=stream&centres=growing&shuffleBuffer=64' +
          `&batchSize=16&validateEvery=4&shards=${pattern}`,
      ),
    );
    await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
    await page.getByRole('button', { name: /^Start the/ }).click();
    await expect
      .poll(async () => Number(await page.getByTestId('step').textContent({ timeout: 60_000 })), {
        timeout: 60_000,
      })
      .toBeGreaterThan(3);
    expect(shards()).toHaveLength(1);
    // Held-out people have appeared a second time as well.
    await expect(page.getByTestId('spearman')).toHaveText(/-?0\.\d+/, { timeout: 60_000 });
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByTestId('run-state')).toHaveText('stopped', { timeout: 30_000 });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
