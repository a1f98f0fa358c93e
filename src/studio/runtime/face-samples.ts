import type { FaceRecord } from '../../faces/face-record';

/** Records that are read in search of second pictures of a person: a few megabytes. */
export const MAX_RECORDS = 400;

/**
 * Picks `count` pictures from a source's first records, for a person to choose two faces from: two
 * pictures of each person, next to each other. If too few people come twice among
 * {@link MAX_RECORDS} records, single pictures of other people follow. Reads no more than it needs.
 */
export async function sampleFaces(
  records: AsyncIterable<FaceRecord>,
  count: number,
): Promise<FaceRecord[]> {
  if (count === 0) return [];
  const people = new Map<number, FaceRecord[]>();
  let read = 0;
  let pairs = 0;
  for await (const record of records) {
    const pictures = people.get(record.label) ?? [];
    people.set(record.label, pictures);
    if (pictures.length < 2) {
      pictures.push(record);
      if (pictures.length === 2) pairs++;
    }
    read++;
    if (2 * pairs >= count || read >= MAX_RECORDS) break;
  }
  const perPerson = [...people.values()];
  const twice = perPerson.filter(({ length }) => length === 2);
  const once = perPerson.filter(({ length }) => length === 1);
  return [...twice, ...once].flat().slice(0, count);
}
