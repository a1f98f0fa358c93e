import { Command, Option } from 'commander';
import { headOf, methodNames } from '../../../confidence/confidence-method';
import { resultsCsv, resultsLatex, resultsMarkdown } from '../../../evaluation/results-table';
import type { ReadingPolicy } from '../../../inference/reading-policy';
import { StudioError } from '../../../core/studio-error';
import { alignModes, type AlignMode } from '../../../inference/align/alignment';
import { evaluate, methodsOf, type EvaluationResult } from '../../../inference/evaluation/evaluate';
import { missingPicturesWarning } from '../../../inference/evaluation/evaluation-set';
import {
  DEFAULT_PAIRS_PER_PERSON,
  type FolderPairsRule,
} from '../../../inference/evaluation/folder-pairs';
import { DEGRADE_SEEDS } from '../../../inference/evaluation/protocols';
import { evaluationRows } from '../../../inference/evaluation/evaluation-rows';
import { inputConventionOption } from '../../backbone-option';
import { policyOption } from '../../policy-option';
import { headsOption } from '../../heads/head-option';
import { methodsNamed, openWithHeads } from '../../heads/open-with-heads';
import { openQuality } from './quality-option';
import { scoresCsv } from '../../../inference/evaluation/scores-csv';
import { openEvaluationSet } from './evaluation-set';
import { jsonOf, textOf } from './evaluation-text';
import { ProgressDisplay } from '../../progress-display';
import { printable } from '../inspect-text';
import { startNodeWasm } from '../../node/node-backend';
import { DEFAULT_BACKBONE, openPhotoNetworks } from '../../node/node-models';
import { checkOutput } from '../../node/output-file';
import { saveOrPrint, saveOutput } from '../../node/save-output';
import { settingsOf } from '../train/train-command';
import { openToTrain, trainMissing } from './missing-heads';
import { protocolsOf, wholeNumber } from './protocol-options';

/** Options of `scf evaluate`. */
interface EvaluateCommandOptions {
  readonly images?: string;
  readonly pairs?: string;
  /** true where no number is given. */
  readonly pairsFromFolders?: string | true;
  readonly align: AlignMode;
  readonly policy: ReadingPolicy;
  readonly degrade?: string;
  readonly templates?: string;
  readonly all?: boolean;
  readonly seed: string;
  readonly degradeSeeds: string;
  readonly head: readonly string[];
  readonly methods?: string;
  readonly backbone: string;
  readonly inputConvention?: string;
  readonly models: string;
  readonly train?: string;
  readonly config?: string;
  readonly json?: string;
  readonly table?: string;
  readonly quality: readonly string[];
  readonly scores?: string;
}

/**
 * `scf evaluate`: compares methods on pairs or templates of real pictures, clean and degraded, in
 * one table.
 */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description(
      'compare methods on pairs of pictures: accuracy, TAR at FAR, error against discard',
    )
    .option('--images <dir>', 'pictures, one folder a person')
    .option(
      '--pairs <file>',
      "pairs.txt in LFW's form (ten folds, one, or View 1's), or a .bin set",
    )
    .option(
      '--pairs-from-folders [k]',
      `make the pairs: all genuine ones up to K a person (${DEFAULT_PAIRS_PER_PERSON} if not ` +
        'given), and as many impostor pairs, by the seed',
    )
    .addOption(
      new Option(
        '--align <how>',
        'auto finds and aligns faces and leaves 112 × 112 crops alone; always aligns those ' +
          'too; none takes all for crops',
      )
        .choices(alignModes)
        .default('auto'),
    )
    .addOption(policyOption('full'))
    .option(
      '--degrade <shares>',
      "how many of a pair's pictures are degraded: none, one, both, or several such as " +
        'none,one,both; of a template both is all but its first',
    )
    .option('--templates <k>', 'pairs of templates of K pictures, by folder')
    .option('--all', 'clean, one and both degraded, and templates of one clean and two degraded')
    .option('--seed <n>', 'draws pairs, degradations, templates and resamples', '777')
    .option(
      '--degrade-seeds <k>',
      'how often degradations are drawn: figures are means over the draws',
      String(DEGRADE_SEEDS),
    )
    .addOption(headsOption())
    .option(
      '--methods <names>',
      `of ${methodNames.join(', ')}; by default all that the heads serve`,
    )
    .option('--backbone <file>', 'backbone: ONNX, PyTorch or safetensors', DEFAULT_BACKBONE)
    .addOption(inputConventionOption())
    .option('--models <dir>', 'folder of the networks that find faces', 'public/models')
    .option(
      '--train <shards>',
      'train a head on these shards for each method that none is given for',
    )
    .option('--config <file>', 'run.json for that training')
    .option('--json <file>', 'write the result as JSON')
    .option('--table <file>', 'write the table: .csv, .md or .tex')
    .option(
      '--quality <name=file>',
      'discard pairs by the qualities of another program too: lines of "picture score", larger ' +
        'is better, or NAME=FILE:lower-is-better; may be given several times',
      (value: string, all: readonly string[]) => [...all, value],
      [],
    )
    .option('--scores <file>', 'write every pair with its scores, confidences and qualities: .csv')
    .action(run);
}

