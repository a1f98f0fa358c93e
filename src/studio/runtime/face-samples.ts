import type { FaceRecord } from '../../faces/face-record';

/** Records that are read in search of a second picture of somebody, at most: a few megabytes. */
export const MAX_READ = 400;

/**
 * Pictures to choose two faces from, out of a source's first records: two each of as many people as
 * `count` has room for, a person's pictures beside each other, and, where not so many come twice
 * among {@link MAX_READ} records, the first pictures of others. No more is read than that takes.
 */
export async function sampleFaces(
  records: AsyncIterable<FaceRecord>,
  count: number,
): Promise<FaceRecord[]> {
  if (count === 0) return [];
  const people = new Map<number, FaceRecord[]>();
  let [read, pairs] = [0, 0];
  for await (const record of records) {
    const pictures = people.get(record.label) ?? [];
    people.set(record.label, pictures);
    if (pictures.length < 2) pictures.push(record);
    if (pictures.length === 2 && pictures[1] === record) pairs++;
    if (2 * pairs >= count || ++read >= MAX_READ) break;
  }
  const pictured = [...people.values()];
  return [
    ...pictured.filter(({ length }) => length === 2),
    ...pictured.filter(({ length }) => length === 1),
  ]
    .flat()
    .slice(0, count);
}
