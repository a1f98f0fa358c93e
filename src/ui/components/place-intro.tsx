import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** The first sentence of a place: what it is for. */
export const PlaceIntro = ({ children }: { children: ReactNode }) => (
  <Text size="lg" maw="46rem" lh={1.45}>
    {children}
  </Text>
);
