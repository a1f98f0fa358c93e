import { Command, Option } from 'commander';
import { methodNames } from '../../../confidence/confidence-method';
import { methodTitles } from '../../../confidence/methods';
import { IJB_FARS } from '../../../evaluation/ijb/ijb-figures';
import { PAPER_TABLE } from '../../../evaluation/paper-table';
import { pairsCell, resultCell } from '../../../evaluation/results-table';
import { percentText, tableNotes } from '../../../evaluation/statistics/result-cell';
import type { PhotoNetworks } from '../../../inference/align/find-faces';
import { count, counted } from '../../../core/number-words';
import { methodsOf } from '../../../inference/evaluation/evaluate';
import { evaluateIjb, type IjbResult } from '../../../inference/evaluation/ijb/evaluate-ijb';
import { leftOutNotes } from '../../../inference/evaluation/ijb/ijb-notes';
import { ijbColumn, ijbRows, type IjbRow } from '../../../inference/evaluation/ijb/ijb-rows';
import { openIjbRelease } from '../../../inference/evaluation/ijb/ijb-release';
import { describeLostPicture } from '../../../inference/locate-pictures';
import { policyWords, type ReadingPolicy } from '../../../inference/reading-policy';
import { inputConventionOption } from '../../backbone-option';
import { policyOption } from '../../policy-option';
import { decodeImage } from '../../node/decode-image';
import { headsOption } from '../../heads/head-option';
import { methodsNamed, openWithHeads } from '../../heads/open-with-heads';
import { ProgressDisplay } from '../../progress-display';
import { printable } from '../inspect-text';
import { startNodeWasm } from '../../node/node-backend';
import { nodeIjbFolder } from '../../node/disk/node-ijb-folder';
import { DEFAULT_BACKBONE, openPhotoNetworks } from '../../node/node-models';
import { checkOutput } from '../../node/output-file';
import { saveOrPrint } from '../../node/save-output';

/** Options of `scf evaluate-ijb`. */
export interface EvaluateIjbCommandOptions {
  readonly head: readonly string[];
  readonly backbone: string;
  readonly inputConvention?: string;
  readonly methods?: string;
  readonly policy: ReadingPolicy;
  readonly detectorScore: 'yes' | 'no';
  readonly norm: 'yes' | 'no';
  /** Folder of the networks that find the face where the release's landmarks can't be right. */
  readonly models: string;
  readonly json?: string;
}

/** `scf evaluate-ijb`: 1:1 verification of templates on a release of IJB-B or IJB-C. */
export function evaluateIjbCommand(): Command {
  const yesNo = (flag: string, description: string) =>
    new Option(`${flag} <yes|no>`, description).choices(['yes', 'no']).default('yes');
  return new Command('evaluate-ijb')
    .description(
      'IJB-B or IJB-C, 1:1: templates pooled from loose_crop by the lists in meta, TAR at ' +
        "FAR beside the paper's",
    )
    .argument('<dir>', 'folder of the release: loose_crop, and meta with its three lists')
    .addOption(headsOption())
    .option('--backbone <file>', 'backbone: ONNX, PyTorch or safetensors', DEFAULT_BACKBONE)
    .addOption(inputConventionOption())
    .option(
      '--methods <names>',
      `of ${methodNames.join(', ')}; by default all that the heads serve`,
    )
    .addOption(policyOption('ijb-published'))
    .addOption(yesNo('--detector-score', "cosine: weigh embeddings by the detector's score"))
    .addOption(yesNo('--norm', 'cosine: weigh embeddings by their norm'))
    .option('--models <dir>', 'folder of the networks that find faces', 'public/models')
    .option('--json <file>', 'write the result as JSON')
    .action(async (folder: string, options: EvaluateIjbCommandOptions) => {
      if (options.json !== undefined) await checkOutput(options.json);
      const result = await runIjb(folder, options);
      console.log(ijbText(result));
      const { json } = options;
      if (json !== undefined) await saveOrPrint('The result', json, JSON.stringify(result));
    });
}

