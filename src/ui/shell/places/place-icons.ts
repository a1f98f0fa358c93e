import {
  IconCube,
  IconDatabase,
  IconHistory,
  IconCpu,
  IconLayersSubtract,
  IconTable,
  IconTrendingDown,
  type Icon,
} from '@tabler/icons-react';
import type { PlaceName } from '../address/place-names';

/** The icon of each place: two faces laid over each other, a loss that falls, and so on. */
export const placeIcons: Readonly<Record<PlaceName, Icon>> = {
  compare: IconLayersSubtract,
  train: IconTrendingDown,
  runs: IconHistory,
  evaluate: IconTable,
  data: IconDatabase,
  models: IconCube,
  machine: IconCpu,
};
