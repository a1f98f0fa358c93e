import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import sirv from 'sirv';
import { build } from 'vite';
import { isolationHeaders } from '../vite.config';
import { fetchModels } from './fetch-models';
import { makeShards } from './make-shards';

/**
 * `npm start`: models, demo shards, build, serve. Every part does nothing when its work is done already.
 */
async function start(): Promise<void> {
  await fetchModels();
  await makeShards();
  await build({ logLevel: 'warn' });
  const serve = sirv(resolve('dist'), { dev: false, setHeaders: (response) => Object.entries(isolationHeaders).forEach(([name, value]) => response.setHeader(name, value)) });
  const port = Number(process.env.PORT ?? 4173);
  createServer((request, response) => serve(request, response)).listen(port, '127.0.0.1', () => {
    console.log(`SCF Studio is at http://127.0.0.1:${port}/  (Ctrl+C ends it; the build is in ${join('.', 'dist')})`);
  });
}

await start().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
