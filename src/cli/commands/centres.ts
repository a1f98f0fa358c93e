import { Command, Option } from 'commander';
import { counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import { writeSafetensors, type NamedArray } from '../../formats/safetensors/safetensors';
import type { CentreFile } from '../../models/centres/centre-files';
import { centreAgreement } from '../../models/centres/centre-agreement';
import { centreFit } from '../../models/centres/centre-fit';
import type { ClassCentres } from '../../models/centres/class-centres';
import {
  centreKinds,
  compareCentres,
  makeCentres,
  type CentreComparison,
  type CentreKind,
} from '../../training/centres/compare-centres';
import type { EmbeddingSet } from '../../training/data/embedding-store';
import { gatherEmbeddings } from '../../training/data/gather-embeddings';
import { colourNoticeOfSource } from '../../inference/colour-order/known-faces';
import { presets, resolveConfig } from '../../training/config/run-config';
import { settingFromText } from '../../training/config/setting-text';
import { noticeOfSingles, singleLabels } from '../../training/data/single-pictures';
import { howItIsFed, inputConventionOption, chosenReading } from '../backbone-option';
import { countBar } from '../count-bar';
import { ProgressDisplay } from '../progress-display';
import { nodeDecoder } from '../node/decode-image';
import { LeftOutReport, listBeside } from '../left-out-report';
import { startNodeWasm } from '../node/node-backend';
import { openNodeCentres } from '../node/node-centres';
import { openSource } from '../node/node-files';
import { DEFAULT_BACKBONE, openNodeBackbone } from '../node/node-models';
import { checkOutput } from '../node/output-file';
import { saveOutput } from '../node/save-output';

interface CentresOptions {
  readonly shards: string;
  readonly files?: readonly string[];
  readonly kinds?: readonly CentreKind[];
  readonly backbone: string;
  readonly inputConvention?: string;
  readonly out?: string;
  readonly pictures?: string;
  readonly set: readonly string[];
  readonly json?: boolean;
}

/**
 * `scf centres`: compares class centres made in several ways, or read from files, on pictures that
 * were held out when they were made.
 */
export function centresCommand(): Command {
  const kindsOf = (text: string) =>
    text.split(',').map((kind) => centreKinds.find((each) => each === kind) ?? refuseKind(kind));
  return new Command('centres')
    .description(
      'compare class centres: means, ArcFace and CosFace classifiers over embeddings, rows ' +
        'of a file; and write them',
    )
    .requiredOption('--shards <dir|url|pattern>', 'folder of shards, manifest or URL')
    .option(
      '--files <files...>',
      'class centres made elsewhere: FC layers, rank shards, a folder of them',
    )
    .addOption(
      new Option(
        '--kinds <list>',
        `which, of ${centreKinds.join(',')}; by default all that are possible`,
      ).argParser(kindsOf),
    )
    .option('--backbone <file>', 'backbone: ONNX, PyTorch or safetensors', DEFAULT_BACKBONE)
    .addOption(inputConventionOption())
    .option(
      '--out <file>',
      'write the first of --kinds, made of all pictures, as "weight" [classes, d] (.safetensors)',
    )
    .option('--pictures <n>', 'pictures to embed at most')
    .option(
      '--set <name=value...>',
      'settings by name: seed, margin, marginScale, centreEpochs, negativeShare',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--json', 'print the result as JSON')
    .action((options: CentresOptions) => centres(options));
}

async function centres(options: CentresOptions): Promise<void> {
  const kinds = options.kinds ?? centreKinds.filter((kind) => kind !== 'file' || options.files);
  const config = resolveConfig({
    ...settingsOf(options.set),
    preset: 'demo',
    shards: options.shards,
    ...(kinds[0] === 'arcface' || kinds[0] === 'cosface' ? { centres: kinds[0] } : {}),
  });
  const maxPictures = options.pictures === undefined ? undefined : countOf(options.pictures);
  if (options.out !== undefined) await checkOutput(options.out, ['.safetensors']);
  await startNodeWasm();
  const reading = chosenReading(options.inputConvention);
  const backbone = await openNodeBackbone(options.backbone, reading);
  console.error(howItIsFed(backbone, reading));
  const file =
    options.files && (await openNodeCentres(options.files, { dimension: backbone.embeddingDim }));
  const source = await openSource(options.shards);
  const info = await source.info();
  const notice = await colourNoticeOfSource({
    source,
    decoder: nodeDecoder,
    seed: config.seed,
    backbone,
  });
  if (notice !== null) console.error(notice);
  const leftOut = new LeftOutReport(options.out === undefined ? null : listBeside(options.out));
  leftOut.opened(info);
  const embeddingBar = options.json ? null : countBar('pictures', info.images);
  const { embeddings, complete } = await gatherEmbeddings({
    source,
    decoder: nodeDecoder,
    backbone,
    seed: config.seed,
    concurrency: 4 * config.numWorkers,
    maxPictures,
    onProgress: (done) => embeddingBar?.update(done),
    onSkip: (item) => leftOut.skip(item),
  }).finally(async () => {
    embeddingBar?.stop();
    leftOut.opened(await source.info());
    await leftOut.end();
  });
  const singles = singleLabels(embeddings.labels).size;
  const remarks = [
    ...(singles > 0 ? [noticeOfSingles(singles)] : []),
    ...(complete
      ? []
      : [
          `Only the first ${counted(embeddings.labels.length, 'picture')} ` +
            `${embeddings.labels.length === 1 ? 'was' : 'were'} embedded.`,
        ]),
    ...(file ? fileRemarks(file, embeddings, config.seed) : []),
  ];
  if (!options.json) for (const remark of remarks) console.error(remark);
  const display = new ProgressDisplay();
  const showProgress = (kind: CentreKind, { done, total }: { done: number; total: number }) => {
    if (!options.json) display.show({ label: `${kind}, pictures`, done, total });
  };
  const compareOptions = {
    kinds,
    settings: config,
    file: file?.centres,
    onProgress: showProgress,
  };
  const comparison = await compareCentres(embeddings, compareOptions).finally(() =>
    display.clear(),
  );
  let out: string | null = null;
  let line = '';
  try {
    if (options.out !== undefined) {
      const kind = kinds[0]!;
      const made =
        kind === 'file'
          ? file!.centres
          : await makeCentres(kind, embeddings, compareOptions).finally(() => display.clear());
      const pictures = String(embeddings.labels.length);
      const { name, hash: backboneHash } = backbone;
      const bytes = encodeCentres(made, { kind, backbone: name, backboneHash, pictures });
      out = await saveOutput('The file of centres', options.out, () => bytes);
      const people = `${counted(made.labels.length, 'identity', 'identities')}, of all pictures`;
      if (out !== null) line = `\nThe ${kind} centres of ${people}, are in ${out}.`;
    }
  } finally {
    // The comparison is printed even if the centres can't be made or written.
    const pictures = embeddings.labels.length;
    if (options.json)
      console.log(
        JSON.stringify({ pictures, complete, leftOut: leftOut.groups(), remarks, comparison, out }),
      );
    else console.log(comparisonText(comparison) + line);
  }
}

/** Sentences about centres from files: their form, and whether they fit these pictures. */
function fileRemarks(
  { form, classes, centres: rows }: CentreFile,
  embeddings: EmbeddingSet,
  seed: number,
): string[] {
  const fit = centreFit(new Set(embeddings.labels), rows, classes);
  const sample = embeddings.labels
    .flatMap((label, index) =>
      rows.row(label) ? [{ label, embedding: embeddings.embedding(index) }] : [],
    )
    .filter((_, at, all) => at % Math.ceil(all.length / 1000) === 0);
  return [form, fit.sentence, centreAgreement(sample, rows, seed).sentence];
}

/**
 * A file of class centres that other programs and `readCentreFiles` read: the row number is the
 * label, and a label without a centre has a row of zeros.
 * @throws StudioError `bad-config` if labels are so sparse that most rows would be empty
 */
export function encodeCentres(
  { dimension, labels, matrix }: ClassCentres,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const classes = labels.at(-1)! + 1;
  if (classes > 1000 && classes > 10 * labels.length) {
    throw new StudioError(
      'bad-config',
      `Row numbers are labels, which go to ${classes - 1} here, and only ${labels.length} ` +
        'of them are used.',
      'Number the people from 0 on, as "scf pack" does.',
    );
  }
  const data = new Float32Array(classes * dimension);
  labels.forEach((label, row) =>
    data.set(matrix.subarray(row * dimension, (row + 1) * dimension), label * dimension),
  );
  return writeSafetensors(
    new Map<string, NamedArray>([['weight', { dtype: 'F32', shape: [classes, dimension], data }]]),
    { format: 'scf-studio-centres-1', ...metadata },
  );
}

/** A comparison as a table, with a line that explains its columns. */
export function comparisonText(comparison: readonly CentreComparison[]): string {
  const { heldOut, classes } = comparison[0]!;
  const columns = ['cos θ', 'impostor', 'margin', 'top-1', 'seconds'];
  const cell = (value: number) => value.toFixed(4).padStart(9);
  return [
    `${counted(heldOut, 'picture')} held out, ${counted(classes, 'identity', 'identities')}`,
    'centres'.padEnd(14) + columns.map((name) => name.padStart(9)).join(''),
    ...comparison.map(
      ({
        kind,
        classifierMargin,
        meanCosTheta,
        meanNearestImpostorCosine,
        margin,
        top1,
        seconds,
      }) =>
        [
          (kind + (classifierMargin === null ? '' : ` m=${classifierMargin}`)).padEnd(14),
          ...[meanCosTheta, meanNearestImpostorCosine, margin, top1].map(cell),
          (seconds === null ? '–' : seconds.toFixed(1)).padStart(9),
        ].join(''),
    ),
    'cos θ: to the own centre. impostor: to the nearest other. margin: their difference. ' +
      'Means win the first; a classifier trades it for the last.',
  ].join('\n');
}

const settingNames = [
  'seed',
  'margin',
  'marginScale',
  'centreEpochs',
  'negativeShare',
] as const satisfies readonly (keyof typeof presets.demo)[];

function settingsOf(words: readonly string[]): Record<string, unknown> {
  const expected = settingNames.map((name) => `${name}=…`).join(', ');
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      const name = settingNames.find((each) => each === word.slice(0, at));
      if (!name)
        throw new StudioError(
          'bad-config',
          `"${word}" was given; one of ${expected} was expected.`,
          'Correct it and start again.',
        );
      return settingFromText(word);
    }),
  );
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new StudioError(
    'bad-config',
    `--pictures is ${text}; it takes a whole number from 1 on.`,
    'Correct it and start again.',
  );
}

function refuseKind(kind: string): never {
  throw new StudioError(
    'bad-config',
    `"${kind}" is no kind of class centres; they are ${centreKinds.join(', ')}.`,
    'Name them with commas between.',
  );
}
