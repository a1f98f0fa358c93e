import type { RunConfig } from '../../../training/config/run-config';

/** A value of a setting, for a table. */
export function settingText(value: RunConfig[keyof RunConfig]): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === '' ? 'none' : String(value);
}
