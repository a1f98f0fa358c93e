import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { methodNames } from '../../../confidence/confidence-method';
import { methodTitles } from '../../../confidence/methods';
import { IJB_FARS } from '../../../evaluation/ijb/ijb-figures';
import { PAPER_TABLE } from '../../../evaluation/paper-table';
import { pairsCell, resultCell } from '../../../evaluation/results-table';
import { isBetter } from '../../../evaluation/statistics/figures';
import {
  percentText,
  tableNotes,
  type ResultCell,
} from '../../../evaluation/statistics/result-cell';
import { evidenceAt } from '../../../evaluation/statistics/rule-of-thirty';
import type { PhotoNetworks } from '../../../inference/align/find-faces';
import { readIjbDetections, readIjbPairs, readIjbPictures } from '../../../formats/pairs/ijb-meta';
import { count, counted } from '../../../core/number-words';
import { messageOf, StudioError } from '../../../core/studio-error';
import { methodsOf } from '../../../inference/evaluation/evaluate';
import {
  evaluateIjb,
  type IjbRelease,
  type IjbResult,
} from '../../../inference/evaluation/evaluate-ijb';
import { describeLostPicture } from '../../../inference/locate-pictures';
import { policyWords, type ReadingPolicy } from '../../../inference/reading-policy';
import { inputConventionOption } from '../../backbone-option';
import { policyOption } from '../../policy-option';
import { decodeImage } from '../../node/decode-image';
import { headsOption } from '../../heads/head-option';
import { methodsNamed, openWithHeads } from '../../heads/open-with-heads';
import { fileStream } from '../../node/file-stream';
import { ProgressDisplay } from '../../progress-display';
import { printable } from '../inspect-text';
import { startNodeWasm } from '../../node/node-backend';
import { bytesOf, DEFAULT_BACKBONE, openPhotoNetworks } from '../../node/node-models';
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
  const release = await openRelease(folder);
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

/**
 * Opens a release. Its lists are found by the ends of their names, whatever the set is called.
 * @throws StudioError `bad-source`
 */
async function openRelease(folder: string): Promise<IjbRelease> {
  const meta = join(folder, 'meta');
  const files = await readdir(meta).catch((cause: unknown) => {
    throw new StudioError(
      'bad-source',
      `${meta} can't be read (${messageOf(cause)}).`,
      'Name the folder that holds loose_crop and meta.',
      { cause },
    );
  });
  const list = (ending: string) => {
    const found = files.filter((file) => file.endsWith(ending));
    if (found.length === 1) return { name: found[0]!, pieces: fileStream(join(meta, found[0]!)) };
    throw new StudioError(
      'bad-source',
      `${meta} has ${found.length} files that end in ${ending}; one was expected.`,
      'Check that the release was unpacked whole, and alone.',
    );
  };
  const [pictures, pairs, detections] = [
    list('face_tid_mid.txt'),
    list('template_pair_label.txt'),
    list('name_5pts_score.txt'),
  ];
  return {
    name: basename(folder),
    pictures: await readIjbPictures(pictures.pieces, pictures.name),
    pairs: await readIjbPairs(pairs.pieces, pairs.name),
    detections: await readIjbDetections(detections.pieces, detections.name),
    decode: async (picture) => {
      // A name in a list must not lead out of the release's folder.
      if (basename(picture) !== picture)
        throw new StudioError(
          'bad-source',
          `"${printable(picture)}" is no name of a picture.`,
          'Check the release.',
        );
      return decodeImage(
        await bytesOf(join(folder, 'loose_crop', picture), 'bad-source', 'Check the release.'),
        picture,
      );
    },
  };
}

/** Items of a list that the text names. */
const MAX_SHOWN = 10;

/** Marks a figure that is better than cosine's. */
const BETTER = '*';

/** The rows of the methods, their cells by the FAR as text. */
function rowsOf({ methods, bootstrap }: IjbResult) {
  return methodNames.map((name) => {
    const found = methods[name];
    const cells = Object.keys(found?.tarAtFar ?? {}).map((far) => {
      const { tarAtFar, intervals, differences, impostor } = found!;
      const rate = { far: Number(far), evidence: evidenceAt(Number(far), impostor) };
      const cell: ResultCell = {
        value: tarAtFar[far] ?? null,
        interval: intervals.tarAtFar[far] ?? null,
        spread: null,
        isBetter: isBetter(differences?.tarAtFar[far]),
        rate,
      };
      return [far, cell] as const;
    });
    return {
      name,
      lostPairs: found?.lostPairs,
      cells: Object.fromEntries(cells) as Readonly<Record<string, ResultCell>>,
      impostors: found?.impostor ?? 0,
      draws: 1,
      resamples: bootstrap.resamples,
      over: bootstrap.over,
    };
  });
}

/** A result as text, with the paper's figures below it. */
export function ijbText(result: IjbResult): string {
  const { data, policy, pictures, templates, pairs, lost, lostTemplates } = result;
  const rows = rowsOf(result);
  const shown = IJB_FARS.map((far) => String(far));
  const line = (name: string, figures: readonly string[], of = '') => {
    const cells = figures.map((figure) => figure.padStart(27)).join('');
    return `  ${name.padEnd(34)} ${cells}${of.padStart(30)}`.trimEnd();
  };
  const pairsOf = (lostPairs: number | undefined) =>
    lostPairs ? `${pairsCell({ pairs: pairs - lostPairs, planned: pairs })} pairs` : '';
  return [
    `${printable(data)}: ${counted(pictures, 'picture')}, ` +
      `${counted(templates, 'template')}, ${counted(pairs, 'pair')}; ` +
      `${counted(lost.length, 'picture')} and ${counted(lostTemplates.length, 'template')} ` +
      `lost; each face is read as ${policyWords[policy]} (${policy})`,
    ...someOf(lost, (loss) => `lost: ${printable(describeLostPicture(loss))}`),
    ...deviations(result),
    line(
      'TAR at FAR',
      IJB_FARS.map((far) => far.toExponential()),
    ),
    ...rows.map(({ name, cells, lostPairs }) =>
      line(
        `${methodTitles[name]}, here`,
        shown.map((far) => resultCell(cells[far]) + (cells[far]?.isBetter ? BETTER : '')),
        pairsOf(lostPairs),
      ),
    ),
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

/** "templates 3, 7, 12 more": the first templates of a list by number, and how many more. */
function templatesText(templates: readonly number[]): string {
  const more = templates.length - MAX_SHOWN;
  const shown = templates.slice(0, MAX_SHOWN).map(String);
  if (more > 0) shown.push(`${count(more)} more`);
  return `${templates.length === 1 ? 'template' : 'templates'} ${shown.join(', ')}`;
}

/** Which pictures and templates were evaluated otherwise than the release's lists say, and why. */
function deviations({ foundAnew, withoutScores, cancelled }: IjbResult): string[] {
  return [
    ...(foundAnew.length > 0
      ? [
          `The points of ${counted(foundAnew.length, 'picture')} can't be a face's; the ` +
            'detector found their faces:',
        ]
      : []),
    ...someOf(foundAnew, ({ picture, reason }) => `  ${printable(picture)}: ${printable(reason)}`),
    ...(withoutScores.length > 0
      ? [
          `No picture has a detector score above 0 in ${templatesText(withoutScores)}: cosine ` +
            'pools each without scores.',
        ]
      : []),
    ...methodNames.flatMap((name) => {
      const left = cancelled[name];
      if (!left) return [];
      const templates = templatesText(left);
      return [
        `${methodTitles[name]} leaves out ${templates}, whose pictures cancel each other out.`,
      ];
    }),
  ];
}
