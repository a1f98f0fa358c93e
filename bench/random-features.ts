import { seededRandom } from '../src/core/seeded-random';
import { ClassCentreBuilder, type ClassCentres } from '../src/models/centres/class-centres';
import { normalised } from '../src/core/vector';
import { FeatureStore } from '../src/training/data/features/feature-store';

/** Pictures of each person. */
const PICTURES_EACH = 16;

/**
 * Pictures of people as the head sees them: noise about one direction each, in place of a
 * backbone's output.
 */
export function randomFeatures(
  pictures: number,
  inputSize: number,
  dimension: number,
): { store: FeatureStore; centres: ClassCentres } {
  const identities = Math.ceil(pictures / PICTURES_EACH);
  const store = new FeatureStore(inputSize, dimension);
  const builder = new ClassCentreBuilder(dimension, identities);
  const people = Array.from({ length: identities }, (_, label) => {
    const person = seededRandom(1, label);
    return Float32Array.from({ length: dimension }, () => person.normal());
  });
  for (let i = 0; i < pictures; i++) {
    const label = i % identities;
    const picture = seededRandom(2, i);
    const embedding = normalised(
      people[label]!.map((value) => value + 0.5 * picture.normal()),
    ).unit;
    builder.add(label, embedding);
    store.add({
      label,
      severity: NaN,
      headInput: Float32Array.from({ length: inputSize }, () => picture.normal()),
      embedding,
    });
  }
  return { store, centres: builder.finish() };
}
