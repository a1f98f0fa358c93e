import { markup, type Content, type Markup } from './markup';

/** A table with one heading for each column; the first cell of a row is its heading. */
export interface ReportTable {
  /** Read out before the table; not shown where a heading above says the same. */
  readonly caption: string;
  readonly heads: readonly Content[];
  readonly rows: readonly (readonly Content[])[];
  /** The columns that hold numbers, which are set to the right. By default all but the first. */
  readonly isNumeric?: (column: number) => boolean;
}

export function table({
  caption,
  heads,
  rows,
  isNumeric = (column) => column > 0,
}: ReportTable): Markup {
  const numeric = (column: number) => (isNumeric(column) ? markup` class="n"` : null);
  const cell = (content: Content, column: number) =>
    column === 0
      ? markup`<th scope="row"${numeric(0)}>${content}</th>`
      : markup`<td${numeric(column)}>${content}</td>`;
  return markup`<div class="scroll">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map((head, i) => markup`<th scope="col"${numeric(i)}>${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            markup`<tr>
              ${row.map(cell)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Names and what is known of them, below each other. */
export function facts(list: readonly (readonly [name: string, value: Content])[]): Markup {
  return markup`<dl class="facts">
    ${list.map(
      ([name, value]) =>
        markup`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div> `,
    )}
  </dl>`;
}

/** What is folded until a person opens it; a print shows it whole. */
export const folded = (summary: string, body: Content): Markup =>
  markup`<details>
    <summary>${summary}</summary>
    ${body}
  </details>`;
