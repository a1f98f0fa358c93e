import { Text } from '@mantine/core';

/** How a source was interpreted, if there was more than one way. */
export function SourceNotes({ notes = [] }: { notes?: readonly string[] }) {
  return notes.map((note) => (
    <Text key={note} size="sm" data-testid="source-note" style={{ overflowWrap: 'anywhere' }}>
      {note}
    </Text>
  ));
}
