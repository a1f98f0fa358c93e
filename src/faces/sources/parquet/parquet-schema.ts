import type { SchemaTree } from 'hyparquet';
import type { LeafColumn } from './parquet-column';

/** Preferred names in order of preference; compared in lower case. */
const IMAGE_NAMES = ['image', 'jpg', 'jpeg', 'png', 'img', 'webp', 'picture', 'photo', 'face'];
const LABEL_NAMES = [
  'label',
  'labels',
  'cls',
  'class',
  'identity',
  'identity_id',
  'person',
  'person_id',
  'subject',
  'id',
];
const KEY_NAMES = ['__key__', 'key'];

/** Columns named in a message. */
const MAX_NAMED_COLUMNS = 12;
/** Characters of a column's name in a message. */
const MAX_NAME_LENGTH = 40;

/** The columns from which labelled pictures are read. */
export interface FaceColumns {
  /** Byte strings: the encoded picture. */
  readonly image: LeafColumn;
  /** 32- or 64-bit integers. */
  readonly label: LeafColumn;
  /** Byte strings: UTF-8 text. */
  readonly key: LeafColumn | null;
}

/**
 * Chooses the columns by name and type. Pictures are in a binary column, or a struct with a binary
 * field `bytes`, that has a usual name or is the only one. Labels are in an integer column with a
 * usual name.
 * @returns the columns, or what was found instead, as the end of a sentence
 */
export function chooseColumns(root: SchemaTree): FaceColumns | string {
  const found = `its columns are ${listOf(root.children)}`;
  const pictures = root.children.flatMap((column) =>
    kindOf(column) === 'binary' ? (leafOf(root, column) ?? []) : [],
  );
  const image = named(pictures, IMAGE_NAMES) ?? (pictures.length === 1 ? pictures[0]! : null);
  if (!image)
    return (
      `has ${pictures.length} columns that could hold pictures and none of a usual ` +
      `name (${IMAGE_NAMES.join(', ')}); ${found}`
    );
  const integers = root.children.flatMap((column) =>
    kindOf(column) === 'integer' ? (leafOf(root, column) ?? []) : [],
  );
  const label = named(integers, LABEL_NAMES);
  if (!label) return `has no whole-number column of labels (${LABEL_NAMES.join(', ')}); ${found}`;
  const texts = root.children.flatMap((column) =>
    kindOf(column) === 'text' ? (leafOf(root, column) ?? []) : [],
  );
  return { image, label, key: named(texts, KEY_NAMES) };
}

function named(columns: readonly LeafColumn[], names: readonly string[]): LeafColumn | null {
  for (const name of names) {
    const column = columns.find(({ path }) => path[1]!.element.name.toLowerCase() === name);
    if (column) return column;
  }
  return null;
}

type Kind = 'binary' | 'text' | 'integer' | 'other';

/** The kind of a top-level column. */
function kindOf({ element, children }: SchemaTree): Kind {
  if (element.repetition_type === 'REPEATED') return 'other';
  if (children.length > 0) {
    const bytes = children.find((child) => child.element.name === 'bytes');
    const isStruct = !element.converted_type && !element.logical_type;
    return isStruct && bytes && bytes.children.length === 0 && kindOf(bytes) === 'binary'
      ? 'binary'
      : 'other';
  }
  const { type, converted_type: converted, logical_type: logical } = element;
  if (type === 'BYTE_ARRAY') {
    if (converted === 'UTF8' || logical?.type === 'STRING') return 'text';
    return converted || logical ? 'other' : 'binary';
  }
  const whole =
    (!converted || /^U?INT_/.test(converted)) && (!logical || logical.type === 'INTEGER');
  return (type === 'INT32' || type === 'INT64') && whole ? 'integer' : 'other';
}

/** The leaf from which a column is read: the column itself, or the struct's `bytes`. */
function leafOf(root: SchemaTree, column: SchemaTree): LeafColumn | null {
  const leaf =
    column.children.length === 0
      ? column
      : column.children.find(({ element }) => element.name === 'bytes');
  if (!leaf?.element.type) return null;
  return {
    name: leaf.path.join('.'),
    type: leaf.element.type,
    path: leaf === column ? [root, column] : [root, column, leaf],
  };
}

function listOf(columns: readonly SchemaTree[]): string {
  if (columns.length === 0) return 'none';
  const named = columns
    .slice(0, MAX_NAMED_COLUMNS)
    .map(
      (column) => `${String(column.element.name).slice(0, MAX_NAME_LENGTH)} (${typeOf(column)})`,
    );
  const more = columns.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

function typeOf(column: SchemaTree): string {
  const { element, children } = column;
  if (element.repetition_type === 'REPEATED') return 'repeated';
  if (children.length > 0)
    return `struct of ${children
      .slice(0, 4)
      .map((child) => String(child.element.name).slice(0, MAX_NAME_LENGTH))
      .join(', ')}`;
  const kind = kindOf(column);
  return kind === 'other'
    ? String(
        element.logical_type?.type ?? element.converted_type ?? element.type ?? 'untyped',
      ).toLowerCase()
    : kind;
}
