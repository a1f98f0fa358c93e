import type { RunConfig } from '../training/config/run-config';
import { settingNames } from '../training/config/run-settings';

/** A setting that isn't the same in all of some runs: its value in each, in their order. */
export interface DifferingSetting {
  readonly name: keyof RunConfig;
  readonly values: readonly RunConfig[keyof RunConfig][];
}

/** The settings in which runs differ, in the order of the settings. */
export function differingSettings(configs: readonly RunConfig[]): DifferingSetting[] {
  // Not the names in the configs: another version's settings stay in one that was read.
  return settingNames
    .map((name) => ({ name, values: configs.map((config) => config[name]) }))
    .filter(({ values }) => values.some((value) => value !== values[0]));
}

/** Settings whose values say by themselves what they are of. */
const SELF_EVIDENT: readonly (keyof RunConfig)[] = ['method', 'schedule', 'shards', 'backbone'];
/** Factors that say more than the two numbers: "epochs 2 instead of 30" needs no "÷15". */
const GLANCED = [2, 3, 4, 5, 10, 100, 1000];
/** Names that everyone in the trade shortens. */
const SHORT: Readonly<Partial<Record<keyof RunConfig, string>>> = { learningRate: 'lr' };

/**
 * What another run does otherwise than the first, in words: "lr ×2, scf-g instead of scf, with
 * flip". Empty if all settings are the same. The preset isn't named: it only says where the other
 * settings started.
 * @param nameOf names a setting; by default as a config file does
 */
export function differenceWords(
  first: RunConfig,
  other: RunConfig,
  nameOf: (name: keyof RunConfig) => string = (name) => name,
): string {
  return differingSettings([first, other])
    .filter(({ name }) => name !== 'preset')
    .map(({ name, values: [from, to] }) =>
      changeWords(name, SHORT[name] ?? nameOf(name), from!, to!),
    )
    .join(', ');
}

function changeWords(
  name: keyof RunConfig,
  title: string,
  from: RunConfig[keyof RunConfig],
  to: RunConfig[keyof RunConfig],
): string {
  if (typeof to === 'boolean') return `${to ? 'with' : 'without'} ${title}`;
  // Twice a seed is just another seed.
  const isAmount = typeof from === 'number' && typeof to === 'number' && name !== 'seed';
  const factor = isAmount ? factorWords(from, to) : null;
  if (factor !== null) return `${title} ${factor}`;
  const change = `${said(to)} instead of ${said(from)}`;
  return SELF_EVIDENT.includes(name) ? change : `${title} ${change}`;
}

const said = (value: RunConfig[keyof RunConfig]): string => (value === '' ? 'none' : String(value));

/** "×2", "÷10": how often one number goes into the other, if anyone sees that at a glance. */
function factorWords(from: number, to: number): string | null {
  if (from <= 0 || to <= 0) return null;
  const ratio = to > from ? to / from : from / to;
  const factor = GLANCED.find((each) => Math.abs(ratio / each - 1) < 1e-9);
  return factor === undefined ? null : `${to > from ? '×' : '÷'}${factor}`;
}
