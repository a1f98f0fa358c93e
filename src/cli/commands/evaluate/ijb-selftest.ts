import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import sharp from 'sharp';
import { createMethod } from '../../../confidence/methods';
import { ijbFigures, type IjbFigures } from '../../../evaluation/ijb/ijb-figures';
import { scoreIjbPairs } from '../../../evaluation/ijb/ijb-scores';
import { syntheticRelease } from '../../../evaluation/ijb/ijb-synthetic';
import { CROP_SIZE } from '../../../faces/face-record';
import { TEMPLATE } from '../../../faces/similarity-transform';
import { renderFace } from '../../../faces/synthetic/render-face';
import { identityFrom } from '../../../faces/synthetic/face-identity';
import { captureFrom } from '../../../faces/synthetic/face-capture';
import { StudioError } from '../../../core/studio-error';
import goldenFigures from '../../../../test/fixtures/ijb/golden.json';
import { ijbText, runIjb } from './evaluate-ijb';
import { DEFAULT_BACKBONE } from '../../node/node-models';
import { checkOutput } from '../../node/output-file';

/** A made release: people, their templates, media of a template, pictures of a media. */
const [PEOPLE, TEMPLATES, MEDIA, PICTURES] = [8, 2, 2, 2];
/** Wall around a face, in pixels. */
const MARGIN = 24;

interface SelftestOptions {
  readonly pairs: string;
  readonly out?: string;
}

/**
 * `scf ijb-selftest`: a small release in the layout of the real ones through the whole path, and a whole one's scores against golden numbers.
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
          flip: 'yes',
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
    console.log(
      `${name}: ${Object.entries(found.tarAtFar)
        .map(
          ([far, tar]) =>
            `TAR@FAR ${Number(far).toExponential()} ${tar === null ? 'not measurable' : `${(100 * tar).toFixed(2)} %`}`,
        )
        .join(', ')}, AUC ${found.auc.toFixed(6)}`,
    );
    requireGolden(name, found, golden[name]);
  }
  const gibibytes = process.resourceUsage().maxRSS / 2 ** 20;
  console.log(
    `${golden.pairs.toLocaleString('en')} pairs by two methods in ` +
      `${((performance.now() - startedAt) / 1000).toFixed(1)} s, ${gibibytes.toFixed(2)} GiB ` +
      'at most. All figures are those that NumPy and scikit-learn give.',
  );
}

/** @throws StudioError where a figure is another */
function requireGolden(
  name: string,
  { tarAtFar, auc }: IjbFigures,
  golden: { readonly tarAtFar: Readonly<Record<string, number | null>>; readonly auc: number },
): void {
  const wrong = Object.entries(golden.tarAtFar).find(([far, tar]) =>
    tar === null
      ? tarAtFar[far] !== null
      : Math.abs((tarAtFar[far] ?? NaN) - tar) > 1e-12 || tarAtFar[far] === undefined,
  );
  const found = wrong
    ? `TAR at FAR ${wrong[0]} is ${tarAtFar[wrong[0]]}; ${wrong[1]}`
    : Math.abs(auc - golden.auc) > 1e-9
      ? `the AUC is ${auc}; ${golden.auc}`
      : null;
  if (found !== null)
    throw new StudioError(
      'bad-source',
      `By ${name}, ${found} was expected.`,
      "This build computes wrongly: report it with the machine's name.",
    );
}

/** Writes pictures and lists of drawn faces, whose points are known. */
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
  const count = PEOPLE * TEMPLATES;
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++)
      pairs.push(
        `${a + 1} ${b + 1} ${Math.floor(a / TEMPLATES) === Math.floor(b / TEMPLATES) ? 1 : 0}`,
      );
  for (const [ending, lines] of [
    ['face_tid_mid', pictures],
    ['template_pair_label', pairs],
    ['name_5pts_score', points],
  ] as const) {
    await writeFile(join(folder, 'meta', `selftest_${ending}.txt`), `${lines.join('\n')}\n`);
  }
}
