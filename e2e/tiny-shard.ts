import { readFile } from 'node:fs/promises';
import { packTar, type TarEntry } from 'modern-tar';
import { isValidationIdentity } from '../src/faces/identity-split';
import { tarMembers } from '../src/formats/tar/tar-stream';
import { presets } from '../src/training/config/run-config';

/** The size of a shard: people to train on, people to hold out, and pictures of each. */
export interface ShardSize {
  readonly trainedPeople: number;
  readonly heldOutPeople: number;
  readonly pictures: number;
}

/**
 * A shard of a few people of the demo set's first shard.
 * @throws Error if too few people there have that number of pictures
 */
export async function tinyShard({
  trainedPeople,
  heldOutPeople,
  pictures,
}: ShardSize): Promise<Buffer> {
  const { seed, validationFraction } = presets.demo;
  const members = new Map<string, TarEntry[]>();
  const people = new Map<number, string[]>();
  for await (const { name, bytes } of tarMembers(
    new Blob([await readFile('public/shards/demo/demo-0000.tar')]).stream(),
    () => undefined,
  )) {
    const key = name.slice(0, name.indexOf('.'));
    members.set(key, [
      ...(members.get(key) ?? []),
      { header: { name, size: bytes.length }, body: bytes },
    ]);
    if (!name.endsWith('.cls')) continue;
    const label = Number(new TextDecoder().decode(bytes));
    people.set(label, [...(people.get(label) ?? []), key]);
  }
  const enough = [...people].filter(([, keys]) => keys.length >= pictures);
  const chosen = [true, false].flatMap((heldOut) =>
    enough
      .filter(([label]) => isValidationIdentity(label, seed, validationFraction) === heldOut)
      .slice(0, heldOut ? heldOutPeople : trainedPeople),
  );
  if (chosen.length < trainedPeople + heldOutPeople)
    throw new Error(
      `The demo shard has ${chosen.length} such people; ${trainedPeople} and ` +
        `${heldOutPeople} with ${pictures} pictures were asked for.`,
    );
  return Buffer.from(
    await packTar(
      chosen.flatMap(([, keys]) => keys.slice(0, pictures).flatMap((key) => members.get(key)!)),
    ),
  );
}
