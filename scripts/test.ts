import { spawnSync } from 'node:child_process';
import { messageOf } from '../src/core/studio-error';
import { findChromium } from '../test/chromium';
import { prepareModels, prepareShards } from './prepare';

/** `npm test`: all checks, the cheapest first. Stops at the first that fails. */
const steps: readonly (readonly [string, readonly string[]])[] = [
  ['Format', ['prettier', '--check', '.', '--log-level', 'warn']],
  ['Types', ['tsc', '--noEmit']],
  ['Types of the page, without those of Node', ['tsc', '--noEmit', '-p', 'tsconfig.browser.json']],
  ['Lint', ['eslint', '.', '--max-warnings', '0']],
  ['Unused code', ['knip']],
  ['Unit tests', ['vitest', 'run', '--project', 'unit']],
  ['Component tests', ['vitest', 'run', '--project', 'components']],
  ['GPU tests', ['vitest', 'run', '--project', 'gpu']],
  ['Build', ['vite', 'build', '--logLevel', 'warn']],
  ['End-to-end tests', ['playwright', 'test']],
];

try {
  findChromium();
  await prepareModels();
  await prepareShards();
  for (const [name, [command, ...args]] of steps) {
    console.log(`\n── ${name}`);
    const { status } = spawnSync('npx', [command!, ...args], {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
    if (status !== 0) throw new Error(`${name} failed.`);
  }
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
