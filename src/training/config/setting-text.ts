import { StudioError } from '../../core/studio-error';
import { presets } from './run-config';

/**
 * Parses a setting's value. If the setting's default is a text, the value stays text, since a file
 * may be called "7" or "true". Otherwise it is parsed as JSON, if it is JSON. `resolveConfig`
 * checks whether the setting exists and accepts the value.
 * @param defaults a complete config of the same kind
 */
export function settingValue(
  name: string,
  text: string,
  defaults: Readonly<object> = presets.demo,
): unknown {
  if (Object.hasOwn(defaults, name) && typeof defaults[name as keyof typeof defaults] === 'string')
    return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Parses a setting written as `name=value`: see {@link settingValue}.
 * @throws StudioError `bad-config` for text without a name before an equals sign
 */
export function settingFromText(
  text: string,
  defaults?: Readonly<object>,
): [name: string, value: unknown] {
  const at = text.indexOf('=');
  if (at <= 0)
    throw new StudioError(
      'bad-config',
      `"${text}" is no setting; name=value was expected.`,
      'Write --set name=value.',
    );
  const name = text.slice(0, at);
  return [name, settingValue(name, text.slice(at + 1), defaults)];
}
