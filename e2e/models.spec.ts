import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { writeSafetensors, type NamedArray } from '../src/formats/safetensors/safetensors';
import { seededRandom } from '../src/core/seeded-random';
import { node, onnxModel, rawBytes } from '../test/fixtures/onnx-model';
import { smallIrFile } from '../test/fixtures/small-ir';
import { openPlace, placeAddress, section, startRun, unfolded } from './places';

const give = (page: Page, name: string, files: { name: string; bytes: Uint8Array }[]) =>
  section(page, name)
    .locator('input[type=file]')
    .setInputFiles(
      files.map(({ name: file, bytes }) => ({
        name: file,
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(bytes),
      })),
    );

async function open(page: Page, settings = 'preset=demo'): Promise<void> {
  await page.goto(placeAddress('Models', settings));
  await expect(page.getByTestId('backend')).toHaveText('wasm', { timeout: 60_000 });
}

test('an own backbone is recognised, and stays in use after a file that is none', async ({
  page,
}) => {
  await open(page);
  const facts = page.getByTestId('backbone-facts');
  await expect(facts).toContainText('MobileFaceNet');
  await give(page, 'Backbone', [{ name: 'small-ir.safetensors', bytes: smallIrFile(64) }]);
  await expect(facts).toContainText('SCF', { timeout: 60_000 });
  await expect(facts).toContainText('64 numbers');
  await expect(facts).toContainText('7 × 7 × 32');
  const blocks = page.getByTestId('backbone-blocks').getByRole('listitem');
  await expect(blocks.first()).toContainText('112 × 112');
  await expect(blocks.nth(-3)).toContainText('7 × 7 × 32');
  await expect(blocks.last()).toContainText('gives κ');
  const before = await facts.textContent();

  await give(page, 'Backbone', [
    { name: 'notes.pth', bytes: new TextEncoder().encode('These are no weights.') },
  ]);
  await expect(section(page, 'Backbone').getByRole('alert')).toContainText('notes.pth');
  expect(await facts.textContent()).toBe(before);

  const convention = await unfolded(page, 'How pictures go in');
  await convention.getByText('BGR', { exact: true }).click();
  await expect(convention).toContainText(
    'BGR, (x − 127.5) / 128, as it was set. The published head',
    { timeout: 30_000 },
  );
  expect(await facts.textContent()).not.toBe(before);

  await page.getByRole('button', { name: 'Use the studio’s own' }).click();
  await expect(facts).toContainText('MobileFaceNet', { timeout: 60_000 });
});

test('a backbone with data in another file names it, and accepts it', async ({ page }) => {
  await open(page);
  const random = seededRandom(8);
  const weight = {
    dims: [8, 3, 16, 16],
    data: Array.from({ length: 8 * 3 * 16 * 16 }, () => random.normal() / 10),
  };
  // Wider than a phone's screen, without a place to wrap.
  const folder = 'weights_as_an_exporter_names_them_after_the_run_that_made_them';
  const model = onnxModel({
    input: ['N', 112, 112, 3],
    nodes: [
      node('Transpose', ['x'], 't', { perm: [0, 3, 1, 2] }),
      node('Conv', ['t', 'w'], 'c', { strides: [16, 16] }),
      node('HardSwish', ['c'], 'h'),
      node('GlobalAveragePool', ['h'], 'm'),
      node('Flatten', ['m'], 'y'),
    ],
    constants: { w: { ...weight, data: [], external: { location: `${folder}/model.bin` } } },
    opset: 14,
  });
  await give(page, 'Backbone', [{ name: 'mobile.onnx', bytes: model }]);
  const alert = section(page, 'Backbone').getByRole('alert');
  await expect(alert).toContainText(`Pick ${folder}/model.bin as well`);
  const desktop = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(alert.getByRole('button', { name: 'Dismiss' })).toBeInViewport({ ratio: 1 });
  await page.setViewportSize(desktop);
  await give(page, 'Backbone', [{ name: 'model.bin', bytes: rawBytes(weight) }]);
  const facts = page.getByTestId('backbone-facts');
  await expect(facts).toContainText('mobile.onnx', { timeout: 60_000 });
  await expect(facts).toContainText('8 numbers');
  await expect(section(page, 'Backbone').getByRole('alert')).toHaveCount(0);
});

test('a graph that can’t be imported is drawn up to the operation that stopped it', async ({
  page,
}) => {
  await open(page);
  const model = onnxModel({
    input: ['N', 3, 112, 112],
    nodes: [node('Relu', ['x'], 'r'), node('DeformConv', ['r'], 'd'), node('Relu', ['d'], 'y')],
    constants: {},
    opset: 14,
  });
  await give(page, 'Backbone', [{ name: 'odd.onnx', bytes: model }]);
  const drawn = page.getByTestId('stopped-at').getByRole('listitem');
  await expect(drawn).toHaveText([
    'Picture',
    '1 operation, understood',
    /^DeformConv, .*operation 2 of 3$/,
    '1 more, not reached',
  ]);
  // The next one that is read takes the drawing away.
  await give(page, 'Backbone', [{ name: 'small-ir.safetensors', bytes: smallIrFile(64) }]);
  await expect(page.getByTestId('stopped-at')).toHaveCount(0, { timeout: 60_000 });
});

