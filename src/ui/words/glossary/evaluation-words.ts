import type { Entries } from './glossary-entry';

/** Measuring how good a method is. */
export const evaluationWords = {
  genuinePair: {
    title: 'Genuine pair',
    sentence: 'Two pictures of one person.',
  },
  impostorPair: {
    title: 'Impostor pair',
    sentence: 'Two pictures of two people.',
  },
  threshold: {
    title: 'Threshold',
    sentence: 'A pair counts as one person if its score is at least this.',
    formula: String.raw`s \ge t`,
    where: 's is the score of the pair, and t the threshold.',
  },
  far: {
    title: 'FAR, false accept rate',
    sentence: 'The share of impostor pairs that are wrongly taken for one person.',
    formula: String.raw`\text{FAR}(t) = \frac{\#\{\text{impostor pairs}: s \ge t\}}
      {\#\{\text{impostor pairs}\}}`,
    where: 's is a pair’s score, t the threshold, and # counts.',
  },
  tar: {
    title: 'TAR, true accept rate',
    sentence: 'The share of genuine pairs that are recognised as one person.',
    formula: String.raw`\text{TAR}(t) = \frac{\#\{\text{genuine pairs}: s \ge t\}}
      {\#\{\text{genuine pairs}\}}`,
    where: 's is a pair’s score, t the threshold, and # counts.',
  },
  fnmr: {
    title: 'FNMR, false non-match rate',
    sentence: 'The share of genuine pairs that are missed.',
    formula: String.raw`\text{FNMR} = 1 - \text{TAR}`,
    where: 'TAR is the share of genuine pairs that are recognised.',
  },
  roc: {
    title: 'ROC',
    sentence: 'A curve of TAR against FAR over all thresholds: higher is better.',
  },
  auc: {
    title: 'AUC',
    sentence:
      'The chance that a genuine pair scores higher than an impostor pair: 1 is perfect, .5 is ' +
      'guessing.',
    formula: String.raw`\text{AUC} = P(s_{\text{genuine}} > s_{\text{impostor}})`,
    where: 'P is a probability, and s the score of a pair of each kind.',
  },
  interval: {
    title: '95 % interval',
    sentence:
      'Where the figure would mostly fall with other people: they are drawn again and again, and ' +
      'the figure is taken each time.',
  },
  fold: {
    title: 'Folds',
    sentence:
      'Ten parts of the pairs: the threshold is chosen on nine of them and tried on the tenth.',
  },
  protocol: {
    title: 'Protocol',
    sentence: 'A fixed list of pairs and a way to count, so that figures can be compared.',
  },
  discard: {
    title: 'Discarding',
    sentence:
      'Leaving out the pairs that a method is least sure of: a good confidence makes errors fall ' +
      'fast.',
  },
  edc: {
    title: 'EDC, error versus discard',
    sentence: 'FNMR as the least sure pairs are discarded, with the threshold kept.',
    paper: 'Schlett et al., arXiv 2303.13294',
  },
  erc: {
    title: 'ERC, error versus reject',
    sentence: 'FNMR as the least sure pairs are rejected, with the threshold set again each time.',
    paper: 'As in Boutros et al., CR-FIQA, CVPR 2023',
  },
  ijb: {
    title: 'IJB-B and IJB-C',
    sentence: 'Two large public benchmarks that compare templates of photographs and video frames.',
    paper: 'Whitelam et al., CVPR Workshops 2017; Maze et al., ICB 2018',
  },
  margin: {
    title: 'Margin to the threshold',
    sentence:
      'How far a score lies above or below the threshold, in standard deviations of reference ' +
      'scores: near zero, a verdict is close.',
    formula: String.raw`m = \frac{s - t}{\sigma}`,
    where:
      'm is the margin, s the score, t the threshold, and σ the standard deviation of reference ' +
      'scores.',
  },
} as const satisfies Entries;
