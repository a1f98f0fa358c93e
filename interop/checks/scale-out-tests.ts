import { spawn } from 'node:child_process';
import type { Check } from '../check';

/** Exit code of {@link LOOK_FOR_TORCH} if torch is not installed. */
const NO_TORCH = 7;
const LOOK_FOR_TORCH =
  'import importlib.util, sys; ' +
  `sys.exit(0 if importlib.util.find_spec("torch") else ${NO_TORCH})`;

/**
 * The Python tests of `scale-out/` itself (`scale-out/test_*.py`). Skipped with a sentence if the
 * Python of `PYTHON` (default `python3`) has no torch.
 */
export const check: Check = async () => {
  const look = await runPython('-c', LOOK_FOR_TORCH);
  if (look.code === NO_TORCH) {
    console.log(
      `skip scale-out-tests: ${PYTHON} has no torch. ` +
        'Run "pip install -r interop/requirements.txt", or name another Python with PYTHON.',
    );
    return [];
  }
  if (look.code !== 0) throw new Error(`${PYTHON} could not look for torch:\n${look.output}`);
  const { code, output } = await runPython('-m', 'unittest', 'discover', 'scale-out');
  const tests = Number(/^Ran (\d+) tests? in /m.exec(output)?.[1] ?? 0);
  const failed = failedTests(output);
  if (failed > 0) console.log(output);
  // Without tests, or with an error that is no failed test, the run has checked nothing.
  const hasOtherError = code !== 0 && failed === 0;
  if (tests === 0 || hasOtherError)
    throw new Error(`The tests of scale-out ended with ${code}:\n${output}`);
  return [{ what: `failed tests of ${tests}`, found: failed, limit: 0 }];
};

const PYTHON = process.env.PYTHON ?? 'python3';

/** Reads unittest's last line, such as `FAILED (failures=1, errors=2)`. */
function failedTests(output: string): number {
  const summary = /^FAILED \((.*)\)$/m.exec(output)?.[1] ?? '';
  const counts = summary.matchAll(/(?:failures|errors|unexpected successes)=(\d+)/g);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Runs Python in the current folder. Resolves with its exit code, and with what it printed. */
function runPython(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(PYTHON, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
