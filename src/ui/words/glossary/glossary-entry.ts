/** What the page says of a symbol or a word of the trade. */
export interface GlossaryEntry {
  /** Its name as a heading, with the symbol if it has one: "κ, kappa". */
  readonly title: string;
  /** One plain sentence, for a person who has never heard of it. */
  readonly sentence: string;
  /** Its formula, as TeX for KaTeX. */
  readonly formula?: string;
  /** What each symbol of the formula is, in plain words; "where" stands before it. */
  readonly where?: string;
  /** Where it comes from: the paper, and the equation where its number is known. */
  readonly paper?: string;
}

/** Entries by name. */
export type Entries = Readonly<Record<string, GlossaryEntry>>;

/** The paper of the studio. */
export const SCF_PAPER = 'Li et al., Spherical Confidence Learning, CVPR 2021';
/** The paper of its Gaussian rival. */
export const PFE_PAPER = 'Shi and Jain, Probabilistic Face Embeddings, ICCV 2019';
