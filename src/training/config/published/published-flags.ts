/**
 * How a flag of the published `train.py` becomes a setting of the studio.
 *
 * {@link publishedFlags} has one entry a flag, in the order of the published command. An entry
 * reads the flag's values and returns a {@link FlagReading}: the settings of `RunConfig` that it
 * sets, the paths that it names, and a sentence for the user. Most entries are `number(setting,
 * words)`, such as `lr: number('learningRate', …)`: the flag's number becomes that setting, within
 * the bounds of `numberRules`. The others call a function below.
 *
 * The way of a command: `shellWords` splits the text → `readPublishedFlags` (published-command.ts)
 * reads each flag through this table → `resolveConfig` (run-config.ts) adds the preset and checks
 * all settings. `printPublishedCommand` goes the other way.
 */
import { StudioError } from '../../../core/studio-error';
import { fitted, numberWithin, type NumberRule } from '../../../core/schema/schema';
import { numberRules, runSettings, type NumberSetting, type RunConfig } from '../run-settings';

/**
 * Paths and names in a command that aren't settings: a page can't open paths, its user picks files.
 */
export interface CommandPaths {
  readonly dataset: string | null;
  readonly outputDir: string | null;
  readonly savedBackbone: string | null;
  readonly savedFc: string | null;
}

/** What one flag means to the studio. */
export interface FlagReading {
  readonly what: 'mapped' | 'read-otherwise';
  readonly settings?: Partial<RunConfig>;
  readonly paths?: Partial<CommandPaths>;
  /** A sentence for the user; some need the batch sizes that the whole command sets. */
  readonly sentence: string | ((config: Pick<RunConfig, 'batchSize' | 'microBatch'>) => string);
}

/** A flag of the published `train.py`. */
export interface PublishedFlag {
  readonly takes: 'nothing' | 'one' | 'many';
  /** @throws StudioError `bad-config` naming the flag, what was found and what was expected */
  readonly read: (values: readonly string[], flag: string) => FlagReading;
}

/** Every flag of the published command, and how it is read. */
export const publishedFlags: Readonly<Record<string, PublishedFlag>> = {
  dataset: one(dataset),
  seed: number('seed', 'The seed'),
  gpu_ids: { takes: 'many', read: gpuIds },
  batch_size: number('batchSize', 'The batch size'),
  output_dir: one((value) => ({
    what: 'read-otherwise',
    paths: { outputDir: value },
    sentence:
      'A page writes nowhere by itself: what a run makes is downloaded, or goes ' +
      `into a folder that you pick; the command line writes to ${value}.`,
  })),
  saved_bkb: one((value) =>
    isAddress(value)
      ? {
          what: 'mapped',
          paths: { savedBackbone: value },
          settings: { backbone: value },
          sentence: `The backbone is ${value}.`,
        }
      : {
          what: 'read-otherwise',
          paths: { savedBackbone: value },
          sentence: `A page opens no paths: pick the file ${value} under Models.`,
        },
  ),
  saved_fc: one((value) =>
    isAddress(value)
      ? {
          what: 'mapped',
          paths: { savedFc: value },
          settings: { centres: 'file', centreFiles: value },
          sentence: `The class centres are those of ${value}.`,
        }
      : {
          what: 'read-otherwise',
          paths: { savedFc: value },
          sentence:
            `A page opens no paths: pick the file ${value} under Models; until ` +
            'then class centres are made from the pictures.',
        },
  ),
  num_workers: one(numWorkers),
  epochs: number('epochs', 'Epochs'),
  lr: number('learningRate', 'The learning rate'),
  lr_scheduler: one(schedule),
  step_size: number('stepSize', 'Epochs between drops (of patience, with ReduceLROnPlateau)'),
  gamma: number('gamma', 'The factor of a drop'),
  convf_dim: number('convfDim', 'The size of the conv feature'),
  z_dim: number('zDim', 'The dimension of the embedding'),
  radius: number('radius', 'The radius'),
  weight_decay: number('weightDecay', 'The weight decay'),
  max_grad_clip: number('maxGradClip', 'The limit of each gradient element (0 is off)'),
  max_grad_norm: number('maxGradNorm', "The limit of the gradient's norm (0 is off)"),
  finetune_bkb: { takes: 'nothing', read: finetune },
  tensorboard: {
    takes: 'nothing',
    read: (values, flag) => {
      const on = switchOf(values, flag);
      return {
        what: 'mapped',
        settings: { tensorboard: on },
        sentence: on ? 'The run writes TensorBoard event files.' : 'The run writes no event files.',
      };
    },
  },
};

