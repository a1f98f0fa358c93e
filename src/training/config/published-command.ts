import yargsParser from 'yargs-parser/browser';
import { StudioError } from '../../core/studio-error';
import {
  badFlag,
  isAddress,
  isDataAddress,
  publishedFlags,
  type CommandPaths,
  type FlagReading,
} from './published-flags';
import { presets, resolveConfig, type RunConfig } from './run-config';
import { settingFromText } from './setting-text';
import { quoteWord, shellWords } from './shell-words';

/** What became of one flag of a command. */
export interface CommandNote {
  /** As it was written, dashes included; for words before the first flag, those words. */
  readonly flag: string;
  /** Empty where it took none. */
  readonly value: string;
  /**
   * A setting of that meaning; something that a browser must read in another way; or no flag of the
   * published code.
   */
  readonly what: 'mapped' | 'read-otherwise' | 'unknown';
  /** For a person. */
  readonly sentence: string;
}

/** The flags of a command, read but not yet checked as a whole. */
export interface ReadFlags extends CommandPaths {
  /** What flags set, less the preset that the published command stands on. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly notes: readonly CommandNote[];
}

/** A command, read and checked. */
export interface PublishedCommand extends CommandPaths {
  /** What the command sets, its preset included; `resolveConfig` takes it. */
  readonly config: Partial<RunConfig>;
  readonly notes: readonly CommandNote[];
}

/** The studio's own flag, for settings that the published code has none for. */
const SET = 'set';

/**
 * Reads a pasted `python train.py …` of the published code: lines continued or not, launchers and
 * comments, and the studio's own `--set name=value`. Nothing of it is dropped without a note.
 * @throws StudioError `bad-config` for text that is no such command, and for a flag whose value is
 * missing, is no number, or lies out of range
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
 * Reads the flags of the published command from words that a shell has split already. Of a flag
 * that comes twice the last counts, as in Python; `--set` adds up.
 * @throws StudioError `bad-config`
 */
export function readPublishedFlags(words: readonly string[]): ReadFlags {
  const names = [...new Set(words.flatMap((word) => /^--([^\s=-][^\s=]*)/.exec(word)?.[1] ?? []))];
  // Everything is an array of strings, so that what follows a flag comes out as it was written and
  // is judged here.
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
    const reading = known && known.read(checkedCount(values, known.takes, flag), flag);
    settings.push(...Object.entries(reading?.settings ?? {}));
    Object.assign(paths, reading?.paths);
    readings.push([flag, values.join(' '), reading]);
  }
  const own = usesOf(found, SET).flat();
  if (names.includes(SET) && own.length === 0)
    throw badFlag(`--${SET}`, 'without a value', 'name=value');
  settings.push(...own.map((text) => settingFromText(text)));
  const given: Partial<RunConfig> = Object.fromEntries(settings);
  const sizes = { ...(given.preset === 'demo' ? presets.demo : presets.published), ...given };
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
 * The command of a config. Settings that no published flag has, and that the published code or the
 * preset has otherwise, follow as the studio's own `--set name=value`: reading the command gives
 * the config again.
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
  for (const [name, value] of Object.entries(config)) {
    const flagged = Object.hasOwn(settings, name);
    if (read[name] !== value || (!flagged && presets.published[name as keyof RunConfig] !== value))
      words.push([`--${SET}`, `${name}=${value}`]);
  }
  return ['python train.py', ...words.map((each) => each.map(quoteWord).join(' '))].join(' \\\n  ');
}

/** A value that looks like a flag would be taken for one, were it a word of its own. */
function flagWords(name: string, value: string): string[] {
  return value.startsWith('-') ? [`--${name}=${value}`] : [`--${name}`, value];
}

/** As people write it: 3e-5, and not 0.00003. */
function printed(value: number): string {
  const [plain, exponential] = [String(value), value.toExponential().replace('e+', 'e')];
  return exponential.length < plain.length ? exponential : plain;
}

/**
 * The values of each use of a flag: yargs-parser gives one list, or, where the flag comes again, a
 * list of lists.
 */
function usesOf(found: Readonly<Record<string, unknown>>, name: string): (readonly string[])[] {
  const values = (Object.hasOwn(found, name) ? found[name] : []) as readonly (
    string | readonly string[]
  )[];
  const again = values.some((each) => typeof each !== 'string');
  return again
    ? values.map((each) => (typeof each === 'string' ? [each] : each))
    : [values as readonly string[]];
}

function checkedCount(
  values: readonly string[],
  takes: 'nothing' | 'one' | 'many',
  flag: string,
): readonly string[] {
  const expected = {
    nothing: 'no value, or true or false',
    one: 'one value',
    many: 'one value or more',
  }[takes];
  const [least, most] = { nothing: [0, 1], one: [1, 1], many: [1, Infinity] }[takes] as [
    number,
    number,
  ];
  if (values.length < least || values.some((value) => value.trim() === ''))
    throw badFlag(flag, 'without a value', expected);
  if (values.length > most) throw badFlag(flag, JSON.stringify(values.join(' ')), expected);
  return values;
}

/** Where the flags of train.py begin, and what the words before them mean to a page. */
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

/** The place of train.py, of a module, or of this studio's own `train`; −1 where there is none. */
function scriptAt(words: readonly string[]): number {
  const file = words.findIndex((word) => /^([^=]*[/\\])?[\w-]*train[\w-]*\.py$/.test(word));
  if (file >= 0) return file;
  const module = words.findLastIndex(
    (word, i) => words[i - 1] === '-m' && !/distributed|torchrun|accelerate/.test(word),
  );
  return module >= 0
    ? module
    : words.findIndex(
        (word, i) =>
          word === 'train' &&
          i <= words.findIndex((other) => other.startsWith('--') && other !== '--') - 1,
      );
}

function pick(config: RunConfig, names: readonly string[]): Partial<RunConfig> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => names.includes(name)));
}
