import { StudioError } from '../formats/studio-error';
import { presets, type RunConfig } from './run-config';

/**
 * A setting written as `name=value`. What is text in a preset stays text, for a file may be called "7" or "true"; the
 * rest is read as JSON where it is JSON. Whether the setting exists and takes the value is for `resolveConfig` to say.
 * @throws StudioError `bad-config` for text without a name before an equals sign
 */
export function settingFromText(text: string): [name: string, value: unknown] {
  const at = text.indexOf('=');
  if (at <= 0) throw new StudioError('bad-config', `"${text}" is no setting; name=value was expected.`, 'Write --set name=value.');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (Object.hasOwn(presets.demo, name) && typeof presets.demo[name as keyof RunConfig] === 'string') return [name, value];
  try {
    return [name, JSON.parse(value)];
  } catch {
    return [name, value];
  }
}
