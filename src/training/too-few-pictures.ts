/**
 * What helps a data set that is too small for a run, as a sentence.
 * @param validation pictures that it had for validation: none come of too few people, not pictures
 */
export const moreThanFew = (validation: number): string =>
  validation > 0
    ? 'Point the studio at more pictures, or lower the batch size or the share held out.'
    : 'Point the studio at more people, or raise the share held out (validationFraction).';