/** Evaluates a release's folder. @throws StudioError */
export async function runIjb(
  folder: string,
  options: Omit<EvaluateIjbCommandOptions, 'json'>,
): Promise<IjbResult> {
  const asked = options.methods === undefined ? undefined : methodsNamed(options.methods);
  const release = await openIjbRelease(nodeIjbFolder(folder), decodeImage);
  await startNodeWasm();
  const { backbone, heads } = await openWithHeads(options.backbone, {
    ...options,
    named: options.head,
    methods: asked,
    onNotice: console.error,
  });
  let networks: Promise<PhotoNetworks> | null = null;
  const display = new ProgressDisplay();
  try {
    return await evaluateIjb({
      release,
      methods: asked ?? methodsOf(heads),
      backbone,
      heads,
      policy: options.policy,
      baseline: { norm: options.norm === 'yes', detectorScore: options.detectorScore === 'yes' },
      networks: () => (networks ??= openPhotoNetworks(options.models)),
      onProgress: (label, done, total) => display.show({ label, done, total }),
    });
  } finally {
    display.clear();
    heads.forEach(({ head }) => head.dispose());
    backbone.dispose();
  }
}

/** Items of a list that the text names. */
const MAX_SHOWN = 10;

/** Marks a figure that is better than cosine's. */
const BETTER = '*';

/** A result as text, with the paper's figures below it. */
export function ijbText(result: IjbResult): string {
  const { data, policy, pictures, templates, lost, lostTemplates } = result;
  const rows = ijbRows(result);
  const shown = IJB_FARS.map((far) => String(far));
  const line = (name: string, figures: readonly string[], of = '') => {
    const cells = figures.map((figure) => figure.padStart(27)).join('');
    return `  ${name.padEnd(34)} ${cells}${of.padStart(30)}`.trimEnd();
  };
  const pairsOf = (row: IjbRow) => (row.pairs < row.planned ? `${pairsCell(row)} pairs` : '');
  return [
    `${printable(data)}: ${counted(pictures, 'picture')}, ` +
      `${counted(templates, 'template')}, ${counted(result.pairs, 'pair')}; ` +
      `${counted(lost.length, 'picture')} and ${counted(lostTemplates.length, 'template')} ` +
      `lost; each face is read as ${policyWords[policy]} (${policy})`,
    ...someOf(lost, (loss) => `lost: ${printable(describeLostPicture(loss))}`),
    ...deviations(result),
    line(
      'TAR at FAR',
      IJB_FARS.map((far) => far.toExponential()),
    ),
    ...methodNames.map((name) => {
      const row = rows.find((each) => each.name === name);
      const figures = IJB_FARS.map((far) => {
        const cell = row?.cells[ijbColumn(far)];
        return resultCell(cell) + (cell?.isBetter ? BETTER : '');
      });
      return line(`${methodTitles[name]}, here`, figures, row && pairsOf(row));
    }),
    ...PAPER_TABLE.map(({ set, backbone, method, tarAtFar }) =>
      line(
        `${set}, ${backbone}, ${methodTitles[method]}`,
        shown.map((far) => {
          const tar = (tarAtFar as Readonly<Record<string, number>>)[far];
          return tar === undefined ? '' : percentText(tar);
        }),
      ),
    ),
    ...tableNotes(rows, BETTER),
    "The paper's rows are its own: other backbones, and the set that each names.",
  ].join('\n');
}

/** The first items of a list, and how many more there are. */
function someOf<T>(all: readonly T[], text: (one: T) => string): string[] {
  const more = all.length - MAX_SHOWN;
  return [...all.slice(0, MAX_SHOWN).map(text), ...(more > 0 ? [`and ${count(more)} more`] : [])];
}

/** Which pictures and templates were evaluated otherwise than the release's lists say, and why. */
function deviations(result: IjbResult): string[] {
  const { foundAnew } = result;
  return [
    ...(foundAnew.length > 0
      ? [
          `The points of ${counted(foundAnew.length, 'picture')} can't be a face's; the ` +
            'detector found their faces:',
        ]
      : []),
    ...someOf(foundAnew, ({ picture, reason }) => `  ${printable(picture)}: ${printable(reason)}`),
    ...leftOutNotes(result),
  ];
}
