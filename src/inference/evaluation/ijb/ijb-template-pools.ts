import type { ConfidentFace, MethodName } from '../../../confidence/confidence-method';
import type { MethodInUse } from '../../../evaluation/evaluated-pairs';
import {
  createPooling,
  type BaselineOptions,
  type IjbFace,
  type TemplatePooling,
} from '../../../evaluation/ijb/ijb-templates';

/**
 * Pools the pictures of a release into one face for each template and method: within a media, then
 * over media (Eqn 14 for SCF; `createPooling`). Pictures come template by template and media by
 * media, so that only one template's are held at a time.
 */
export class IjbTemplatePools {
  /** Templates without a picture with a detector score above 0. */
  readonly withoutScores = new Set<number>();
  readonly #methods: readonly MethodInUse[];
  /** Row of each template id, in the order of the ids given. */
  readonly #rows = new Map<number, number>();
  readonly #poolings: readonly TemplatePooling[];
  /** [method][row]; null for a template that was not pooled, or whose pictures cancel out. */
  readonly #faces: (ConfidentFace | null)[][];
  readonly #finished = new Set<number>();
  /** [method]: templates whose pictures cancel each other out. */
  readonly #cancelled: number[][];
  #current: { readonly template: number; readonly media: number } | null = null;

  /** @param templates the template id of each picture */
  constructor(
    templates: Iterable<number>,
    methods: readonly MethodInUse[],
    baseline: BaselineOptions,
  ) {
    for (const template of templates)
      if (!this.#rows.has(template)) this.#rows.set(template, this.#rows.size);
    this.#methods = methods;
    this.#poolings = methods.map((method) => createPooling(method, baseline));
    this.#faces = methods.map(() => new Array<ConfidentFace | null>(this.#rows.size).fill(null));
    this.#cancelled = methods.map(() => []);
  }

  /** Number of templates. */
  get size(): number {
    return this.#rows.size;
  }

  /** A template's row in {@link facesOf}; undefined for a template without pictures. */
  row(template: number): number | undefined {
    return this.#rows.get(template);
  }

  /** Adds the next picture; the previous media or template is complete when its id changes. */
  add(template: number, media: number, face: IjbFace): void {
    const current = this.#current;
    if (current && current.template !== template) this.#finish(current.template);
    else if (current && current.media !== media)
      for (const pooling of this.#poolings) pooling.endMedia();
    for (const pooling of this.#poolings) pooling.add(face);
    this.#current = { template, media };
  }

  /** Completes the last template. */
  end(): void {
    if (this.#current) this.#finish(this.#current.template);
    this.#current = null;
  }

  /** The pooled faces of a method, by row; null for a template without one. */
  facesOf(method: number): readonly (ConfidentFace | null)[] {
    return this.#faces[method]!;
  }

  /** Templates none of whose pictures was added. */
  get lost(): number[] {
    return [...this.#rows.keys()].filter((template) => !this.#finished.has(template));
  }

  /** Templates left out by each method, because their pictures cancel each other out. */
  get cancelled(): Partial<Record<MethodName, readonly number[]>> {
    return Object.fromEntries(
      this.#methods
        .map(({ method }, i) => [method.name, this.#cancelled[i]!] as const)
        .filter(([, templates]) => templates.length > 0),
    );
  }

  #finish(template: number): void {
    this.#finished.add(template);
    this.#poolings.forEach((pooling, method) => {
      const { face, withoutScores } = pooling.finish();
      this.#faces[method]![this.#rows.get(template)!] = face;
      if (withoutScores) this.withoutScores.add(template);
      if (!face) this.#cancelled[method]!.push(template);
    });
  }
}
