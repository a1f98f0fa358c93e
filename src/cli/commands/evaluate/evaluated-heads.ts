import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { headOf, methodNames, type MethodName } from '../../../confidence/confidence-method';
import { StudioError } from '../../../core/studio-error';
import type { Backbone } from '../../../models/backbones/backbone';
import type { EvaluatedHead } from '../../../inference/evaluation/evaluate';
import { howItIsFed, chosenReading } from '../../backbone-option';
import { openNodeBackbone, openNodeHead } from '../../node/node-models';

/** Heads that come with the studio. */
const READY_HEADS = 'public/heads';

/** A backbone, and heads that were trained on it. */
export interface BackboneWithHeads {
  readonly backbone: Backbone;
  readonly heads: readonly EvaluatedHead[];
}

/** Options of {@link openWithHeads}. */
export interface HeadsOptions {
  /** Files of heads, one a method. If empty, the heads that come with the studio are opened. */
  readonly files: readonly string[];
  /** Methods to evaluate; by default all that the heads serve. */
  readonly methods?: readonly MethodName[];
  /** `--input-convention`; by default as the first head's file says, or the backbone's. */
  readonly inputConvention?: string;
  /** Receives a sentence about the backbone's input, and one about heads that are passed over. */
  readonly onNotice: (sentence: string) => void;
}

/**
 * Opens a backbone, with the input convention that the first head was trained with, and the heads
 * that the methods need. Heads that come with the studio are passed over if they were trained on
 * another backbone.
 * @throws StudioError `bad-checkpoint`, also for a named head of another backbone; `bad-model`;
 * `bad-config` for two heads of one method
 */
export async function openWithHeads(
  backboneFile: string,
  { files, methods, inputConvention, onNotice }: HeadsOptions,
): Promise<BackboneWithHeads> {
  const areNamed = files.length > 0;
  const wanted = methods && new Set(methods.map(headOf));
  const paths = areNamed ? files : readyHeads();
  const opened = await Promise.all(
    paths.map(async (path) => ({ path, file: await openNodeHead(path) })),
  );
  const needed = opened.filter(({ file }) => wanted?.has(file.method) ?? true);
  // A named head says how its backbone was fed even if no chosen method reads the head itself.
  const [first] = areNamed ? opened : needed;
  const reading = chosenReading(
    inputConvention,
    first && { reading: first.file.reading, of: `the head ${basename(first.path)}` },
  );
  const backbone = await openNodeBackbone(backboneFile, reading);
  onNotice(howItIsFed(backbone, reading));
  const fits = ({ file }: (typeof opened)[number]) =>
    file.backboneHash === null || file.backboneHash === backbone.hash;
  const passedOver = areNamed ? [] : needed.filter((each) => !fits(each));
  if (passedOver.length > 0) {
    const names = passedOver.map(({ file }) => file.method).join(', ');
    onNotice(
      `The heads that come with the studio (${names}) were trained on another backbone ` +
        `than ${backbone.name}: they are passed over. Name heads of this one with --head.`,
    );
  }
  const heads: EvaluatedHead[] = [];
  for (const { path, file } of needed.filter((each) => !passedOver.includes(each))) {
    const { head, method, radius, calibration } = await file.on(backbone);
    const other = heads.find((each) => each.method === method);
    if (other)
      throw new StudioError(
        'bad-config',
        `Two heads were trained by ${method}: ${other.name} and ${basename(path)}.`,
        'Give one head a method.',
      );
    heads.push({ name: basename(path), head, method, radius, calibration });
  }
  return { backbone, heads };
}

function readyHeads(): string[] {
  if (!existsSync(READY_HEADS)) return [];
  return readdirSync(READY_HEADS)
    .filter((name) => name.endsWith('.safetensors'))
    .sort()
    .map((name) => join(READY_HEADS, name));
}

/** Parses method names separated by commas. @throws StudioError `bad-config` */
export function methodsNamed(text: string): MethodName[] {
  return text.split(',').map((word) => {
    const found = methodNames.find((name) => name === word.trim());
    if (!found)
      throw new StudioError(
        'bad-config',
        `"${word}" is no method; ${methodNames.join(', ')} were expected.`,
        'Correct --methods.',
      );
    return found;
  });
}
