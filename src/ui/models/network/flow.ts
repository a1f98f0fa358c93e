/** A block of a drawn network. Plain data. */
export interface FlowBlock {
  /**
   * `maps`: a feature map; `numbers`: a list of numbers; `direction`: μ; `confidence`: κ;
   * `stopped`: what can't be imported; `rest`: operations that are only counted.
   */
  readonly look: 'picture' | 'maps' | 'numbers' | 'direction' | 'confidence' | 'stopped' | 'rest';
  readonly title: string;
  /** Short lines below the title. */
  readonly lines: readonly string[];
  /** The letter in a `direction` or a `confidence`. */
  readonly symbol?: string;
  /** How large it is drawn, 0..1. */
  readonly size: number;
  /** Plates that a feature map is drawn with. */
  readonly plates?: number;
}

/** A network as blocks in a line, which may fork at its end. */
export interface Flow {
  readonly line: readonly FlowBlock[];
  /** What the line leads to: one block, or two that both read its last one. */
  readonly ends: readonly FlowBlock[];
  /** A word at the fork: what is read there. */
  readonly forkLabel?: string;
}

/** A flow in words, block by block, for those who don't see the drawing. */
export const flowWords = ({ line, ends }: Flow): string[] =>
  [...line, ...ends].map(({ title, lines }) => [title, ...lines].join(', '));