/** Whether text is an address that a page can open, or names a file that was picked in it. */
export const isAddress = (text: string): boolean => /^(https?:\/\/|files:)/.test(text);

/**
 * Whether `--dataset` names face data that a page can open: an address, a manifest, a pattern or a
 * file of a known form.
 */
export const isDataAddress = (text: string): boolean =>
  isAddress(text) || /^[^$`~]+\.(json|tar|tar\.gz|tgz|parquet|rec)$/.test(text);

/** The error that names a flag, the value that was found and what it takes. */
export function badFlag(flag: string, found: string, expected: string): StudioError {
  return new StudioError(
    'bad-config',
    `The flag ${flag} is ${found}; it takes ${expected}.`,
    'Correct the command and try again.',
  );
}

function one(read: (value: string, flag: string) => FlagReading): PublishedFlag {
  return { takes: 'one', read: ([value], flag) => read(value!, flag) };
}

function number(setting: NumberSetting, words: string): PublishedFlag {
  return one((text, flag) => {
    const value = numberOf(text, flag, numberRules[setting]);
    return { what: 'mapped', settings: { [setting]: value }, sentence: `${words}: ${value}.` };
  });
}

function numberOf(text: string, flag: string, rule: NumberRule): number {
  // Number() also accepts blanks, 0x10 and Infinity, which aren't numbers of these flags in Python.
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  return fitted(numberWithin(rule), value, ({ expected }) =>
    badFlag(flag, JSON.stringify(text), expected),
  );
}

function switchOf(values: readonly string[], flag: string): boolean {
  const [value = 'true'] = values;
  if (/^(true|1)$/i.test(value)) return true;
  if (/^(false|0)$/i.test(value)) return false;
  throw badFlag(flag, JSON.stringify(value), 'no value, or true or false');
}

function dataset(value: string): FlagReading {
  const paths = { dataset: value };
  if (isDataAddress(value))
    return {
      what: 'mapped',
      paths,
      settings: { shards: value },
      sentence: `Faces come from ${value}.`,
    };
  const named = /^[\w.-]+$/.test(value);
  const sentence = named
    ? `"${value}" is a name that the published code knows: choose a mirror of it, or your ` +
      'own folder, under Data.'
    : `A page opens no paths: pick the folder ${value} under Data.`;
  return { what: 'read-otherwise', paths, sentence };
}

function gpuIds(values: readonly string[], flag: string): FlagReading {
  const ids = values.flatMap((value) => value.split(',')).map((id) => id.trim());
  const odd = ids.find((id) => !/^-?\d+$/.test(id));
  if (odd !== undefined)
    throw badFlag(flag, JSON.stringify(values.join(' ')), 'numbers of GPUs such as 0 1 2 3');
  return {
    what: 'read-otherwise',
    sentence: ({ batchSize, microBatch }) =>
      microBatch > 0 && microBatch < batchSize
        ? `The studio computes on one device: the batch of ${batchSize} is computed in ` +
          `micro-batches of ${microBatch} whose gradients are added up, which is the same ` +
          'mathematics.'
        : `The studio computes on one device: the batch of ${batchSize} is computed whole.`,
  };
}

function numWorkers(text: string, flag: string): FlagReading {
  // In PyTorch, 0 means that the main process decodes. A page then has one decode worker.
  if (numberOf(text, flag, { ...numberRules.numWorkers, min: 0 }) > 0)
    return number('numWorkers', 'Decode workers').read([text], flag);
  return {
    what: 'read-otherwise',
    settings: { numWorkers: 1 },
    sentence:
      'The studio never decodes pictures in the training thread: it takes one decode worker.',
  };
}

function schedule(value: string, flag: string): FlagReading {
  const { schema } = runSettings.schedule;
  const chosen = fitted(schema, value, ({ expected }) =>
    badFlag(flag, JSON.stringify(value), expected),
  );
  return {
    what: 'mapped',
    settings: { schedule: chosen },
    sentence: `The learning rate moves as PyTorch's ${chosen} does.`,
  };
}

function finetune(values: readonly string[], flag: string): FlagReading {
  if (!switchOf(values, flag)) return { what: 'mapped', sentence: 'The backbone stays frozen.' };
  return {
    what: 'read-otherwise',
    sentence:
      "The studio keeps the backbone frozen, as the paper's results do; --finetune_bkb in " +
      'the published code refers to layers that its backbone does not have.',
  };
}
