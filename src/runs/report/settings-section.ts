import { differencesFromPreset, presets, type RunConfig } from '../../training/config/run-config';
import { differenceWords, differingSettings } from '../settings-differences';
import { markup, type Content, type Markup } from './markup';
import type { ReportedRun } from './reported-run';
import { folded, table } from './table';

type Setting = RunConfig[keyof RunConfig];

const valueText = (value: Setting): Content => (value === '' ? '–' : String(value));

/** A run's settings: those that differ from its preset, and all, folded. */
export function runSettings({ manifest: { config } }: ReportedRun): Markup {
  const changed = Object.entries(differencesFromPreset(config)) as [keyof RunConfig, Setting][];
  return markup`<h2>Settings</h2>
    ${
      changed.length === 0
        ? markup`<p>All are those of the preset “${config.preset}”.</p>`
        : table({
            caption: `Settings that differ from the preset ${config.preset}`,
            heads: ['Setting', 'This run', `Preset “${config.preset}”`],
            rows: changed.map(([name, value]) => [
              name,
              valueText(value),
              valueText(presets[config.preset][name]),
            ]),
            isNumeric: () => false,
          })
    }
    ${allSettings([config], ['Value'])}`;
}

/** The settings in which runs differ, as sentences and as a table, and all, folded. */
export function comparedSettings(runs: readonly ReportedRun[]): Markup {
  const configs = runs.map(({ manifest }) => manifest.config);
  const names = runs.map(({ manifest }) => manifest.name);
  const differing = differingSettings(configs);
  const [first, ...others] = runs.map(({ manifest }) => manifest);
  return markup`<h2>Settings that differ</h2>
    ${others.map((other) => {
      const words = differenceWords(first!.config, other.config);
      return markup`<p>
        <strong>${other.name}</strong>, against <strong>${first!.name}</strong>:
        ${words === '' ? 'the same settings' : words}.
      </p> `;
    })}
    ${
      differing.length > 0 &&
      table({
        caption: 'Settings in which the runs differ',
        heads: ['Setting', ...names],
        rows: differing.map(({ name, values }) => [name, ...values.map(valueText)]),
        isNumeric: () => false,
      })
    }
    ${allSettings(configs, names)}`;
}

function allSettings(configs: readonly RunConfig[], heads: readonly string[]): Markup {
  const settings = Object.keys(presets.demo) as (keyof RunConfig)[];
  return folded(
    'All settings',
    table({
      caption: 'All settings',
      heads: ['Setting', ...heads],
      rows: settings.map((name) => [name, ...configs.map((config) => valueText(config[name]))]),
      isNumeric: () => false,
    }),
  );
}
