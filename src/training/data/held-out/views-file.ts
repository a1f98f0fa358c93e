import { withChecksums } from '../../../formats/tensors/array-checksum';
import { writeSafetensors, type NamedArray } from '../../../formats/safetensors/safetensors';
import {
  column,
  labelColumns,
  labelsOf,
  putStore,
  readKeyed,
  storeOf,
} from '../features/feature-file';
import { ViewStore } from './view-store';

const FORMAT = 'scf-studio-views-1';

/** Views of held-out pictures as a safetensors file. */
export function encodeViews(store: ViewStore, key: string): Uint8Array {
  const arrays = new Map<string, NamedArray>();
  const { rows, norms, pictures, views } = store;
  putStore(arrays, 'views', rows);
  arrays.set('norms', column(norms));
  arrays.set('copies', column(pictures.map(({ copy }) => copy)));
  arrays.set('sourcePositions', labelColumns(pictures.map((each) => each.sourcePosition)));
  arrays.set('cosTheta', column(pictures.map(({ cosTheta }) => cosTheta)));
  const metadata = { format: FORMAT, key, views: String(views) };
  return writeSafetensors(arrays, withChecksums(arrays, metadata));
}

/** The views in a file; null if the file is of other views or damaged, and is to be replaced. */
export function decodeViews(bytes: Uint8Array, key: string): ViewStore | null {
  const file = readKeyed(bytes, FORMAT, key);
  if (!file) return null;
  const { tensors, metadata } = file;
  const rows = storeOf(tensors, 'views');
  const columnOf = (name: string) => tensors.get(name)!.data;
  const [norms, copies, cosTheta] = ['norms', 'copies', 'cosTheta'].map(columnOf);
  const views = Number(metadata.views);
  const store = new ViewStore(views, rows.inputSize, rows.embeddingDim);
  labelsOf(columnOf('sourcePositions')).forEach((sourcePosition, picture) => {
    const first = picture * views;
    store.add(
      {
        label: rows.labels[first]!,
        severity: rows.severities[first]!,
        copy: copies![picture]!,
        sourcePosition,
        cosTheta: cosTheta![picture]!,
      },
      Array.from({ length: views }, (_, view) => ({
        unit: rows.embedding(first + view),
        norm: norms![first + view]!,
        headInput: rows.headInput(first + view),
      })),
    );
  });
  return store;
}
