import { StudioError } from '../../core/studio-error';
import type { FaceSource } from '../face-source';
import type { SkippedItem } from '../survey/left-out';
import { fingerprintOf, type Fingerprint } from './pack-fingerprint';
import type { PackedSet } from './pack-set';

/**
 * Reads a packed set with the product's own reader and compares each record with the one read from
 * the source: key, label, degradation and picture, and the number of records. Holds one record at a
 * time.
 * @param source the packed set
 * @param written fingerprints of the written records, in order
 * @param onRecord called for each record
 * @throws StudioError `bad-shard` naming the first difference; whatever the source throws
 */
export async function verifySet(
  source: FaceSource,
  { folder, images, identities }: PackedSet,
  written: AsyncIterator<Fingerprint>,
  { signal, onRecord }: { signal?: AbortSignal; onRecord?: () => void } = {},
): Promise<void> {
  const where = folder === '' ? 'the set' : `the set "${folder}"`;
  const skipped: SkippedItem[] = [];
  const labels = new Set<number>();
  let count = 0;
  for await (const { key, label, encoded, degradation, shard } of source.open({
    seed: 0,
    epoch: 0,
    shuffleBuffer: 0,
    signal,
    onSkip: (item) => skipped.push(item),
  })) {
    const { done, value: before } = (await written.next()) as IteratorResult<
      Fingerprint,
      undefined
    >;
    if (done) throw differs(`${where} has more than the ${count} records that were written`);
    const found = await fingerprintOf({ key, label, picture: encoded, degradation });
    const at = `record ${count + 1} of ${where} ("${key}" in ${shard})`;
    if (found.key !== before.key) throw differs(`${at} has another key than was written`, skipped);
    if (found.label !== before.label)
      throw differs(`${at} has the label ${found.label}; ${before.label} was written`, skipped);
    if (found.contents !== before.contents)
      throw differs(`${at} has other contents than its source`, skipped);
    labels.add(label);
    count++;
    onRecord?.();
  }
  if (skipped.length > 0 || count !== images || !(await written.next()).done)
    throw differs(`${where} gives ${count} records of ${images}`, skipped);
  const info = await source.info();
  if (
    labels.size !== identities ||
    (info.identities ?? identities) !== identities ||
    (info.images ?? images) !== images
  ) {
    throw differs(
      `${where} announces ${info.images} pictures of ${info.identities} people and holds ` +
        `${count} of ${labels.size}; ${images} of ${identities} were written`,
    );
  }
}

function differs(found: string, [skipped]: readonly SkippedItem[] = []): StudioError {
  const damage = skipped
    ? ` It has damage too: ${skipped.member ?? skipped.shard}, ${skipped.reason}.`
    : '';
  return new StudioError(
    'bad-shard',
    `What was packed reads otherwise than it was written: ${found}.${damage}`,
    'Check the disk, remove what was packed, and pack again.',
  );
}
