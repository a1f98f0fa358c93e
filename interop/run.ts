import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Check } from './check';

/**
 * `npm run interop [-- name…]`: compares the studio with PyTorch and related programs. Prints one
 * line for each comparison, and fails if one exceeds its limit.
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
    for (const { what, found, limit } of await check(folder)) {
      const passed = found <= limit;
      console.log(
        `${passed ? 'ok  ' : 'MISS'} ${name}: ${what}: ${found.toPrecision(3)} (at most ${limit})`,
      );
      if (!passed) process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
