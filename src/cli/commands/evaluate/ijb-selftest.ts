import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { createMethod } from '../../../confidence/methods';
import { ijbFigures, type IjbFigures } from '../../../evaluation/ijb/ijb-figures';
import { scoreIjbPairs } from '../../../evaluation/ijb/ijb-scores';
import { syntheticRelease } from '../../../evaluation/ijb/ijb-synthetic';
import { evidenceAt, needsPairs } from '../../../evaluation/statistics/rule-of-thirty';
import { count } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import goldenFigures from '../../../../test/fixtures/ijb/golden.json';
import { ijbText, runIjb } from './evaluate-ijb';
import { makeIjb } from './make-ijb';
import { DEFAULT_BACKBONE } from '../../node/node-models';
import { checkOutput } from '../../node/output-file';

interface SelftestOptions {
  readonly pairs: string;
  readonly out?: string;
}

/**
 * `scf ijb-selftest`: makes a small release in the layout of the real ones and evaluates it, then
 * scores as many synthetic pairs as a real release has and compares them with golden numbers.
 */
export function ijbSelftestCommand(): Command {
  return new Command('ijb-selftest')
    .description(
      'make a small IJB release and evaluate it, and score millions of synthetic pairs ' +
        'against golden numbers',
    )
    .addOption(
      new Option('--pairs <n>', 'pairs of synthetic templates')
        .choices(goldenFigures.map(({ pairs }) => String(pairs)))
        .default('10000000'),
    )
    .option('--out <dir>', 'keep the small release here')
    .action(selftest);
}

async function selftest({ pairs, out }: SelftestOptions): Promise<void> {
  if (out !== undefined) await checkOutput(join(out, 'meta', 'selftest.txt'));
  const folder = out ?? (await mkdtemp(join(tmpdir(), 'ijb-')));
  try {
    await makeIjb(folder, 'selftest');
    console.log(
      ijbText(
        await runIjb(folder, {
          head: [],
          backbone: DEFAULT_BACKBONE,
          policy: 'ijb-published',
          detectorScore: 'yes',
          norm: 'yes',
          models: 'public/models',
        }),
      ),
    );
  } finally {
    if (out === undefined) await rm(folder, { recursive: true });
  }
  const golden = goldenFigures.find((each) => each.pairs === Number(pairs))!;
  const startedAt = performance.now();
  const release = syntheticRelease(golden.people, golden.pairs);
  for (const name of ['cosine', 'scf'] as const) {
    const scores = await scoreIjbPairs({ ...release, method: createMethod(name, { radius: 64 }) });
    const found = ijbFigures(scores.genuine, scores.impostor);
    const rates = Object.entries(found.tarAtFar).map(
      ([far, tar]) => `TAR@FAR ${Number(far).toExponential()} ${rateText(tar, Number(far))}`,
    );
    console.log(`${name}: ${rates.join(', ')}, AUC ${found.auc.toFixed(6)}`);
    requireGolden(name, found, golden[name]);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const gibibytes = process.resourceUsage().maxRSS / 2 ** 20;
  console.log(
    `${count(golden.pairs)} pairs by two methods in ${seconds.toFixed(1)} s, ` +
      `${gibibytes.toFixed(2)} GiB at most. ` +
      'All figures are those that NumPy and scikit-learn give.',
  );
}

const rateText = (tar: number | null, far: number): string =>
  tar === null ? needsPairs(far) : `${(100 * tar).toFixed(2)} %`;

/** @throws StudioError `bad-source` if a figure differs from the golden one */
function requireGolden(
  name: string,
  { tarAtFar, auc, impostor }: IjbFigures,
  golden: { readonly tarAtFar: Readonly<Record<string, number | null>>; readonly auc: number },
): void {
  const wrong = Object.entries(golden.tarAtFar).find(([far, tar]) =>
    tar === null || evidenceAt(Number(far), impostor) === 'none'
      ? tarAtFar[far] !== null
      : Math.abs((tarAtFar[far] ?? NaN) - tar) > 1e-12 || tarAtFar[far] === undefined,
  );
  let found: string | null = null;
  if (wrong) found = `TAR at FAR ${wrong[0]} is ${tarAtFar[wrong[0]]}; ${wrong[1]}`;
  else if (Math.abs(auc - golden.auc) > 1e-9) found = `the AUC is ${auc}; ${golden.auc}`;
  if (found !== null)
    throw new StudioError(
      'bad-source',
      `By ${name}, ${found} was expected.`,
      "This build computes wrongly: report it with the machine's name.",
    );
}
