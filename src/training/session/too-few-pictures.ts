/** What a data set that is too small for a run gave. */
export interface FewPictures {
  /** Pictures for training; null where only that they made no batch is known. */
  readonly training: number | null;
  /** Pictures of people held out. */
  readonly validation: number;
  /**
   * Pictures for training that are needed: a batch, or one where a smaller batch is trained on too.
   */
  readonly needed: number;
}

/**
 * What helps, as a sentence. People are held out by a draw for each, so raising the share only adds
 * people to those held out, and lowering it only adds to those trained on: it helps training where
 * the pictures of both together are enough.
 */
export function moreThanFew({ training, validation, needed }: FewPictures): string {
  if (training === 0 && validation === 0)
    return 'Point the studio at people with two pictures or more each.';
  if (validation === 0) {
    const raise =
      'Point the studio at more people, or raise the share held out (validationFraction)';
    return training === null || training >= needed
      ? `${raise}.`
      : `${raise} and lower the batch size.`;
  }
  if (training === 0)
    return 'Point the studio at more people, or lower the share held out (validationFraction).';
  if (training === null) return 'Point the studio at more pictures, or lower the batch size.';
  const batch = `lower the batch size (batchSize) to ${training} or less`;
  const share = ' or the share held out (validationFraction)';
  return (
    'Point the studio at more pictures, or ' +
    `${batch}${training + validation >= needed ? share : ''}.`
  );
}
