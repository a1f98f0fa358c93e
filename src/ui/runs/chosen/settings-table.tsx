import { List, Table, Text } from '@mantine/core';
import type { RunSummary } from '../../../runs/run-manifest';
import { differenceWords, differingSettings } from '../../../runs/settings-differences';
import { presets } from '../../../training/config/run-config';
import { settingName, settingNameInSentence } from '../setting-names';
import { settingText } from './setting-text';
import { WideTable } from '../../components/wide-table';

/**
 * In which settings runs differ: as sentences against the first, and as a table. Of one run alone:
 * in which it differs from its preset.
 * @param runs the first is the one in front
 */
export function SettingsTable({ runs }: { runs: readonly RunSummary[] }) {
  const [first, ...others] = runs;
  if (!first) return null;
  const { preset } = first.config;
  const compared =
    others.length > 0
      ? runs.map(({ id, name, config }) => ({ id, name, config }))
      : [
          { id: first.id, name: first.name, config: first.config },
          { id: 'preset', name: `preset “${preset}”`, config: presets[preset] },
        ];
  const rows = differingSettings(compared.map(({ config }) => config));
  return (
    <>
      <Sentences runs={runs} />
      {rows.length > 0 && (
        <WideTable label="Settings side by side" minWidth={320}>
          <Table data-testid="settings-table" verticalSpacing={4} fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Setting</Table.Th>
                {compared.map(({ id, name }) => (
                  <Table.Th key={id} scope="col">
                    {name}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ name, values }) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" fw={500}>
                    {settingName(name)}
                  </Table.Th>
                  {values.map((value, i) => (
                    <Table.Td key={compared[i]!.id} style={{ overflowWrap: 'anywhere' }}>
                      {settingText(name, value)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      )}
    </>
  );
}

function Sentences({ runs: [first, ...others] }: { runs: readonly RunSummary[] }) {
  if (!first) return null;
  if (others.length === 0) {
    const words = differenceWords(
      presets[first.config.preset],
      first.config,
      settingNameInSentence,
    );
    return (
      <Text size="sm">
        {words === ''
          ? `It has the settings of the preset “${first.config.preset}”.`
          : `The preset “${first.config.preset}”, but ${words}.`}
      </Text>
    );
  }
  return (
    <List size="sm" listStyleType="none" data-testid="differences">
      {others.map(({ id, name, config }) => (
        <List.Item key={id} style={{ overflowWrap: 'anywhere' }}>
          <b>{name}</b> against {first.name}:{' '}
          {differenceWords(first.config, config, settingNameInSentence) || 'the same settings'}.
        </List.Item>
      ))}
    </List>
  );
}
