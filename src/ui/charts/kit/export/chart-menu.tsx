import { ActionIcon, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { download } from '../../../components/download';
import { figuresCsv, type ChartFigures } from './chart-figures';
import { svgAsPng } from './svg-as-png';

export interface ChartMenuProps {
  readonly title: string;
  readonly figures: () => ChartFigures;
  readonly picture: () => string | null;
}

const kinds = {
  svg: 'SVG · a picture to edit',
  png: 'PNG · a picture for slides',
  csv: 'CSV · all figures',
} as const;
type Kind = keyof typeof kinds;

/** Saves a chart: its picture as SVG or PNG, its figures as CSV. */
export function ChartMenu({ title, figures, picture }: ChartMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const change = (open: boolean) => {
    setOpen(open);
    setProblem(null);
  };
  const save = async (kind: Kind) => {
    try {
      download(`${fileName(title)}.${kind}`, await fileOf(kind, figures, picture));
      change(false);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Menu opened={isOpen} onChange={change} position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="md" aria-label={`Save “${title}”`}>
          <IconDownload size={17} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(kinds) as Kind[]).map((kind) => (
          <Menu.Item key={kind} onClick={() => void save(kind)}>
            {kinds[kind]}
          </Menu.Item>
        ))}
        {problem && (
          <Menu.Label c="red" role="alert">
            It couldn’t be saved: {problem}
          </Menu.Label>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

async function fileOf(
  kind: Kind,
  figures: () => ChartFigures,
  picture: () => string | null,
): Promise<Blob> {
  if (kind === 'csv') return new Blob([figuresCsv(figures())], { type: 'text/csv' });
  const svg = picture();
  if (svg === null) throw new Error('nothing is drawn yet');
  return kind === 'png' ? svgAsPng(svg) : new Blob([svg], { type: 'image/svg+xml' });
}

/** A title as the name of a file: "TAR against FAR" becomes "tar-against-far". */
const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
