import type {
  BackboneInUse,
  CentresInUse,
  HeadInUse,
  HeadSize,
  WorkerEvent,
} from '../../studio/protocol';
import type { PublishedCommand } from '../../training/config/published-command';
import type { RunConfig } from '../../training/config/run-config';
import type { Progress } from '../../core/progress-meter';

/** What an error about models is shown beside. */
export type ModelTopic = 'backbone' | 'centres' | 'comparison' | 'head' | 'files' | 'lesson';

/** What the page knows of backbones, class centres and heads. */
export interface ModelState {
  readonly backbone: BackboneInUse | null;
  /** What each head asks of the machine on that backbone. */
  readonly heads: readonly HeadSize[];
  /** Class centres that were read from files. */
  readonly centres: CentresInUse | null;
  readonly comparison: Extract<WorkerEvent, { type: 'centre-comparison' }> | null;
  /** A head that came out of a file. */
  readonly headInUse: HeadInUse | null;
  readonly modelsProgress: Progress | null;
  /** What was asked for last, answered or not: an error is about it. */
  readonly modelTopic: ModelTopic | null;
  /** Its answer is still to come. */
  readonly modelPending: boolean;
}

/** Nothing read yet. */
export const noModels: ModelState = {
  backbone: null,
  heads: [],
  centres: null,
  comparison: null,
  headInUse: null,
  modelsProgress: null,
  modelTopic: null,
  modelPending: false,
};

/** What the worker says about models. */
export type ModelEvent = Extract<
  WorkerEvent,
  { type: 'backbone' | 'models-progress' | 'centres' | 'centre-comparison' | 'head' }
>;

/** What an event changes of the slice. */
export function afterModelEvent(event: ModelEvent, { centres }: ModelState): Partial<ModelState> {
  switch (event.type) {
    case 'backbone':
      // Centres of another dimension are of no use to it.
      return {
        backbone: event.backbone,
        heads: event.heads,
        comparison: null,
        centres: centres?.dimension === event.backbone.embeddingDim ? centres : null,
      };
    case 'models-progress':
      return { modelsProgress: event.progress, modelPending: event.progress !== null };
    case 'centres':
      return { centres: event.centres };
    case 'centre-comparison':
      return { comparison: event };
    case 'head':
      return { headInUse: event.head };
    default:
      return event satisfies never;
  }
}

/** The settings of a run that follow from the backbone in use. */
export function backboneSettings({
  backbone,
  inputConvention,
  convFeature,
  embeddingDim,
  convShape,
}: BackboneInUse): Partial<RunConfig> {
  return {
    backbone,
    inputConvention,
    convFeature,
    zDim: embeddingDim,
    convfDim: convShape.reduce((product, side) => product * side, 1),
  };
}

/**
 * A command as the backbone in use lets it be, and a note for each dimension that it names
 * otherwise.
 */
export function withOwnDimensions(
  { config, notes }: Pick<PublishedCommand, 'config' | 'notes'>,
  inUse: BackboneInUse | null,
): Pick<PublishedCommand, 'config' | 'notes'> {
  // Another backbone has its own.
  if (!inUse || (config.backbone !== undefined && config.backbone !== inUse.backbone))
    return { config, notes };
  const { zDim, convfDim } = backboneSettings(inUse);
  const own = { '--z_dim': zDim, '--convf_dim': convfDim };
  return {
    config: { ...config, zDim, convfDim },
    notes: notes.map((note) => {
      const dimension = Object.hasOwn(own, note.flag)
        ? own[note.flag as keyof typeof own]
        : undefined;
      if (dimension === undefined || dimension === Number(note.value)) return note;
      const sentence = `It is the backbone's own, ${dimension}; ${note.value} is passed over.`;
      return { ...note, what: 'read-otherwise', sentence };
    }),
  };
}
