import type {
  BackboneInUse,
  CentresInUse,
  HeadDescription,
  HeadSize,
  WorkerEvent,
} from '../../studio/protocol';
import type { PublishedCommand } from '../../training/config/published-command';
import type { RunConfig } from '../../training/config/run-config';
import type { Progress } from '../../core/progress-meter';

/** The section of the Models view that shows an error. */
export type ModelTopic = 'backbone' | 'centres' | 'comparison' | 'head' | 'files' | 'lesson';

/** What the page knows of backbones, class centres and heads. */
export interface ModelState {
  readonly backbone: BackboneInUse | null;
  /** The size of each head on that backbone. */
  readonly heads: readonly HeadSize[];
  /** Class centres read from files. */
  readonly centres: CentresInUse | null;
  readonly comparison: Extract<WorkerEvent, { type: 'centre-comparison' }> | null;
  /** A head read from a file, which can be chosen. */
  readonly fileHead: HeadDescription | null;
  /** Topic of the last request, answered or not. An error of scope `models` is about it. */
  readonly modelRequest: ModelTopic | null;
  /** The last request has no answer yet. */
  readonly modelPending: boolean;
  readonly modelProgress: Progress | null;
}

export const initialModelState: ModelState = {
  backbone: null,
  heads: [],
  centres: null,
  comparison: null,
  fileHead: null,
  modelRequest: null,
  modelPending: false,
  modelProgress: null,
};

/** The worker's events about models. */
export type ModelEvent = Extract<
  WorkerEvent,
  { type: 'backbone' | 'models-progress' | 'centres' | 'centre-comparison' | 'file-head' }
>;

/** What an event changes in the slice. */
export function modelReducer(event: ModelEvent, { centres }: ModelState): Partial<ModelState> {
  switch (event.type) {
    case 'backbone':
      // Class centres of another dimension don't fit it.
      return {
        backbone: event.backbone,
        heads: event.heads,
        comparison: null,
        centres: centres?.dimension === event.backbone.embeddingDim ? centres : null,
      };
    case 'models-progress':
      return { modelProgress: event.progress, modelPending: event.progress !== null };
    case 'centres':
      return { centres: event.centres };
    case 'centre-comparison':
      return { comparison: event };
    case 'file-head':
      return { fileHead: event.head };
    default:
      return event satisfies never;
  }
}

/** The run settings that follow from the backbone in use. */
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
 * A pasted command with the dimensions of the backbone in use, and a note for each flag whose
 * value was replaced. A command that names another backbone is left as it is.
 */
export function withBackboneDimensions(
  { config, notes }: Pick<PublishedCommand, 'config' | 'notes'>,
  inUse: BackboneInUse | null,
): Pick<PublishedCommand, 'config' | 'notes'> {
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
      const sentence = `The backbone in use has ${dimension}; ${note.value} is ignored.`;
      return { ...note, what: 'read-otherwise', sentence };
    }),
  };
}
