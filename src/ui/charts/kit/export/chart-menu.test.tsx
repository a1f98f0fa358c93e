import { afterEach, expect, it, vi } from 'vitest';
import { mounted } from '../../../../../test/mounted';
import { LineChart } from '../line-chart';

const saved: { name: string; blob: Blob }[] = [];
vi.mock('../../../components/download', () => ({
  download: (name: string, blob: Blob) => saved.push({ name, blob }),
}));
afterEach(() => saved.splice(0));

const steps = Array.from({ length: 200 }, (_, i) => i);
const curves = [
  { name: 'genuine', colour: 'var(--scf-genuine)', x: steps, y: steps.map((i) => i / 200) },
  {
    ...{ name: '=impostor', colour: 'light-dark(#c2571a, #ffa94d)', dash: '4 3' },
    ...{ x: steps, y: steps.map((i) => (i === 7 ? null : i / 400)) },
  },
];

async function saveAs(kind: 'SVG' | 'PNG' | 'CSV') {
  const screen = await mounted(
    <div style={{ width: 600 }}>
      <LineChart
        title="TAR against <FAR>"
        description="Higher is better."
        x={{ title: 'FAR' }}
        y={{ title: 'TAR' }}
        curves={curves}
        rules={[{ axis: 'x', at: 50, label: 'threshold' }]}
      />
    </div>,
    'dark',
  );
  await screen.getByRole('button', { name: /^Save/ }).click();
  await screen.getByRole('menuitem', { name: new RegExp(`^${kind}`) }).click();
  await expect.poll(() => saved.length).toBe(1);
  return saved[0]!;
}

it('saves all points as CSV, under the names of the curves', async () => {
  const { name, blob } = await saveAs('CSV');
  expect(name).toBe('tar-against-far.csv');
  const lines = (await blob.text()).trimEnd().split('\r\n');
  // A name that begins like a formula is quoted for spreadsheets.
  expect(lines[0]).toBe("FAR,genuine,'=impostor");
  expect(lines).toHaveLength(201);
  expect(lines[8]).toBe('7,0.035,');
  expect(lines[200]).toBe('199,0.995,0.4975');
});

it('saves an SVG that stands alone, light on the dark page too', async () => {
  const { blob } = await saveAs('SVG');
  const text = await blob.text();
  expect(text).not.toMatch(/var\(|light-dark|currentColor|class=|<script|<foreignObject|href=/);
  const picture = new DOMParser().parseFromString(text, 'image/svg+xml');
  expect(picture.querySelector('parsererror')).toBeNull();
  // On white, in the colours of the light page.
  expect(picture.querySelector('rect')!.getAttribute('fill')).toBe('#ffffff');
  expect(text).toContain('#0f7b6c');
  expect(text).toContain('#c2571a');
  const words = [...picture.querySelectorAll('text')].map((each) => each.textContent);
  for (const word of ['TAR against <FAR>', 'Higher is better.', '=impostor', 'threshold', 'FAR'])
    expect(words).toContain(word);
});

it('saves a PNG of twice the picture’s size', async () => {
  const { blob } = await saveAs('PNG');
  const picture = await createImageBitmap(blob);
  expect(picture.width).toBe(2 * 632);
  // Something is drawn on the white.
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext('2d')!;
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, picture.width, picture.height);
  expect([...data.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  let coloured = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i]! < 100) coloured++;
  expect(coloured).toBeGreaterThan(2000);
});
