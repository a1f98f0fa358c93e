import type { RunConfig } from '../../../training/config/run-config';
import { choiceNames, isChoice } from '../../words/choice-names';

/** A value of a setting, for a table: "Exact" for a choice, "on" for a switch. */
export function settingText(setting: keyof RunConfig, value: RunConfig[keyof RunConfig]): string {
  if (isChoice(setting)) {
    const names: Readonly<Record<string, { readonly name: string }>> = choiceNames[setting];
    // A run of another version may have a choice that this one doesn't know.
    return names[String(value)]?.name ?? String(value);
  }
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === '' ? 'none' : String(value);
}
