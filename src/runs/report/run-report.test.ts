import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keptCurves, keptManifest, keptValidation } from '../../../test/fixtures/reported-run';
import { resolveConfig } from '../../training/config/run-config';
import type { RunManifest } from '../run-manifest';
import type { ReportedRun } from './reported-run';
import { reportRuns } from './run-report';

const NOW = Date.UTC(2026, 10, 30, 13, 19);
const run = (changes: Partial<RunManifest> = {}, steps = 300): ReportedRun => ({
  manifest: keptManifest(changes),
  curves: keptCurves(steps),
  validations: [100, 200, 300].map((step) => keptValidation(step)),
});
const titlesOf = (report: string) =>
  [...report.matchAll(/<svg\s+class="chart"[^>]*>\s*<title>(.*?)<\/title>/g)].map(
    ([, title]) => title,
  );

const HOSTILE = `<img src=x onerror="alert(1)">'&\u202egpj.exe\u0000`;
const SHOWN = '&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;\ufffdgpj.exe\ufffd';

describe('the report of a run', () => {
  it('draws its curves, and tells settings, data and machine', async () => {
    const config = resolveConfig({ learningRate: 8e-3 });
    const report = await reportRuns([run({ config, note: 'a try' })], NOW);
    expect(titlesOf(report)).toEqual([
      'Loss',
      'κ, mean of the batch',
      'cos θ to the class centre, mean of the batch',
      'Learning rate',
      'ρ of the validations',
      'Validation loss',
      'κ against cos θ',
    ]);
    for (const text of [
      'finished after 300 steps (3 of 30 epochs)',
      'a try',
      '<td>0.008</td><td>0.004</td>',
      'MobileFaceNet',
      'wasm · 2 threads',
      '30 November 2026, 13:00',
      '2 min 00 s',
      '200 pictures of 20 people',
    ])
      expect(report.replace(/\s*\n\s*/g, ''), text).toContain(text);
    // Every setting stands in it, folded.
    for (const name of Object.keys(config)) expect(report).toContain(`>${name}</th>`);
  });

  it('shows markup in names and notes as text, wherever they stand', async () => {
    const hostile = run({
      name: HOSTILE,
      note: HOSTILE,
      id: HOSTILE,
      failure: HOSTILE,
      machine: HOSTILE,
      config: resolveConfig({ shards: HOSTILE, backbone: HOSTILE }),
      backbone: { name: HOSTILE, hash: HOSTILE },
      data: { name: HOSTILE, fingerprint: HOSTILE, trainingImages: null, validationImages: null },
      versions: { studio: HOSTILE, tfjs: HOSTILE },
    });
    for (const report of [
      await reportRuns([hostile], NOW),
      await reportRuns([hostile, run(), hostile], NOW),
    ]) {
      expect(report).toContain(SHOWN);
      expect(report).not.toContain('<img');
      expect(report).not.toMatch(/[\u0000\u202e]/);
      const tags = new Set([...report.matchAll(/<([a-z!][a-z0-9]*)/gi)].map(([, tag]) => tag));
      for (const tag of ['script', 'img', 'iframe', 'object', 'link', 'a'])
        expect(tags.has(tag), tag).toBe(false);
      expect(report).not.toMatch(/<[^>]*\son\w+=/i);
    }
  });

  it('allows its own style and nothing else', async () => {
    const report = await reportRuns([run()], NOW);
    const style = report.match(/<style>([\s\S]*?)<\/style>/)![1]!;
    const hash = createHash('sha256').update(style).digest('base64');
    expect(report).toContain(`default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;;`);
    expect(report).not.toMatch(/\sstyle=/);
    expect(report).not.toMatch(/https?:|url\(|@import/);
  });

  it('stays small however long a run was', async () => {
    const long = await reportRuns([run({}, 200_000)], NOW);
    const short = await reportRuns([run({}, 500)], NOW);
    expect(long.length).toBeLessThan(1.3 * short.length);
    expect(long.length).toBeLessThan(400_000);
    const curves = [
      ...long.matchAll(/<path fill="none" stroke="var\(--indigo\)"[^>]* d="(M[^"]*)"/g),
    ];
    const most = Math.max(...curves.map(([, path]) => path!.split(/[LH]/).length));
    expect(most).toBeGreaterThan(300);
    expect(most).toBeLessThanOrEqual(500);
  });

  it('says so where nothing has been trained, validated or measured', async () => {
    const empty: ReportedRun = {
      manifest: keptManifest({ state: 'failed', failure: 'The disk was full.', spearman: null }),
      curves: keptCurves(0),
      validations: [],
    };
    const report = await reportRuns([empty], NOW);
    expect(report).toContain('There is no step to draw yet.');
    expect(report).toContain('The disk was full.');
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('draws a run that diverged up to where it did', async () => {
    const diverged = run();
    diverged.curves.loss.fill(NaN, 200);
    diverged.curves.kappaMean.fill(Infinity, 200);
    expect(await reportRuns([diverged], NOW)).not.toMatch(/d="[^"]*(NaN|Infinity)/);
  });
});

describe('the report of a comparison', () => {
  it('draws runs on top of each other, and says in what they differ', async () => {
    const other = run({ name: 'bold-hill', config: resolveConfig({ learningRate: 8e-3 }) });
    const report = await reportRuns([run(), other], NOW);
    expect(titlesOf(report)).toContain('Loss');
    expect(report.replace(/\s+/g, ' ')).toContain('<strong>calm-river</strong>: lr ×2.');
    expect(report).toContain('κ against cos θ, bold-hill');
    expect(report).not.toContain('These runs differ in what they are validated by');
  });

  it('keeps losses and confidences of other methods in charts apart, and warns', async () => {
    const gaussian = run({
      name: 'bold-hill',
      config: resolveConfig({ method: 'scf-g', seed: 1 }),
    });
    const report = await reportRuns([run(), gaussian], NOW);
    expect(titlesOf(report)).toEqual(
      expect.arrayContaining([
        'Loss: calm-river',
        'Loss: bold-hill',
        'κ, mean of the batch: calm-river',
        '1/σ², mean of the batch: bold-hill',
        'Learning rate',
      ]),
    );
    expect(report).toContain('validated by (seed)');
  });

  it('is of four runs at most, and of one at least', async () => {
    await expect(reportRuns([], NOW)).rejects.toMatchObject({ code: 'bad-config' });
    await expect(reportRuns(Array(5).fill(run()), NOW)).rejects.toMatchObject({
      code: 'bad-config',
    });
  });
});
