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
    where:
      'p says how likely the face z is for the picture x, μ is the picture’s direction, μᵀz ' +
      'multiplies the two number by number and adds up, C_d(κ) makes the total 1, d counts the ' +
      'numbers of an embedding, and r is the sphere’s radius.',
    paper: `The r-radius von Mises–Fisher density of ${SCF_PAPER}`,
  },
  mu: {
    title: 'μ, mu',
    sentence: 'The direction of a face: its embedding, scaled to length one.',
    formula: String.raw`\mu = \frac{f(x)}{\lVert f(x) \rVert}`,
    where: 'f(x) is the embedding of the picture x, and ‖ ‖ is its length.',
    paper: SCF_PAPER,
  },
  cosTheta: {
    title: 'θ, theta, and cos θ',
    sentence:
      'θ is the angle between two directions; cos θ is 1 for the same direction and 0 for two ' +
      'that have nothing in common.',
    formula: String.raw`\cos\theta = \mu_1^{\mathsf T}\mu_2`,
    where:
      'μ₁ and μ₂ are the directions of the two faces; μ₁ᵀμ₂ multiplies them number by number ' +
      'and adds up.',
  },
  cap: {
    title: 'Cap on the sphere',
    sentence:
      'The part of the sphere around μ within the angle that κ expects: a sure face has a narrow ' +
      'cap, an unsure one a wide cap.',
    formula: String.raw`\theta_{\text{expected}} = \arccos A_d(\kappa)`,
    where: 'A_d(κ) is the cos θ to expect at this κ, and arccos turns it into the angle θ.',
  },
  expectedCosine: {
    title: 'A_d(κ)',
    sentence:
      'The cos θ to expect at this κ: training moves κ until A_d(κ) is the cos θ that it sees.',
    formula: String.raw`A_d(\kappa) = \frac{I_{d/2}(\kappa)}{I_{d/2-1}(\kappa)}`,
    where:
      'I is the modified Bessel function of the first kind, and d counts the numbers of an ' +
      'embedding.',
    paper: `The slope of the loss of ${SCF_PAPER}`,
  },
  dimension: {
    title: 'd, the dimension',
    sentence: 'How many numbers an embedding has: 512 for most face backbones.',
  },
  order: {
    title: 'v, the order',
    sentence: 'A number that follows from the dimension; the Bessel function in the loss takes it.',
    formula: String.raw`v = \tfrac{d}{2} - 1`,
    where: 'd counts the numbers of an embedding: 512 gives v = 255.',
    paper: `The loss of ${SCF_PAPER}`,
  },
  radius: {
    title: 'r, the radius',
    sentence:
      'The radius of the sphere that the paper puts faces on: it only shifts loss and scores by ' +
      'a constant.',
    formula: String.raw`\mathcal L(r) = \mathcal L(1) + d \log r`,
    where: 'L is the loss, r the radius, and d counts the numbers of an embedding.',
    paper: SCF_PAPER,
  },
  classCentre: {
    title: 'Class centre',
    sentence:
      'The direction of one person, from all of their pictures: a head learns how far each ' +
      'picture lies from it.',
    formula: String.raw`w_c, \quad \lVert w_c \rVert = r`,
    where: 'w_c is the centre of person c, and its length, ‖w_c‖, is r, the sphere’s radius.',
    paper: SCF_PAPER,
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
    where:
      's is the score, μ₁, μ₂ and κ₁, κ₂ are direction and κ of the two faces, κ̃ is the ' +
      'length, ‖ ‖, of their sum weighted by κ, C_d makes a density’s total 1, d counts the ' +
      'numbers of an embedding, and r is the sphere’s radius.',
    paper: `Eqn (13) of ${SCF_PAPER}`,
  },
  eqn14: {
    title: 'Eqn (14), pooling',
    sentence: 'Several pictures become one direction, in which a sure picture counts for more.',
    formula: String.raw`z = \frac{\sum_i \kappa_i\,\mu_i}{\sum_i \kappa_i}`,
    where:
      'z is the common direction, and μ_i and κ_i are direction and κ of picture i; Σ adds up ' +
      'over the pictures.',
    paper: `Eqn (14) of ${SCF_PAPER}`,
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
    where:
      'L is the loss of a picture, κ what the head gives it, θ its angle to the class centre, d ' +
      'counts the numbers of an embedding, v = d/2 − 1, I_v is the modified Bessel function, ' +
      'and r is the sphere’s radius.',
    paper: `The objective of ${SCF_PAPER}`,
  },
  template: {
    title: 'Template',
    sentence: 'Several pictures of one person that are read as one face.',
    paper: `Pooled by Eqn (14) of ${SCF_PAPER}`,
  },
  percentile: {
    title: 'Percentile',
    sentence:
      'The share of the head’s validation pictures that have a smaller κ: 81 means surer than ' +
      '81 % of them.',
  },
} as const satisfies Entries;
