import boundaries from 'eslint-plugin-boundaries';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const formats = ['core', 'confidence', 'formats'];
const models = [...formats, 'engine', 'faces', 'models'];
const training = [...models, 'evaluation', 'inference', 'training'];

/** Which room may import from which: the arrows of ARCHITECTURE.md, pointing one way. */
const mayImport = {
  core: [],
  confidence: ['core'],
  formats: ['core'],
  evaluation: formats,
  engine: formats,
  faces: ['core', 'formats', 'engine'],
  models: [...formats, 'engine', 'faces'],
  inference: [...models, 'evaluation'],
  training: [...models, 'evaluation', 'inference'],
  runs: training,
  studio: [...training, 'runs'],
  // Of the rooms below the page takes presets, types and the words of an error; never a tensor.
  ui: [...training.filter((room) => room !== 'engine'), 'runs', 'studio'],
  cli: [...training, 'runs', 'studio'],
};
const rooms = Object.keys(mayImport);

const noTfjs = {
  group: ['@tensorflow/*'],
  message:
    'Only engine/, models/, inference/, training/ and cli/ import tfjs; the pure rooms run anywhere.',
};
const noReact = {
  group: ['react', 'react-dom', '@mantine/*', 'uplot', 'zustand'],
  message: 'Only ui/ names React.',
};

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'dist',
      'public',
      'out',
      'coverage',
      'test-results',
      'playwright-report',
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { boundaries, 'import-x': importX, 'react-hooks': reactHooks },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    settings: {
      'import/resolver': { node: { extensions: ['.ts', '.tsx', '.js'] } },
      'import-x/resolver-next': [createTypeScriptImportResolver()],
      'boundaries/elements': rooms.map((room) => ({ type: room, pattern: `src/${room}` })),
    },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
      'import-x/no-cycle': 'error',
      'import-x/no-self-import': 'error',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['**/*.test.ts'],
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: rooms.map((room) => ({
            from: { element: { type: room } },
            allow: [room, ...mayImport[room]].map((to) => ({ to: { element: { type: to } } })),
          })),
        },
      ],
    },
  },
  {
    files: ['src/{core,confidence,formats,evaluation,faces}/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [noTfjs, noReact] }] },
  },
  {
    files: ['src/ui/**/*.{ts,tsx}'],
    rules: { 'no-restricted-imports': ['error', { patterns: [noTfjs] }] },
  },
  {
    files: ['src/{engine,models,inference,training,runs,studio,cli}/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [noReact] }] },
  },
);
