import { PFE_PAPER, SCF_PAPER, type Entries } from './glossary-entry';

/** What stands in the losses that train with a margin. */
const MARGIN_SYMBOLS =
  'θ_y is the angle to one’s own person y, θ_j that to another person j, Σ adds up over all ' +
  'of them, m the margin, s a scale, and e the base of the exponential function.';

/** The ways to compare two faces, and the networks behind them. */
export const methodWords = {
  cosine: {
    title: 'Cosine',
    sentence: 'Compares two faces by the angle between them alone, however bad the pictures are.',
    formula: String.raw`s = \mu_1^{\mathsf T}\mu_2`,
    where:
      's is the score, and μ₁ and μ₂ are the directions of the two faces; μ₁ᵀμ₂ multiplies them ' +
      'number by number and adds up.',
  },
  scf: {
    title: 'SCF, Sphere Confidence Face',
    sentence: 'Gives every face a κ beside its direction, and compares two faces by Eqn (13).',
    paper: SCF_PAPER,
  },
  calibrated: {
    title: 'SCF, calibrated',
    sentence:
      'SCF with κ stretched by two numbers, so that a score is closer to the true odds of one ' +
      'person.',
    formula: String.raw`\kappa' = a\,\kappa^{\,b}`,
    where:
      'κ is what the head gives, κ′ what the score is made of, and a and b are the two numbers, ' +
      'fitted on validation pictures.',
  },
  scfG: {
    title: 'SCF-G',
    sentence: 'SCF with a Gaussian in place of the density on the sphere: one 1/σ² for a face.',
    paper: `A comparison in ${SCF_PAPER}`,
  },
  pfeG: {
    title: 'PFE-G',
    sentence: 'Gives each number of an embedding its own 1/σ², learnt from pairs of one person.',
    formula: String.raw`s = -\tfrac12 \sum_{l} \left(
      \frac{(\mu_{1l}-\mu_{2l})^2}{\sigma_{1l}^2+\sigma_{2l}^2}
      + \log(\sigma_{1l}^2+\sigma_{2l}^2)\right)`,
    where:
      's is the score, μ_1l and μ_2l are number l of the two embeddings, σ_1l and σ_2l how ' +
      'unsure these numbers are, and Σ adds up over all l.',
    paper: PFE_PAPER,
  },
  pfeV: {
    title: 'PFE-v',
    sentence: 'Learns κ from pairs of one person, by the score of Eqn (13), without class centres.',
    paper: `A comparison in ${SCF_PAPER}`,
  },
  precision: {
    title: '1/σ², the precision',
    sentence: 'What a Gaussian method has in place of κ: the larger, the surer.',
    formula: String.raw`z \sim \mathcal N(\mu, \sigma^2)`,
    where:
      'z is the person’s true embedding, spread around the picture’s own, μ, like a bell curve ' +
      'N whose width is σ.',
    paper: PFE_PAPER,
  },
  backbone: {
    title: 'Backbone',
    sentence:
      'The large network that turns a face into an embedding: it was trained before, and stays ' +
      'as it is here.',
  },
  head: {
    title: 'Head',
    sentence: 'A small network behind the backbone that gives κ: this is what the studio trains.',
    paper: SCF_PAPER,
  },
  embedding: {
    title: 'Embedding',
    sentence: 'A face as a list of numbers, close together for two pictures of one person.',
  },
  convFeature: {
    title: 'Conv feature',
    sentence:
      'What the backbone knows just before its last layer, place by place: a small grid of ' +
      'numbers that the head reads.',
  },
  inputConvention: {
    title: 'Input convention',
    sentence:
      'How a pixel goes into the backbone: the order of its colours, and what is taken off and ' +
      'divided by.',
    formula: String.raw`x \mapsto \frac{x - 127.5}{128}`,
    where: 'x is a colour of a pixel, from 0 to 255. This is the usual convention.',
  },
  parameters: {
    title: 'Weights, or parameters',
    sentence: 'The numbers of a network that training has set.',
  },
  arcface: {
    title: 'ArcFace',
    sentence:
      'A way to train a backbone or class centres: the angle to one’s own person must be smaller ' +
      'by a margin m.',
    formula: String.raw`-\log \frac{e^{s\cos(\theta_y+m)}}
      {e^{s\cos(\theta_y+m)} + \sum_{j\neq y} e^{s\cos\theta_j}}`,
    where: MARGIN_SYMBOLS,
    paper: 'Deng et al., ArcFace, CVPR 2019',
  },
  cosface: {
    title: 'CosFace',
    sentence: 'As ArcFace, with the margin taken off the cosine.',
    formula: String.raw`-\log \frac{e^{s(\cos\theta_y-m)}}
      {e^{s(\cos\theta_y-m)} + \sum_{j\neq y} e^{s\cos\theta_j}}`,
    where: MARGIN_SYMBOLS,
    paper: 'Wang et al., CosFace, CVPR 2018',
  },
} as const satisfies Entries;
