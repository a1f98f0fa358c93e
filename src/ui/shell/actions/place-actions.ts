import { placeIcons } from '../places/place-icons';
import { placeNames, placeTitles, type PlaceName } from '../address/place-names';
import { showPlace } from '../address/show-place';
import type { Action } from './action';

/** Other words for what is done in each place. */
const keywords: Readonly<Record<PlaceName, readonly string[]>> = {
  compare: ['verify', 'faces', 'pair', 'camera', 'κ', 'kappa', 'confidence'],
  train: ['learn', 'curves', 'loss', 'head'],
  runs: ['history', 'kept', 'overlay', 'report'],
  evaluate: ['ROC', 'table', 'methods', 'protocols', 'IJB', 'LFW'],
  data: ['pictures', 'folder', 'shards', 'source', 'MS1M'],
  models: ['backbone', 'centres', 'weights', 'files', 'command', 'lesson'],
  machine: ['benchmark', 'speed', 'WebGPU', 'wasm'],
};

/** One action for each place; their keys are the numbers of the rail, from 1. */
export const placeActions: readonly Action[] = placeNames.map((place, index) => ({
  name: `place.${place}`,
  group: 'Places',
  label: () => placeTitles[place],
  icon: () => placeIcons[place],
  keywords: keywords[place],
  key: { key: String(index + 1) },
  predicate: () => true,
  perform: () => showPlace(place),
}));
