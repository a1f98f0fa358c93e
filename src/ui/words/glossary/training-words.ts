import { SCF_PAPER, type Entries } from './glossary-entry';

/** Training a head. */
export const trainingWords = {
  epoch: {
    title: 'Epoch',
    sentence: 'One pass over all training pictures.',
  },
  step: {
    title: 'Step',
    sentence: 'One small change of the head’s weights, from one batch of pictures.',
  },
  batch: {
    title: 'Batch',
    sentence: 'The pictures that one step looks at together.',
  },
  loss: {
    title: 'Loss',
    sentence:
      'The number that training makes small: how badly κ fits what is seen. It may be negative.',
  },
  learningRate: {
    title: 'Learning rate',
    sentence: 'How far each step moves the weights: too large leaps about, too small takes long.',
  },
  weightDecay: {
    title: 'Weight decay',
    sentence: 'Pulls the weights a little towards zero, so that a head doesn’t learn by heart.',
  },
  seed: {
    title: 'Seed',
    sentence: 'The number that all chance comes from: the same seed gives the same run.',
  },
  preset: {
    title: 'Preset',
    sentence: 'A complete set of settings with a name, to begin from.',
  },
  heldOut: {
    title: 'Held out',
    sentence: 'Kept back from training, so that figures are of people the head has never seen.',
  },
  validation: {
    title: 'Validation',
    sentence: 'Checks the head on pictures of people that it doesn’t train on.',
  },
  spearman: {
    title: 'ρ, Spearman’s rank correlation',
    sentence:
      'How well the order of κ agrees with the order of cos θ: 1 is perfectly, 0 is not at all.',
    formula: String.raw`\rho = \frac{\operatorname{cov}(R_\kappa, R_{\cos\theta})}
      {\sigma(R_\kappa)\,\sigma(R_{\cos\theta})},\quad R = \text{rank}`,
    where:
      'R ranks the pictures by κ and by cos θ, cov says how much two rankings vary together, ' +
      'and σ how much one varies.',
  },
  objective: {
    title: 'Objective',
    sentence: 'Which formula of the loss is trained: the exact one, or that of the published code.',
    formula: String.raw`\kappa^\ast_{\text{exact}} = A_d^{-1}(\cos\theta),\qquad
      \kappa^\ast_{\text{published}} = \frac{v}{1-\cos\theta}`,
    where:
      'κ* is the best κ for a picture, θ its angle to the class centre, A_d⁻¹ the inverse of ' +
      'A_d(κ), d counts the numbers of an embedding, and v = d/2 − 1.',
    paper: `The published code of ${SCF_PAPER} adds 10⁻⁶ inside of a logarithm`,
  },
  checkpoint: {
    title: 'Checkpoint',
    sentence: 'A file with the head and all that a run needs to go on from there.',
  },
  feature: {
    title: 'Features',
    sentence: 'What the backbone made of a picture. They are kept, so that it is read only once.',
  },
  augmentation: {
    title: 'Degradation',
    sentence:
      'Copies of a picture that are blurred, darkened or covered, so that the head sees bad ones.',
  },
  embeddingMap: {
    title: 'Map of the faces',
    sentence:
      'Embeddings flattened to two dimensions along the directions in which they differ most.',
  },
  lesson: {
    title: 'Lesson',
    sentence: 'Trains a small backbone from nothing in a few minutes, to see how one is made.',
  },
} as const satisfies Entries;
