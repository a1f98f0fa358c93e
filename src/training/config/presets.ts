import { requireSettings } from '../../core/schema/setting-rules';
import {
  runConfigSchema,
  runSettings,
  settingNames,
  type PresetName,
  type RunConfig,
} from './run-settings';

/**
 * Presets: complete settings by name. `demo` is for drawn faces and converges in a couple of
 * minutes; `photographs` is for pictures of real people, and fits itself to their number
 * (`adapt-to-size.ts`); `published` has the values of the paper's code.
 */
export const presets: Readonly<Record<PresetName, RunConfig>> = {
  demo: settingsOf('demo'),
  photographs: settingsOf('photographs'),
  published: settingsOf('published'),
};

function settingsOf(preset: PresetName): RunConfig {
  const values = Object.entries(runSettings).map(([name, { presets }]) => [name, presets[preset]]);
  return requireSettings(runConfigSchema, Object.fromEntries(values) as object);
}

/** Addresses and folders of the demo's shards, in the page and on a disk. */
const DEMO_SHARDS = /(^|[\\/])shards[\\/]demo([\\/]|$)/;

/**
 * The preset that suits a source: `demo` for the faces that the studio draws, `photographs` for
 * every other.
 * @param shards as `config.shards`
 */
export const presetFor = (shards: string): PresetName =>
  DEMO_SHARDS.test(shards) ? 'demo' : 'photographs';

/**
 * Settings for another source. The preset changes to the one that suits the source, if it suited
 * the source before; a preset that a person has chosen against that stays. So does every setting
 * that differs from its preset.
 */
export function withSource(config: RunConfig, shards: string): RunConfig {
  const before = presets[config.preset];
  const wanted = presetFor(shards);
  if (config.preset !== presetFor(config.shards) || config.preset === wanted)
    return { ...config, shards };
  const own = settingNames
    .filter((name) => config[name] !== before[name])
    .map((name) => [name, config[name]] as const);
  return { ...presets[wanted], ...Object.fromEntries(own), preset: wanted, shards };
}

/** Why a run has its preset, in a sentence for a person. */
export function presetSentence({ preset, shards }: Pick<RunConfig, 'preset' | 'shards'>): string {
  const wanted = presetFor(shards);
  if (preset !== wanted)
    return `The preset is "${preset}" by choice; for this source it would be "${wanted}".`;
  return preset === 'demo'
    ? 'The preset is "demo", because the source is the demo\'s drawn faces.'
    : 'The preset is "photographs", because the source is not the demo\'s drawn faces.';
}
