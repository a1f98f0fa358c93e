import { SCF_PAPER, type Entries } from './glossary-entry';

/** Faces as directions on a sphere, and how sure they are. */
export const sphereWords = {
  kappa: {
    title: 'κ, kappa',
    sentence:
      'How sure the studio is of a face. The larger κ, the narrower the cap around μ in which it ' +
      'expects this person.',
    formula: String.raw`p(z \mid x) = \frac{C_d(\kappa)}{r^d}\,
      \exp\!\left(\frac{\kappa\,\mu^{\mathsf T} z}{r}\right)`,
    paper: `The r-radius von Mises–Fisher density of ${SCF_PAPER}`,
    code: 'src/confidence/vmf.ts',
  },
  mu: {
    title: 'μ, mu',
    sentence: 'The direction of a face: its embedding, scaled to length one.',
    formula: String.raw`\mu = \frac{f(x)}{\lVert f(x) \rVert}`,
    paper: SCF_PAPER,
  },
  cosTheta: {
    title: 'θ, theta, and cos θ',
    sentence:
      'θ is the angle between two directions; cos θ is 1 for the same direction and 0 for two ' +
      'that have nothing in common.',
    formula: String.raw`\cos\theta = \mu_1^{\mathsf T}\mu_2`,
    code: 'src/confidence/cosine.ts',
  },
  cap: {
    title: 'Cap on the sphere',
    sentence:
      'The part of the sphere around μ within the angle that κ expects: a sure face has a narrow ' +
      'cap, an unsure one a wide cap.',
    formula: String.raw`\theta_{\text{expected}} = \arccos A_d(\kappa)`,
    code: 'src/confidence/vmf.ts',
  },
  expectedCosine: {
    title: 'A_d(κ)',
    sentence:
      'The cos θ to expect at this κ: training moves κ until A_d(κ) is the cos θ that it sees.',
    formula: String.raw`A_d(\kappa) = \frac{I_{d/2}(\kappa)}{I_{d/2-1}(\kappa)}`,
    paper: `The slope of the loss of ${SCF_PAPER}`,
    code: 'src/confidence/bessel.ts',
  },
  dimension: {
    title: 'd, the dimension',
    sentence: 'How many numbers an embedding has: 512 for most face backbones.',
  },
  order: {
    title: 'v, the order',
    sentence: 'A number that follows from the dimension; the Bessel function in the loss takes it.',
    formula: String.raw`v = \tfrac{d}{2} - 1`,
    paper: `The loss of ${SCF_PAPER}`,
    code: 'src/confidence/bessel.ts',
  },
  radius: {
    title: 'r, the radius',
    sentence:
      'The radius of the sphere that the paper puts faces on: it only shifts loss and scores by ' +
      'a constant.',
    formula: String.raw`\mathcal L(r) = \mathcal L(1) + d \log r`,
    paper: SCF_PAPER,
    code: 'src/confidence/vmf.ts',
  },
  classCentre: {
    title: 'Class centre',
    sentence:
      'The direction of one person, from all of their pictures: a head learns how far each ' +
      'picture lies from it.',
    formula: String.raw`w_c, \quad \lVert w_c \rVert = r`,
    paper: SCF_PAPER,
    code: 'src/models/centres/class-centres.ts',
  },
  eqn13: {
    title: 'Eqn (13), the score of a pair',
    sentence:
      'How likely it is that two faces, each with its own κ, are one person: an unsure face says ' +
      'less for and less against.',
    formula: String.raw`\begin{aligned}
      s ={}& \log C_d(\kappa_1) + \log C_d(\kappa_2)\\
      & - \log C_d(\tilde\kappa) - d \log r\\
      \tilde\kappa ={}& \lVert \kappa_1\mu_1 + \kappa_2\mu_2 \rVert
      \end{aligned}`,
    paper: `Eqn (13) of ${SCF_PAPER}`,
    code: 'src/confidence/scf.ts',
  },
  eqn14: {
    title: 'Eqn (14), pooling',
    sentence: 'Several pictures become one direction, in which a sure picture counts for more.',
    formula: String.raw`z = \frac{\sum_i \kappa_i\,\mu_i}{\sum_i \kappa_i}`,
    paper: `Eqn (14) of ${SCF_PAPER}`,
    code: 'src/confidence/scf.ts',
  },
  scfLoss: {
    title: 'The loss of SCF',
    sentence:
      'What training makes small: it is least when κ fits how far a picture lies from its class ' +
      'centre, and it may be negative.',
    formula: String.raw`\begin{aligned}
      \mathcal L ={}& -\kappa\cos\theta - v\log\kappa + \log I_v(\kappa)\\
      & + \tfrac d2 \log 2\pi + d\log r
      \end{aligned}`,
    paper: `The objective of ${SCF_PAPER}`,
    code: 'src/confidence/vmf.ts',
  },
  template: {
    title: 'Template',
    sentence: 'Several pictures of one person that are read as one face.',
    paper: `Pooled by Eqn (14) of ${SCF_PAPER}`,
    code: 'src/confidence/scf.ts',
  },
  quality: {
    title: 'Quality',
    sentence:
      'κ as a whole number from 0 to 100, where 50 is the median of clean pictures that the head ' +
      'was checked on.',
    code: 'src/evaluation/kappa-profile.ts',
  },
  percentile: {
    title: 'Percentile',
    sentence:
      'The share of the head’s validation pictures that have a smaller κ: 81 means surer than ' +
      '81 % of them.',
    code: 'src/evaluation/kappa-profile.ts',
  },
} as const satisfies Entries;
