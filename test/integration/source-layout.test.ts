import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folders = [
  'src',
  ...readdirSync('src', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name)),
];
const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

it('no folder of src has more than 14 files directly in it, tests apart', () => {
  const full = folders.filter(
    (folder) => filesIn(folder).filter((name) => !name.includes('.test.')).length > 14,
  );
  expect(folders.length).toBeGreaterThan(50);
  expect(full).toEqual([]);
});

// Prettier wraps code; it leaves comments, strings and the text of elements as they are.
it('no line of src is longer than 100 characters, addresses apart', () => {
  const long = folders.flatMap((folder) =>
    filesIn(folder).flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split('\n')
        .map((line, i) => ({ at: `${join(folder, name)}:${i + 1}`, line }))
        .filter(({ line }) => line.length > 100 && !line.includes('https://')),
    ),
  );
  expect(long).toEqual([]);
});