test('a run on an own backbone writes a checkpoint for PyTorch, and resumes from it', async ({
  page,
}) => {
  await open(
    page,
    'preset=demo&shards=shards/demo/demo-0000.tar&epochs=2&head=tface-conv&batchSize=8',
  );
  await give(page, 'Backbone', [{ name: 'small-ir.safetensors', bytes: smallIrFile(64) }]);
  await expect(page.getByTestId('backbone-facts')).toContainText('64 numbers', { timeout: 60_000 });
  await startRun(page);
  await expect(page.getByTestId('run-state')).toHaveText('finished', { timeout: 240_000 });
  const step = await page.getByTestId('step').textContent();

  await openPlace(page, 'Models');
  const files = section(page, 'Checkpoints');
  const waiting = page.waitForEvent('download');
  await files.getByRole('button', { name: 'Checkpoint for PyTorch' }).click();
  const checkpoint = await waiting;
  expect(checkpoint.suggestedFilename()).toBe('ckpt_e2.pt');
  const bytes = new Uint8Array(await readFile(await checkpoint.path()));

  await give(page, 'A trained head', [{ name: 'ckpt_e2.pt', bytes }]);
  await expect(page.getByTestId('file-head')).toContainText('TFace’s head', { timeout: 30_000 });
  await expect(page.getByTestId('head-layers').getByRole('listitem')).toHaveCount(7);
  const inUse = page.getByTestId('head-in-use');
  await expect(inUse).toHaveText('No head is in use now.');
  await page.getByRole('button', { name: 'Use it in Compare' }).click();
  await expect(inUse).toHaveText('In use now: ckpt_e2.pt.', { timeout: 30_000 });

  await give(page, 'Checkpoints', [{ name: 'ckpt_e2.pt', bytes }]);
  // Nothing is asked: the run before stays.
  await openPlace(page, 'Runs');
  await expect(page.getByTestId('run-row')).toHaveCount(2, { timeout: 60_000 });
  await expect(page.getByTestId('run-row').filter({ hasText: 'finished' })).toHaveCount(2);
  await openPlace(page, 'Models');
  // What was chosen stays.
  await expect(inUse).toHaveText('In use now: ckpt_e2.pt.');
  expect(Number(step)).toBeGreaterThan(100);
});

test('the published command fills the form, with notes on flags that differ', async ({ page }) => {
  await open(page);
  await unfolded(page, 'The published command');
  await page
    .getByLabel('Paste python train.py …')
    .fill(
      'python train.py --dataset "ms1m" --seed 778 --gpu_ids 0 1 --batch_size 512 ' +
        '--output_dir out --saved_bkb R100.pth --saved_fc fc.pt --num_workers 8 --epochs 12 ' +
        '--lr 3e-5 --lr_scheduler "StepLR" --step_size 2 --gamma 0.5 --convf_dim 25088 ' +
        '--z_dim 512 --radius 64 --max_grad_clip 0 --max_grad_norm 0 --tensorboard',
    );
  await page.getByRole('button', { name: 'Fill the form' }).click();
  await expect(page.getByTestId('command-notes')).toContainText('--gpu_ids');
  await expect(page.getByTestId('printed-command')).toContainText('--seed 778');
  await expect(page).toHaveURL(/batchSize=512/);

  await page.getByLabel('Paste python train.py …').fill('python train.py --lr much');
  await page.getByRole('button', { name: 'Fill the form' }).click();
  await expect(section(page, 'The published command').getByRole('alert')).toContainText('--lr');
});

test('a lesson is stopped, its backbone is used, and it can be resumed', async ({ page }) => {
  await open(page, 'preset=demo&epochs=1');
  const lesson = await unfolded(page, 'A lesson: a small backbone from scratch');
  await lesson.getByRole('textbox', { name: 'Epochs' }).fill('1');
  await lesson.getByRole('button', { name: 'Begin the lesson' }).click();
  await expect(lesson.getByTestId('lesson-results')).toContainText('MobileFaceNet', {
    timeout: 240_000,
  });
  await expect(lesson).toContainText(/Epoch 1, step \d+/, { timeout: 60_000 });
  await lesson.getByRole('button', { name: 'Stop' }).click();
  await expect(lesson.getByTestId('lesson-note')).toContainText('no rival');
  await lesson.getByRole('button', { name: 'Use it as the backbone' }).click({ timeout: 60_000 });
  await expect(page.getByTestId('backbone-facts')).toContainText('128 numbers', {
    timeout: 60_000,
  });
  await expect(lesson.getByRole('button', { name: 'Go on with the lesson' })).toBeEnabled();
});

test('class centres of other people are refused before a step is trained on them', async ({
  page,
}) => {
  await open(page, 'preset=demo&epochs=1');
  const centres = await unfolded(page, 'Class centres');
  const random = seededRandom(5);
  const weight = (classes: number): NamedArray => ({
    dtype: 'F32',
    shape: [classes, 512],
    data: Float32Array.from({ length: classes * 512 }, () => random.normal()),
  });
  await give(page, 'Class centres', [
    {
      name: 'head.safetensors',
      bytes: writeSafetensors(new Map([['hidden.bias', { ...weight(1), shape: [512] }]]), {}),
    },
  ]);
  await expect(centres.getByRole('alert')).toContainText('head.safetensors');

  await give(page, 'Class centres', [
    { name: 'fc.safetensors', bytes: writeSafetensors(new Map([['weight', weight(240)]]), {}) },
  ]);
  await expect(page.getByTestId('centres-facts')).toContainText('240', { timeout: 30_000 });
  await centres.getByRole('button', { name: 'Use them for the next run' }).click();
  await expect(page).toHaveURL(/centres=file/);
  await startRun(page);
  await expect(page.getByTestId('run-state')).toHaveText('failed', { timeout: 240_000 });
  await expect(page.getByRole('alert').filter({ hasText: 'class centres' })).toContainText(
    'do not match',
  );
});
