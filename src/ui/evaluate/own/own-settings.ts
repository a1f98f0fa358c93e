import { DEFAULT_PAIRS_PER_PERSON } from '../../../inference/evaluation/folder-pairs';
import { DEGRADE_SEEDS } from '../../../inference/evaluation/protocols';
import type { EvaluationRequest, QualityRequest } from '../../../studio/protocol';
import type { ExpertSettings } from './expert-input';
import { isBin, type PickedSet } from './picked-set';
import type { ChosenProtocols } from './protocols-input';

/** How a set of one's own is evaluated. */
export interface OwnSettings extends ChosenProtocols, ExpertSettings {
  /** Makes pairs from the folders of a set without a list. */
  readonly fromFolders: boolean;
  /** Genuine pairs of each person, at most. */
  readonly perPerson: number;
}

export const initialOwnSettings: OwnSettings = {
  shares: ['none', 'both'],
  templates: false,
  size: 3,
  seed: 777,
  draws: DEGRADE_SEEDS,
  areCrops: false,
  alignAll: false,
  fromFolders: false,
  perPerson: DEFAULT_PAIRS_PER_PERSON,
};

/** A set, the list of pairs that was chosen of it, and texts of qualities. */
export interface ChosenSet {
  readonly set: PickedSet;
  /** Index in the set's lists. */
  readonly list: number;
  readonly qualities: readonly QualityRequest[];
}

/** Whether a set has pairs, from a list or from its folders. */
export const hasPairs = ({ lists }: PickedSet, { fromFolders }: OwnSettings): boolean =>
  lists.length > 0 || fromFolders;

/** What is asked of the worker. Without a protocol there is nothing to ask for. */
export function requestOf({ set, list, qualities }: ChosenSet, settings: OwnSettings) {
  const { shares, templates, size, seed, draws, areCrops, alignAll, perPerson } = settings;
  const { name, files, lists } = set;
  const alignPhotos = alignAll ? 'always' : 'auto';
  const isPaired = hasPairs(set, settings);
  const request: EvaluationRequest = {
    name,
    files,
    pairs: lists[list] ?? null,
    fromFolders: lists.length === 0 && isPaired ? { perPerson, seed } : undefined,
    protocols: [
      ...(isPaired ? shares.map((degraded) => ({ kind: 'pairs', degraded }) as const) : []),
      ...(templates && !isBin(set) ? [{ kind: 'templates', size, degraded: 'both' } as const] : []),
    ],
    align: areCrops ? 'none' : alignPhotos,
    seed,
    qualities,
    degradeSeeds: draws,
  };
  return request;
}
