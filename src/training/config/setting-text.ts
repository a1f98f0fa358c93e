import { StudioError } from '../../core/studio-error';
import { presets } from './run-config';

/**
 * A setting's value out of its text. What is text by default stays text, for a file may be called
 * "7" or "true"; the rest is read as JSON where it is JSON. Whether the setting exists and takes
 * the value is for `resolveConfig` to say.
 * @param defaults a whole config of the kind that the setting is of
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
 * A setting written as `name=value`: see {@link settingValue}.
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
