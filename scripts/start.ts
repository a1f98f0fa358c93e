import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import sirv from 'sirv';
import { build } from 'vite';
import { isolationHeaders } from '../vite.config';
import { prepareModels, prepareShards, withElapsedTime } from './prepare';

/**
 * `npm start`: fetches the models and makes the demo shards unless they exist, builds the page and
 * serves it, with progress for whatever takes long.
 */
async function start(): Promise<void> {
  await prepareModels();
  await prepareShards();
  await withElapsedTime('Building the page', () => build({ logLevel: 'warn' }));
  const serve = sirv(resolve('dist'), {
    dev: false,
    setHeaders: (response) =>
      Object.entries(isolationHeaders).forEach(([name, value]) => response.setHeader(name, value)),
  });
  const port = Number(process.env.PORT ?? 4173);
  const server = createServer((request, response) => serve(request, response));
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(port, '127.0.0.1', resolve),
  );
  console.log(
    `SCF Studio is at http://127.0.0.1:${port}/  (Ctrl+C ends it; the build is in ` +
      `${join('.', 'dist')})`,
  );
}

await start().catch((error: NodeJS.ErrnoException) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `${error.message}: something else is served there. Give another port: PORT=4174 npm start`
      : error.message,
  );
  process.exitCode = 1;
});
