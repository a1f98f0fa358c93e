import type { PickedFile } from '../../faces/sources/folder/local-file';
import type { IjbResult } from '../../inference/evaluation/ijb/evaluate-ijb';
import type { OpenIjbRelease } from '../../inference/evaluation/ijb/ijb-release';
import type { ReadingEstimate } from '../../inference/evaluation/ijb/measure-reading';
import type { KeptRelease } from '../../inference/evaluation/ijb/readings-keep';

/** Messages about a release of IJB-B or IJB-C. */
export type IjbCommand =
  /** Reads a release's lists, and looks whether its pictures are there. */
  | { readonly type: 'open-ijb'; readonly folder: PickedIjb }
  /** How things stand: asked for when the page is shown, and when heads have changed. */
  | { readonly type: 'ijb-state' }
  /** Measures for about ten seconds how long the reading of its pictures will take. */
  | { readonly type: 'measure-ijb' }
  /** Evaluates it, from the picture on that isn't kept. Refused while a run is on. */
  | { readonly type: 'evaluate-ijb' }
  /** Ends opening, measuring or evaluating. What was read is kept. */
  | { readonly type: 'pause-ijb' }
  /** Lets go of the release. */
  | { readonly type: 'close-ijb' }
  /** Removes kept readings. */
  | { readonly type: 'remove-kept-ijb'; readonly name: string };

/** The replies about a release; null if it was paused or closed meanwhile. */
export interface IjbReplies {
  readonly 'open-ijb': IjbState | null;
  readonly 'ijb-state': IjbState;
  readonly 'measure-ijb': ReadingEstimate | null;
  readonly 'evaluate-ijb': IjbResult | null;
  readonly 'close-ijb': IjbState;
  readonly 'remove-kept-ijb': IjbState;
}

/**
 * A release's folder as it was picked. A handle is looked into where a file is needed; a list of
 * files has all of them, which only browsers without such handles need.
 */
export type PickedIjb =
  | { readonly kind: 'handle'; readonly handle: FileSystemDirectoryHandle }
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly PickedFile[] };

/** How things stand with releases. */
export interface IjbState {
  /** The one that is open. */
  readonly release: IjbSummary | null;
  /** What is kept of all releases, the least recently written first. */
  readonly kept: readonly KeptRelease[];
  /** The last result. */
  readonly result: IjbResult | null;
}

/** What a release is, and what its evaluation needs. */
export interface IjbSummary extends Pick<OpenIjbRelease, 'name' | 'set'> {
  readonly pictures: number;
  readonly templates: number;
  readonly pairs: number;
  /** Pictures of its list that its folder doesn't hold. */
  readonly missing: { readonly count: number; readonly first: readonly string[] };
  /** Pictures that are kept for the backbone and heads in use. */
  readonly read: number;
  /** Bytes that the readings of the others will need. */
  readonly bytesNeeded: number;
  /** null if the browser doesn't say. */
  readonly freeBytes: number | null;
}
