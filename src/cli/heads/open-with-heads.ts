import { basename } from 'node:path';
import {
  headOf,
  methodNames,
  type MethodName,
  type TrainedMethodName,
} from '../../confidence/confidence-method';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import type { FaceKind } from '../../models/heads/ready-head-list';
import type { OpenedHead } from '../../training/checkpoint/open-head';
import type { EvaluatedHead } from '../../inference/evaluation/evaluated-heads';
import { howItIsFed, chosenReading } from '../backbone-option';
import { openNodeBackbone, openNodeHead, type NodeHead } from '../node/node-models';
import { readyHeads, readyKind } from './ready-heads';

/** A head of the command line: where it came from, and all that its file says. */
export interface ChosenHead extends EvaluatedHead {
  readonly path: string;
  /** The faces that it was trained on, for a head that comes with the studio; otherwise null. */
  readonly readyFor: FaceKind | null;
  readonly opened: OpenedHead;
}

/** A backbone, and heads that were trained on it. */
export interface BackboneWithHeads {
  readonly backbone: Backbone;
  readonly heads: readonly ChosenHead[];
}

/** Options of {@link openWithHeads}. */
export interface HeadsOptions {
  /**
   * Values of `--head`: files of heads, one a method; `photographs` or `drawn` are all heads of the
   * studio for such faces. If empty, those for photographs are opened.
   */
  readonly named: readonly string[];
  /** Methods in use; by default all that the heads serve. */
  readonly methods?: readonly MethodName[];
  /** `--input-convention`; by default as the first head's file says, or the backbone's. */
  readonly inputConvention?: string;
  /** Receives a sentence about the backbone's input, and one about heads that are passed over. */
  readonly onNotice: (sentence: string) => void;
}

/** The file of a head, found and not yet loaded. */
interface FoundHead {
  readonly path: string;
  readonly readyFor: FaceKind | null;
  readonly file: NodeHead;
}

/**
 * Opens a backbone, with the input convention that the first head was trained with, and the heads
 * that the methods need. Heads that come with the studio and weren't asked for are passed over if
 * they were trained on another backbone.
 * @throws StudioError `bad-checkpoint`, also for a named head of another backbone; `bad-model`;
 * `bad-config` for two heads of one method
 */
export async function openWithHeads(
  backboneFile: string,
  { named, methods, inputConvention, onNotice }: HeadsOptions,
): Promise<BackboneWithHeads> {
  const areNamed = named.length > 0;
  const wanted = methods && new Set(methods.map(headOf));
  const opened = await foundHeads(named, wanted);
  const needed = opened.filter(({ file }) => wanted?.has(file.method) ?? true);
  // A named head says how its backbone was fed even if no chosen method reads the head itself.
  const [first] = areNamed ? opened : needed;
  const reading = chosenReading(
    inputConvention,
    first && { reading: first.file.reading, of: `the head ${basename(first.path)}` },
  );
  const backbone = await openNodeBackbone(backboneFile, reading);
  onNotice(howItIsFed(backbone, reading));
  const fits = ({ file }: FoundHead) =>
    file.backboneHash === null || file.backboneHash === backbone.hash;
  const passedOver = areNamed ? [] : needed.filter((each) => !fits(each));
  if (passedOver.length > 0) onNotice(passedOverText(passedOver, backbone));
  const heads: ChosenHead[] = [];
  for (const { path, readyFor, file } of needed.filter((each) => !passedOver.includes(each))) {
    const other = heads.find(({ method }) => method === file.method);
    if (other)
      throw new StudioError(
        'bad-config',
        `Two heads were trained by ${file.method}: ${other.name} and ${basename(path)}.`,
        'Give one head a method.',
      );
    const head = await file.on(backbone);
    const { method, radius, calibration } = head;
    const name = basename(path);
    heads.push({
      name,
      head: head.head,
      method,
      radius,
      calibration,
      path,
      readyFor,
      opened: head,
    });
  }
  return { backbone, heads };
}

/** Finds the heads that are named, or else those of the studio. */
async function foundHeads(
  named: readonly string[],
  wanted: ReadonlySet<TrainedMethodName | null> | undefined,
): Promise<FoundHead[]> {
  // Without a method that needs a head the studio's needn't be there.
  const isNeeded = wanted === undefined || [...wanted].some((method) => method !== null);
  const words = named.length === 0 && isNeeded ? ['photographs'] : named;
  const places = await Promise.all(
    words.map(async (word) => {
      const readyFor = readyKind(word);
      if (readyFor === null) return [{ path: word, readyFor }];
      const ready = await readyHeads(readyFor);
      return ready
        .filter(({ method }) => wanted?.has(method) ?? true)
        .map(({ path }) => ({ path, readyFor }));
    }),
  );
  return Promise.all(
    places.flat().map(async (place) => ({ ...place, file: await openNodeHead(place.path) })),
  );
}

function passedOverText(heads: readonly FoundHead[], { name }: Backbone): string {
  const methods = heads.map(({ file }) => file.method).join(', ');
  const trained = `trained on another backbone than ${name}`;
  return heads.length === 1
    ? `The studio's head for photographs (${methods}) was ${trained}: it is passed over. ` +
        'Name a head of this one with --head.'
    : `The studio's heads for photographs (${methods}) were ${trained}: they are passed over. ` +
        'Name heads of this one with --head.';
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
