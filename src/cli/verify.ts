import { basename } from 'node:path';
import { Command } from 'commander';
import { pairFigures, type PairFigures } from '../evaluation/pair-figures';
import { BinPairSource, type PairSourceInfo } from '../faces/pair-source';
import { readFace } from '../training/read-face';
import { scorePairs, type PairScores, type SkippedPair } from '../training/score-pairs';
import { countBar } from './count-bar';
import { printable } from './inspect-text';
import { startNodeWasm } from './node-backend';
import { nodeDecoder } from './node-files';
import { bytesOf, DEFAULT_BACKBONE, openNodeBackbone, openNodeHead } from './node-models';

/** What `scf verify` takes. */
export interface VerifyOptions {
  readonly pairs: string;
  readonly head?: string;
  readonly backbone: string;
  readonly json?: boolean;
}

/** `scf verify --pairs lfw.bin`: how well cosine and, with a head, Eqn (13) tell a verification set's pairs apart. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('score the pairs of a verification set (.bin) by cosine and, with a head, by Eqn (13)')
    .requiredOption('--pairs <file>', 'verification set such as lfw.bin')
    .option('--head <file>', 'head.safetensors made by train, or ckpt_e30.pt')
    .option('--backbone <file>', 'backbone: ONNX, PyTorch or safetensors', DEFAULT_BACKBONE)
    .option('--json', 'print the result as JSON')
    .action((options: VerifyOptions) => verify(options));
}

async function verify({ pairs, head, backbone: model, json }: VerifyOptions): Promise<void> {
  const source = BinPairSource.open(basename(pairs), await bytesOf(pairs, 'bad-source', 'Name a verification set such as lfw.bin.'));
  const headFile = head === undefined ? null : await openNodeHead(head);
  await startNodeWasm();
  const backbone = await openNodeBackbone(model, headFile?.reading);
  const loaded = headFile && (await headFile.on(backbone));
  const confidence = loaded?.head ?? null;
  const bar = json ? null : countBar('pairs', source.info().pairs);
  try {
    const scores = await scorePairs(source, {
      decoder: nodeDecoder,
      read: (crop) => readFace(crop, backbone, confidence),
      radius: loaded?.radius ?? 1,
      onProgress: (done) => bar?.update(done),
    });
    bar?.stop();
    const report = reportOf(source.info(), scores);
    console.log(json ? JSON.stringify(report) : verifyText(report));
  } finally {
    bar?.stop();
  }
}

/** What `verify` finds. */
export interface VerifyReport extends PairSourceInfo {
  /** Pairs that have a score. */
  readonly scored: { readonly genuine: number; readonly impostor: number };
  readonly cosine: PairFigures;
  readonly scf?: PairFigures;
  readonly skipped: readonly SkippedPair[];
}

/** The figures of scored pairs. */
export function reportOf(info: PairSourceInfo, { cosine, scf, skipped }: PairScores): VerifyReport {
  return {
    ...info,
    scored: { genuine: cosine.genuine.length, impostor: cosine.impostor.length },
    cosine: pairFigures(cosine.genuine, cosine.impostor),
    scf: scf && pairFigures(scf.genuine, scf.impostor),
    skipped,
  };
}

const SKIPPED_SHOWN = 20;

/** A report, for a person to read. */
export function verifyText({ name, pairs, scored, cosine, scf, skipped }: VerifyReport): string {
  const { genuine, impostor } = scored;
  const unsupported = cosine.points.filter(({ point }) => !point).map(({ far }) => `FAR ${far} takes ${number(Math.ceil(1 / far))} impostor pairs or more`);
  return [
    `${printable(name)}: ${number(pairs)} pairs, ${number(genuine + impostor)} scored (${number(genuine)} genuine, ${number(impostor)} impostor), ${number(skipped.length)} skipped`,
    figuresText('cosine', cosine),
    ...(scf ? [figuresText('SCF', scf)] : []),
    ...(genuine > 0 && impostor > 0 && unsupported.length > 0 ? [`${unsupported.join('; ')}: ${number(impostor)} were scored, so that is not measured.`] : []),
    ...(genuine === 0 || impostor === 0 ? ['Rates take pairs of both kinds.'] : []),
    ...skipped.slice(0, SKIPPED_SHOWN).map(({ index, reason }) => `skipped pair ${index}: ${printable(reason)}`),
    ...(skipped.length > SKIPPED_SHOWN ? [`and ${number(skipped.length - SKIPPED_SHOWN)} more`] : []),
  ].join('\n');
}

function figuresText(method: string, { auc, points, best }: PairFigures): string {
  const parts = [
    ...(auc === undefined ? [] : [`AUC ${auc.toFixed(4)}`]),
    ...points.flatMap(({ far, point }) => (point ? [`TAR@FAR ${far} ${percent(point.tar)}`] : [])),
    ...(best ? [`best accuracy ${percent(best.accuracy)} at ${best.threshold.toFixed(4)}, chosen on the pairs themselves`] : []),
  ];
  return `${method.padEnd(7)} ${parts.join(', ') || 'no figures'}`;
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const number = (value: number) => value.toLocaleString('en');
