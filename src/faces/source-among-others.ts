import type { FaceSource, OpenOptions, SourceInfo } from './face-source';
import type { LeftOut } from './left-out';

/** A source that lies among files of other kinds, which it says to be left out. */
export class SourceAmongOthers implements FaceSource {
  constructor(
    readonly source: FaceSource,
    /** The files around it. */
    readonly others: readonly LeftOut[],
  ) {}

  get isServed(): boolean | undefined {
    return this.source.isServed;
  }

  async info(): Promise<SourceInfo> {
    const info = await this.source.info();
    return { ...info, leftOut: [...this.others, ...(info.leftOut ?? [])] };
  }

  fingerprint(signal?: AbortSignal): Promise<string> {
    return this.source.fingerprint(signal);
  }

  open(options: OpenOptions) {
    return this.source.open(options);
  }
}
