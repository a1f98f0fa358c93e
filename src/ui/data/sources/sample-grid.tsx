import { SimpleGrid, Text } from '@mantine/core';
import type { SampleFace } from '../../../studio/protocol';
import { count } from '../../components/format';
import { usePictureUrls } from '../../components/picture-urls';

/** The first pictures of a source, each with its label. */
export function SampleGrid({ samples }: { samples: readonly SampleFace[] }) {
  const pictures = usePictureUrls(samples);
  return (
    <SimpleGrid cols={{ base: 4, xs: 6, md: 8, lg: 12 }} spacing="xs" data-testid="samples">
      {pictures.map(({ key, label, url }) => (
        <figure key={key} style={{ margin: 0 }}>
          <img
            src={url}
            alt={`Person ${label}, picture ${key}`}
            title={key}
            loading="lazy"
            style={{
              width: '100%',
              aspectRatio: '1',
              objectFit: 'cover',
              borderRadius: 6,
              display: 'block',
            }}
          />
          <Text component="figcaption" size="xs" c="dimmed" ta="center">
            {count(label)}
          </Text>
        </figure>
      ))}
    </SimpleGrid>
  );
}
