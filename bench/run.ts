import { cpus } from 'node:os';

/** The benchmarks by name; each gives plain figures. */
const benches: Readonly<
  Record<string, () => Promise<{ default: () => Promise<Record<string, unknown>> }>>
> = {
  bessel: () => import('./bessel'),
  synthetic: () => import('./synthetic'),
  pipeline: () => import('./pipeline'),
  step: () => import('./step'),
  'large-record': () => import('./large-record'),
  'large-checkpoint': () => import('./large-checkpoint'),
  'large-run': () => import('./large-run'),
  'backbone-load': () => import('./backbone-load'),
  backbone: () => import('./backbone'),
  head: () => import('./head'),
  epoch: () => import('./epoch'),
  memory: () => import('./memory'),
  startup: () => import('./startup'),
  compare: () => import('./compare'),
  smooth: () => import('./smooth'),
  runs: () => import('./runs'),
};

const name = process.argv[2] ?? '';
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (load) {
  const figures = await (await load()).default();
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    platform: process.platform,
  };
  console.log(JSON.stringify({ bench: name, ...figures, machine }));
} else {
  console.error(
    `There is no benchmark "${name}"; there are ${Object.keys(benches).join(', ')}. Run ` +
      'npm run bench -- <name>.',
  );
  process.exitCode = 1;
}
