import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Check } from './check';

/**
 * `npm run interop [-- name…]`: the studio against PyTorch and its neighbours. Prints one line a comparison; fails where one misses its bar.
 */
const checks = join(dirname(fileURLToPath(import.meta.url)), 'checks');
const names = (await readdir(checks))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0)
  throw new Error(`There is no check ${unknown.join(', ')}; there are ${names.join(', ')}.`);

for (const name of names.filter((each) => asked.length === 0 || asked.includes(each))) {
  const folder = await mkdtemp(join(tmpdir(), `scf-${name}-`));
  try {
    const { check } = (await import(pathToFileURL(join(checks, `${name}.ts`)).href)) as {
      check: Check;
    };
    for (const { what, found, bar } of await check(folder)) {
      const passed = found <= bar;
      console.log(
        `${passed ? 'ok  ' : 'MISS'} ${name}: ${what}: ${found.toPrecision(3)} (at most ${bar})`,
      );
      if (!passed) process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
