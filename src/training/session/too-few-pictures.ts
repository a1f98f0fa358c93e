/** The pictures of a data set that is too small for a run. */
export interface FewPictures {
  /** Pictures for training; null if it is only known that they made no batch. */
  readonly training: number | null;
  /** Pictures of people held out. */
  readonly validation: number;
  /** Pictures needed for training: a batch, or 1 if an incomplete batch is trained on. */
  readonly needed: number;
}

/**
 * A next step, as a sentence. Whether a person is held out is drawn for each person separately, so
 * a larger share holds out the same people and more. A smaller share helps training if the pictures
 * of both together are enough.
 */
export function tooFewNextStep({ training, validation, needed }: FewPictures): string {
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
  const isEnoughTogether = training + validation >= needed;
  const share = isEnoughTogether ? ' or the share held out (validationFraction)' : '';
  return `Point the studio at more pictures, or ${batch}${share}.`;
}
