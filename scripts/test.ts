import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { messageOf } from '../src/core/studio-error';
import { findChromium } from '../test/chromium';
import { prepareModels, prepareShards } from './prepare';

type Step = readonly [name: string, command: readonly string[]];

/** What needs no models and no faces. */
const checks: readonly Step[] = [
  ['Format', ['prettier', '--check', '.', '--log-level', 'warn']],
  ['Types', ['tsc', '--noEmit']],
  ['Types of the page, without those of Node', ['tsc', '--noEmit', '-p', 'tsconfig.browser.json']],
  ['Lint', ['eslint', '.', '--max-warnings', '0']],
  ['Unused code', ['knip']],
];
const tests: readonly Step[] = [
  ['Unit tests', ['vitest', 'run', '--project', 'unit']],
  ['Component tests', ['vitest', 'run', '--project', 'components']],
  ['GPU tests', ['vitest', 'run', '--project', 'gpu']],
  ['Build', ['vite', 'build', '--logLevel', 'warn']],
  ['End-to-end tests', ['playwright', 'test']],
];

/** Carries out steps one after the other. @throws Error at the first that fails */
async function inOrder(steps: readonly Step[]): Promise<void> {
  for (const [name, args] of steps) {
    console.log(`\n── ${name}`);
    const step = spawn('npx', args, { stdio: 'inherit', shell: process.platform === 'win32' });
    const [status] = await once(step, 'exit');
    if (status !== 0) throw new Error(`${name} failed.`);
  }
}

/** `npm test`: all checks, the cheapest first. Stops at the first that fails. */
try {
  findChromium();
  await prepareModels();
  // The faces are drawn on one core: the checks take the other meanwhile.
  await Promise.all([prepareShards(), inOrder(checks)]);
  await inOrder(tests);
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
