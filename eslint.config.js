import boundaries from 'eslint-plugin-boundaries';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Which room may import from which: the arrows, pointing one way. */
const mayImport = {
  confidence: [],
  formats: [],
  evaluation: ['confidence', 'formats'],
  engine: ['formats', 'confidence'],
  faces: ['formats', 'engine'],
  models: ['formats', 'engine', 'faces', 'confidence'],
  training: ['confidence', 'formats', 'engine', 'faces', 'models', 'evaluation'],
  studio: ['confidence', 'formats', 'engine', 'faces', 'models', 'training', 'evaluation'],
  // Of training, faces and formats the page takes presets, types and the sentence of an error; never a tensor.
  ui: ['studio', 'confidence', 'evaluation', 'training', 'faces', 'formats'],
  cli: ['confidence', 'formats', 'engine', 'faces', 'models', 'training', 'evaluation', 'studio'],
};
const rooms = Object.keys(mayImport);

const nothingOfTfjs = {
  group: ['@tensorflow/*'],
  message: 'Only engine/, models/ and training/ name tfjs; pure rooms run anywhere.',
};
const nothingOfReact = { group: ['react', 'react-dom', '@mantine/*', 'uplot', 'zustand'], message: 'Only ui/ names React.' };

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'public', 'out', 'test-results', 'playwright-report'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { boundaries, 'react-hooks': reactHooks },
    settings: {
      'import/resolver': { node: { extensions: ['.ts', '.tsx', '.js'] } },
      'boundaries/elements': rooms.map((room) => ({ type: room, pattern: `src/${room}`, })),
    },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
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
    files: ['src/{confidence,formats,evaluation,faces}/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [nothingOfTfjs, nothingOfReact] }] },
  },
  {
    files: ['src/ui/**/*.{ts,tsx}'],
    rules: { 'no-restricted-imports': ['error', { patterns: [nothingOfTfjs] }] },
  },
  {
    files: ['src/{engine,models,training,studio,cli}/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [nothingOfReact] }] },
  },
);
