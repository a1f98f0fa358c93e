import { defaultCssVariablesResolver, type MantineTheme } from '@mantine/core';
import { pageColours } from '../../../shell/theme';

/**
 * Writes the colours of a text out, as the light page has them: `var(--…)` and `light-dark(…)`
 * become plain colours. Pictures of charts are always light, whatever the page is: they go into
 * papers and onto white slides.
 */
export function lightColours(theme: MantineTheme): (text: string) => string {
  const [common, ours] = [defaultCssVariablesResolver(theme), pageColours(theme)];
  const values: Readonly<Record<string, string>> = {
    ...common.variables,
    ...common.light,
    ...ours.variables,
    ...ours.light,
  };
  const written = (text: string): string =>
    text
      .replace(/light-dark\(([^,()]+),[^()]*\)/g, '$1')
      .replace(/var\((--[\w-]+)\)/g, (whole, name: string) =>
        values[name] === undefined ? whole : written(values[name]),
      );
  return written;
}
