import yargsParser from 'yargs-parser/browser';
import { StudioError } from '../../../core/studio-error';
import {
  badFlag,
  isAddress,
  isDataAddress,
  publishedFlags,
  type CommandPaths,
  type FlagReading,
  type PublishedFlag,
} from './published-flags';
import { presets, resolveConfig, type RunConfig } from '../run-config';
import { settingNames } from '../run-settings';
import { settingFromText } from '../setting-text';
import { quoteWord, shellWords } from './shell-words';

/** How one flag of a command was read. */
export interface CommandNote {
  /** The flag as written, with its dashes; or the words before the first flag. */
  readonly flag: string;
  /** Empty if the flag has no value. */
  readonly value: string;
  /**
   * `mapped`: a setting means the same. `read-otherwise`: it means something else in a browser.
   * `unknown`: the published code has no such flag.
   */
  readonly what: 'mapped' | 'read-otherwise' | 'unknown';
  /** A sentence for the user. */
  readonly sentence: string;
}

/** The flags of a command, read one by one but not yet checked together. */
export interface ReadFlags extends CommandPaths {
  /** The settings that the flags set, without the `published` preset. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly notes: readonly CommandNote[];
}

/** A command, read and checked. */
export interface PublishedCommand extends CommandPaths {
  /** The settings of the command, with its preset; input of `resolveConfig`. */
  readonly config: Partial<RunConfig>;
  readonly notes: readonly CommandNote[];
}

/** The studio's own flag, for settings without a published flag. */
const SET = 'set';

/**
 * Reads a pasted `python train.py …` of the published code, with continued lines, launchers,
 * comments, and the studio's own `--set name=value`. There is a note for everything that is
 * ignored.
 * @throws StudioError `bad-config` for other text, and for a flag whose value is missing, not a
 * number, or out of range
 */
export function readPublishedCommand(text: string): PublishedCommand {
  const words = shellWords(text);
  const { flagsFrom, notes } = readLauncher(words);
  const { settings, notes: flagNotes, ...paths } = readPublishedFlags(words.slice(flagsFrom));
  const given = { preset: 'published', ...settings };
  const config = resolveConfig(given);
  return { ...paths, config: pick(config, Object.keys(given)), notes: [...notes, ...flagNotes] };
}

/**
 * Reads the flags of the published command from words that a shell has already split. If a flag is
 * repeated, the last one counts, as in Python; all `--set` count.
 *
 * Two parsers on purpose: the command line declares the studio's own options with commander, which
 * needs Node. The published command is also pasted into the page and may hold flags that nobody
 * declared, so yargs-parser's browser build reads it: it splits words into flags and values and
 * leaves it to this function to judge them.
 * @throws StudioError `bad-config`
 */
export function readPublishedFlags(words: readonly string[]): ReadFlags {
  const names = [...new Set(words.flatMap((word) => /^--([^\s=-][^\s=]*)/.exec(word)?.[1] ?? []))];
  // Every flag is declared as an array of strings, so that its values come out as written.
  const { _: loose, ...found } = yargsParser([...words], {
    array: names,
    string: names,
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'flatten-duplicate-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    },
  });
  const strays = [
    ...loose,
    ...Object.keys(found)
      .filter((name) => !names.includes(name))
      .map((name) => `-${name}`),
  ];
  if (strays.length > 0)
    throw new StudioError(
      'bad-config',
      `"${strays.join(' ')}" is no flag of a training command, and belongs to none; a flag ` +
        'begins with --.',
      'Correct the command and try again.',
    );
  const settings: [name: string, value: unknown][] = [];
  const paths: { -readonly [name in keyof CommandPaths]: CommandPaths[name] } = {
    dataset: null,
    outputDir: null,
    savedBackbone: null,
    savedFc: null,
  };
  const readings: [flag: string, value: string, reading: FlagReading | null][] = [];
  for (const name of names.filter((each) => each !== SET)) {
    const flag = `--${name}`;
    const uses = usesOf(found, name);
    const known = Object.hasOwn(publishedFlags, name) ? publishedFlags[name]! : null;
    const values = known ? uses.at(-1)! : uses.flat();
    const reading = known && known.read(checkedValues(values, known.takes, flag), flag);
    settings.push(...Object.entries(reading?.settings ?? {}));
    Object.assign(paths, reading?.paths);
    readings.push([flag, values.join(' '), reading]);
  }
  const own = usesOf(found, SET).flat();
  if (names.includes(SET) && own.length === 0)
    throw badFlag(`--${SET}`, 'without a value', 'name=value');
  settings.push(...own.map((text) => settingFromText(text)));
  const given: Partial<RunConfig> = Object.fromEntries(settings);
  const sizes = { ...presetNamed(given.preset ?? 'published'), ...given };
  const notes = readings.map(([flag, value, reading]): CommandNote => {
    if (!reading)
      return {
        flag,
        value,
        what: 'unknown',
        sentence: `${flag} is no flag of the published command; it was left out.`,
      };
    const { what, sentence } = reading;
    return {
      flag,
      value,
      what,
      sentence: typeof sentence === 'string' ? sentence : sentence(sizes),
    };
  });
  const ownNotes = own.map((text): CommandNote => ({
    flag: `--${SET}`,
    value: text,
    what: 'mapped',
    sentence: `The studio's own setting ${text}.`,
  }));
  return { ...paths, settings: { ...given }, notes: [...notes, ...ownNotes] };
}

/**
 * Prints a config as a published command. Settings without a published flag that differ from the
 * preset or from the published code follow as `--set name=value`, so that reading the command gives
 * the same config.
 */
export function printPublishedCommand(
  config: RunConfig,
  paths: Partial<Omit<CommandPaths, 'dataset'>> = {},
): string {
  const flags: [string, string | undefined][] = [
    ['dataset', isDataAddress(config.shards) ? config.shards : undefined],
    ['seed', printed(config.seed)],
    ['gpu_ids', '0'],
    ['batch_size', printed(config.batchSize)],
    ['output_dir', paths.outputDir || undefined],
    [
      'saved_bkb',
      paths.savedBackbone || (isAddress(config.backbone) ? config.backbone : undefined),
    ],
    ['saved_fc', paths.savedFc || (isAddress(config.centreFiles) ? config.centreFiles : undefined)],
    ['num_workers', printed(config.numWorkers)],
    ['epochs', printed(config.epochs)],
    ['lr', printed(config.learningRate)],
    ['lr_scheduler', config.schedule],
    ['step_size', printed(config.stepSize)],
    ['gamma', printed(config.gamma)],
    ['convf_dim', printed(config.convfDim)],
    ['z_dim', printed(config.zDim)],
    ['radius', printed(config.radius)],
    ['weight_decay', printed(config.weightDecay)],
    ['max_grad_clip', printed(config.maxGradClip)],
    ['max_grad_norm', printed(config.maxGradNorm)],
  ];
  const words = flags.flatMap(([name, value]) =>
    value === undefined ? [] : [flagWords(name, value)],
  );
  if (config.tensorboard) words.push(['--tensorboard']);
  const { settings } = readPublishedFlags(words.flat());
  const read = { ...presets[config.preset], ...settings } as Readonly<Record<string, unknown>>;
  for (const name of settingNames) {
    const value = config[name];
    const flagged = Object.hasOwn(settings, name);
    if (read[name] !== value || (!flagged && presets.published[name] !== value))
      words.push([`--${SET}`, `${name}=${value}`]);
  }
  return ['python train.py', ...words.map((each) => each.map(quoteWord).join(' '))].join(' \\\n  ');
}

/** The settings of a preset; `published` for a name that is none. `resolveConfig` refuses it. */
const presetNamed = (name: string): RunConfig =>
  Object.hasOwn(presets, name) ? presets[name as RunConfig['preset']] : presets.published;

/** A flag and its value. A value that begins with a dash must be joined to the flag with `=`. */
function flagWords(name: string, value: string): string[] {
  return value.startsWith('-') ? [`--${name}=${value}`] : [`--${name}`, value];
}

/** The shorter of plain and exponential notation: 3e-5, not 0.00003. */
function printed(value: number): string {
  const plain = String(value);
  const exponential = value.toExponential().replace('e+', 'e');
  return exponential.length < plain.length ? exponential : plain;
}

/**
 * The values of each use of a flag. yargs-parser gives one list, or a list of lists if the flag is
 * repeated.
 */
function usesOf(found: Readonly<Record<string, unknown>>, name: string): (readonly string[])[] {
  const values = (Object.hasOwn(found, name) ? found[name] : []) as readonly (
    string | readonly string[]
  )[];
  const isRepeated = values.some((each) => typeof each !== 'string');
  return isRepeated
    ? values.map((each) => (typeof each === 'string' ? [each] : each))
    : [values as readonly string[]];
}

/** How many values a flag may have. */
const valueCounts = {
  nothing: { min: 0, max: 1, expected: 'no value, or true or false' },
  one: { min: 1, max: 1, expected: 'one value' },
  many: { min: 1, max: Infinity, expected: 'one value or more' },
} as const;

/** A flag's values, if there are as many as it takes. @throws StudioError `bad-config` otherwise */
function checkedValues(
  values: readonly string[],
  takes: PublishedFlag['takes'],
  flag: string,
): readonly string[] {
  const { min, max, expected } = valueCounts[takes];
  if (values.length < min || values.some((value) => value.trim() === ''))
    throw badFlag(flag, 'without a value', expected);
  if (values.length > max) throw badFlag(flag, JSON.stringify(values.join(' ')), expected);
  return values;
}

/** The index of the first flag of train.py, and notes about the words before it. */
function readLauncher(words: readonly string[]): { flagsFrom: number; notes: CommandNote[] } {
  if (words[0]?.startsWith('--')) return { flagsFrom: 0, notes: [] };
  const script = scriptAt(words);
  if (script < 0) {
    throw new StudioError(
      'bad-config',
      `"${words.slice(0, 6).join(' ')}" is no training command; python train.py and its ` +
        'flags were expected.',
      "Paste the command as the published code's README has it.",
    );
  }
  const assignments = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const notes = words.slice(0, assignments).map((word): CommandNote => {
    const [flag, ...value] = word.split('=');
    return {
      flag: flag!,
      value: value.join('='),
      what: 'read-otherwise',
      sentence: `A page has no environment, and one GPU: ${flag} sets nothing.`,
    };
  });
  const launcher = words.slice(assignments, script).join(' ');
  if (!/^python[\d.]*( -u)?( -m)?$/.test(launcher) && launcher !== '') {
    notes.push({
      flag: launcher,
      value: '',
      what: 'read-otherwise',
      sentence: `The run begins in the page, on one GPU: "${launcher}" sets nothing.`,
    });
  }
  return { flagsFrom: script + 1, notes };
}

/** The index of train.py, of a module, or of this studio's own `train`; −1 if there is none. */
function scriptAt(words: readonly string[]): number {
  const file = words.findIndex((word) => /^([^=]*[/\\])?[\w-]*train[\w-]*\.py$/.test(word));
  if (file >= 0) return file;
  const module = words.findLastIndex(
    (word, i) => words[i - 1] === '-m' && !/distributed|torchrun|accelerate/.test(word),
  );
  if (module >= 0) return module;
  const firstFlag = words.findIndex((word) => word.startsWith('--') && word !== '--');
  return words.findIndex((word, i) => word === 'train' && i < firstFlag);
}

function pick(config: RunConfig, names: readonly string[]): Partial<RunConfig> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => names.includes(name)));
}
