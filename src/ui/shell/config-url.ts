import { messageOf } from '../../core/studio-error';
import {
  differencesFromPreset,
  resolveConfig,
  type RunConfig,
} from '../../training/config/run-config';
import { settingValue } from '../../training/config/setting-text';

/**
 * The experiment in the address: the preset's name and what differs from it, after `#`. Never
 * anything of a face.
 * @returns the config, and a sentence where the address held something that could not be used
 */
export function configFromHash(hash: string): { config: RunConfig; warning: string | null } {
  const entries = [...new URLSearchParams(hash.replace(/^#/, ''))].map(
    ([key, text]) => [key, settingValue(key, text)] as const,
  );
  try {
    return { config: resolveConfig(Object.fromEntries(entries)), warning: null };
  } catch (thrown) {
    const reason = messageOf(thrown);
    return {
      config: resolveConfig({}),
      warning:
        `The address holds a setting that can't be used, so the demo preset is ` +
        `shown. ${reason}`,
    };
  }
}

/** The address's part after `#` for a config. */
export function hashOf(config: RunConfig): string {
  const differences = Object.entries(differencesFromPreset(config)).map(([key, value]) => [
    key,
    String(value),
  ]);
  return new URLSearchParams([
    ['preset', config.preset],
    ...(differences as [string, string][]),
  ]).toString();
}
