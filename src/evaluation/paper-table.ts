/**
 * A published row of the paper's tables: TAR at two FARs of IJB's 1:1 verification, shares 0..1.
 */
export interface PaperRow {
  readonly set: 'IJB-B' | 'IJB-C';
  /** Backbone and the loss that it was trained with. */
  readonly backbone: string;
  readonly method: 'cosine' | 'scf';
  readonly tarAtFar: Readonly<Record<'0.00001' | '0.0001', number>>;
}

const row = (
  set: PaperRow['set'],
  backbone: string,
  method: PaperRow['method'],
  strict: number,
  loose: number,
): PaperRow => ({
  set,
  backbone,
  method,
  tarAtFar: { '0.00001': strict / 100, '0.0001': loose / 100 },
});

/**
 * Li et al., "Spherical Confidence Learning for Face Recognition", CVPR 2021, Tables 1 and 2: means
 * of six runs. Not measured by this studio.
 */
export const PAPER_TABLE: readonly PaperRow[] = [
  row('IJB-C', 'R100, ArcFace', 'cosine', 93.15, 95.6),
  row('IJB-C', 'R100, ArcFace', 'scf', 94.04, 96.09),
  row('IJB-C', 'R100, CosFace', 'cosine', 93.86, 95.95),
  row('IJB-C', 'R100, CosFace', 'scf', 94.78, 96.22),
  row('IJB-C', 'R34, ArcFace', 'cosine', 88.95, 93.26),
  row('IJB-C', 'R34, ArcFace', 'scf', 90.75, 94.07),
  row('IJB-B', 'R100, ArcFace', 'cosine', 89.33, 94.2),
  row('IJB-B', 'R100, ArcFace', 'scf', 90.68, 94.74),
];