async function run(options: EvaluateCommandOptions): Promise<void> {
  const protocols = protocolsOf(options);
  const seed = wholeNumber('seed', options.seed, 0);
  const degradeSeeds = wholeNumber('degrade-seeds', options.degradeSeeds, 1);
  const table = options.table === undefined ? null : tableWriter(options.table);
  for (const path of [options.json, options.table, options.scores])
    if (path !== undefined) await checkOutput(path);
  const asked = options.methods === undefined ? undefined : methodsNamed(options.methods);
  const qualities = await Promise.all(options.quality.map(openQuality));
  const set = await openEvaluationSet(options.images, options.pairs, folderPairsOf(options, seed));
  const missing = missingPicturesWarning(set);
  if (missing !== null) console.error(printable(missing));
  await startNodeWasm();
  const settings = options.config === undefined ? {} : await settingsOf(options.config);
  const { backbone, heads } =
    options.train !== undefined && options.head.length === 0
      ? await openToTrain(options.train, settings, options)
      : await openWithHeads(options.backbone, {
          ...options,
          named: options.head,
          methods: asked,
          onNotice: console.error,
        });
  const trained =
    options.train === undefined
      ? null
      : await trainMissing(options.train, settings, asked, heads, seed, backbone);
  const all = [...heads, ...(trained?.heads ?? [])];
  const methods = asked ?? methodsOf(all);
  const networks = await openPhotoNetworks(options.models).catch(nullForCrops(options.align));
  const display = new ProgressDisplay();
  const scores: string[] = [];
  try {
    const result = await evaluate({
      set,
      protocols,
      methods,
      backbone,
      heads: all.filter(({ method }) => methods.some((name) => headOf(name) === method)),
      networks,
      align: options.align,
      policy: options.policy,
      seed,
      qualities,
      ...(options.scores !== undefined && {
        onScored: (protocol) => scores.push(scoresCsv(protocol, scores.length === 0)),
      }),
      degradeSeeds,
      onProgress: (done, total) => display.show({ label: 'pictures', done, total }),
    });
    display.clear();
    // Printed before the files are written, which can fail.
    console.log(textOf(result));
    const json = options.json === undefined ? null : JSON.stringify(jsonOf(result));
    if (json !== null) await saveOrPrint('The result', options.json!, json);
    if (table) await saveOrPrint('The table', options.table!, table(result));
    if (options.scores !== undefined)
      await saveOutput('The scores', options.scores, () => scores.join(''));
  } finally {
    display.clear();
    trained?.dispose();
  }
}

/**
 * For `catch`: with `--align none` the networks that find faces are optional. Without them the
 * crops are read all the same; only the check of their alignment is left out.
 */
const nullForCrops = (align: AlignMode) => (thrown: unknown) => {
  if (align === 'none' && thrown instanceof StudioError && thrown.code === 'bad-model') return null;
  throw thrown;
};

/** How pairs are made from the folders; undefined if they aren't. */
function folderPairsOf(
  { pairsFromFolders: asked }: EvaluateCommandOptions,
  seed: number,
): FolderPairsRule | undefined {
  if (asked === undefined) return undefined;
  const perPerson =
    asked === true ? DEFAULT_PAIRS_PER_PERSON : wholeNumber('pairs-from-folders', asked, 1);
  return { perPerson, seed };
}

/** The function that writes a result as a table, chosen by the file's ending. */
function tableWriter(path: string): (result: EvaluationResult) => string {
  const forms = { csv: resultsCsv, md: resultsMarkdown, tex: resultsLatex };
  const form = forms[path.slice(path.lastIndexOf('.') + 1) as keyof typeof forms];
  if (!form)
    throw new StudioError(
      'bad-config',
      `The table ${path} has no form that is written; .csv, .md or .tex were expected.`,
      'Correct --table.',
    );
  return (result) => form(evaluationRows(result));
}
