import type {
  BackboneInUse,
  CentresInUse,
  HeadDescription,
  HeadSize,
  RequestType,
  SourceCentres,
  WorkerEvent,
} from '../../studio/protocol';
import type { PublishedCommand } from '../../training/config/published/published-command';
import type { RunConfig } from '../../training/config/run-config';
import { isPending, type TasksState } from '../shell/client/tasks-slice';

/** The section of the Models view that shows a request, and why it failed. */
export type ModelTopic = 'backbone' | 'centres' | 'comparison' | 'head' | 'files' | 'lesson';

/** The requests about models, without the lesson itself. */
export const modelTasks = [
  'use-backbone',
  'use-centres',
  'compare-centres',
  'load-head',
  'export',
  'export-lesson',
  'use-lesson',
] as const satisfies readonly RequestType[];

/** Whether a request about models has no answer yet. */
export const isModelPending = (state: TasksState): boolean => isPending(state, ...modelTasks);

/** What the page knows of backbones, class centres and heads. */
export interface ModelState {
  readonly backbone: BackboneInUse | null;
  /** The size of each head on that backbone. */
  readonly heads: readonly HeadSize[];
  /** Class centres read from files. */
  readonly centres: CentresInUse | null;
  readonly comparison: SourceCentres | null;
  /** A head read from a file, which can be chosen. */
  readonly fileHead: HeadDescription | null;
}

export const initialModelState: ModelState = {
  backbone: null,
  heads: [],
  centres: null,
  comparison: null,
  fileHead: null,
};

/** The worker's events about models. */
export type ModelEvent = Extract<WorkerEvent, { type: 'backbone' | 'file-head' }>;

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
