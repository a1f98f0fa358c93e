import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import sharp from 'sharp';
import { createMethod } from '../../../confidence/methods';
import { ijbFigures, type IjbFigures } from '../../../evaluation/ijb/ijb-figures';
import { scoreIjbPairs } from '../../../evaluation/ijb/ijb-scores';
import { syntheticRelease } from '../../../evaluation/ijb/ijb-synthetic';
import { evidenceAt, needsPairs } from '../../../evaluation/statistics/rule-of-thirty';
import { CROP_SIZE } from '../../../faces/face-record';
import { TEMPLATE } from '../../../faces/similarity-transform';
import { renderFace } from '../../../faces/synthetic/render-face';
import { identityFrom } from '../../../faces/synthetic/face-identity';
import { captureFrom } from '../../../faces/synthetic/face-capture';
import { count } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import goldenFigures from '../../../../test/fixtures/ijb/golden.json';
import { ijbText, runIjb } from './evaluate-ijb';
import { DEFAULT_BACKBONE } from '../../node/node-models';
import { checkOutput } from '../../node/output-file';

/** Size of the made release: people, templates a person, media a template, pictures a medium. */
const [PEOPLE, TEMPLATES, MEDIA, PICTURES] = [8, 2, 2, 2];
/** Background around a face, in pixels. */
const MARGIN = 24;

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
    await makeRelease(folder);
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

/** Writes pictures of drawn faces, whose landmarks are known, and the release's three lists. */
async function makeRelease(folder: string): Promise<void> {
  await mkdir(join(folder, 'loose_crop'), { recursive: true });
  await mkdir(join(folder, 'meta'), { recursive: true });
  const [pictures, points]: [string[], string[]] = [[], []];
  for (let number = 0; number < PEOPLE * TEMPLATES * MEDIA * PICTURES; number++) {
    const media = Math.floor(number / PICTURES);
    const template = Math.floor(media / MEDIA);
    const person = Math.floor(template / TEMPLATES);
    const { data } = renderFace(identityFrom(5, person), captureFrom(5, person, number));
    const face = await sharp(data, { raw: { width: CROP_SIZE, height: CROP_SIZE, channels: 3 } })
      .png()
      .toBuffer();
    const side = CROP_SIZE + 2 * MARGIN;
    await writeFile(
      join(folder, 'loose_crop', `${number + 1}.jpg`),
      await sharp({ create: { width: side, height: side, channels: 3, background: '#888' } })
        .composite([{ input: face, left: MARGIN, top: MARGIN }])
        .jpeg({ quality: 92 })
        .toBuffer(),
    );
    pictures.push(`${number + 1}.jpg ${template + 1} ${media + 1}`);
    points.push(
      `${number + 1}.jpg ${TEMPLATE.flatMap(([x, y]) => [x + MARGIN, y + MARGIN]).join(' ')} 0.99`,
    );
  }
  const pairs: string[] = [];
  const templates = PEOPLE * TEMPLATES;
  const personOf = (template: number) => Math.floor(template / TEMPLATES);
  for (let a = 0; a < templates; a++) {
    for (let b = a + 1; b < templates; b++) {
      pairs.push(`${a + 1} ${b + 1} ${personOf(a) === personOf(b) ? 1 : 0}`);
    }
  }
  for (const [ending, lines] of [
    ['face_tid_mid', pictures],
    ['template_pair_label', pairs],
    ['name_5pts_score', points],
  ] as const) {
    await writeFile(join(folder, 'meta', `selftest_${ending}.txt`), `${lines.join('\n')}\n`);
  }
}
