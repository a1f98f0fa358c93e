import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'bench/README.md',
  'scale-out/README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface Link {
  readonly page: string;
  readonly text: string;
  readonly target: string;
}

/** Links of a page to files of this repository. */
function linksOf(page: string): Link[] {
  const links = readFileSync(page, 'utf8').matchAll(/\[([^\]]*)\]\(([^)\s#]+)\)/g);
  return [...links]
    .map(([, text, target]) => ({ page, text: text!, target: target! }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

describe('the pages for people', () => {
  it.each(pages)('%s links to files that exist', (page) => {
    const missing = linksOf(page).filter(({ target }) => !existsSync(join(dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it('name functions that stand in the file they link to', () => {
    const named = pages.flatMap(linksOf).filter(({ text, target }) => {
      return /^`#?\w+`$/.test(text) && /\.tsx?$/.test(target);
    });
    expect(named.length).toBeGreaterThan(40);
    const missing = named.filter(({ page, text, target }) => {
      const name = text.replaceAll('`', '');
      const declared = new RegExp(
        `(function\\*?|const|class|interface|type) ${name}\\b|^  (async )?#?${name}\\(`,
        'm',
      );
      return !declared.test(readFileSync(join(dirname(page), target), 'utf8'));
    });
    expect(missing).toEqual([]);
  });

  it('name paths of the source that exist', () => {
    const missing = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/`((?:src|test|e2e|bench|interop)\/[\w/.-]+)`/g)]
        .map(([, path]) => ({ page, path: path! }))
        .filter(({ path }) => !existsSync(path)),
    );
    expect(missing).toEqual([]);
  });
});

/**
 * A file as a recipe of CONTRIBUTING.md leaves it: `ts` blocks are whole files, `diff` blocks
 * edits.
 */
function recipeFiles(recipe: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [, kind, path, body] of recipe.matchAll(/```(ts|diff) (\S+)\n([\s\S]*?)```/g)) {
    if (kind === 'ts') {
      expect(existsSync(path!), `${path} is new`).toBe(false);
      files.set(path!, body!);
      continue;
    }
    const lines = body!.trimEnd().split('\n');
    const side = (sign: '-' | '+') =>
      lines
        .filter((line) => line[0] === ' ' || line[0] === sign)
        .map((line) => line.slice(1))
        .join('\n');
    const text = files.get(path!) ?? readFileSync(path!, 'utf8');
    expect(text.split(side('-')).length, `${path} has this once:\n${side('-')}`).toBe(2);
    files.set(
      path!,
      text.replace(side('-'), () => side('+')),
    );
  }
  return files;
}

/** What the compiler says of the page's code with some files in another state. */
function compilerErrors(changed: ReadonlyMap<string, string>, before?: ts.Program) {
  const config = ts.getParsedCommandLineOfConfigFile('tsconfig.browser.json', undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(String(messageText));
    },
  })!;
  const byPath = new Map([...changed].map(([path, text]) => [resolve(path), text]));
  const host = ts.createCompilerHost(config.options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => byPath.has(resolve(path)) || fileExists(path);
  host.readFile = (path) => byPath.get(resolve(path)) ?? readFile(path);
  const names = [...config.fileNames, ...byPath.keys()];
  const program = ts.createProgram(names, config.options, host, before);
  const errors = ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName}: ${JSON.stringify(messageText)}`);
  return { program, errors };
}

describe('the recipes of CONTRIBUTING.md', () => {
  const recipes = readFileSync('CONTRIBUTING.md', 'utf8')
    .split(/^## /m)
    .filter((section) => /^Recipe/.test(section) && section.includes('```'));

  it('are found', () => expect(recipes.length).toBeGreaterThan(0));

  it.each(recipes.map((recipe) => [recipe.split('\n')[0]!, recipe]))(
    '%s compiles as written, and the compiler notices a step left out',
    { timeout: 240_000 },
    (_, recipe) => {
      const files = recipeFiles(recipe);
      const { program, errors } = compilerErrors(files);
      expect(errors).toEqual([]);
      const unfinished = new Map([...files].filter(([path]) => !path.endsWith('/methods.ts')));
      expect(compilerErrors(unfinished, program).errors).not.toEqual([]);
    },
  );
});
