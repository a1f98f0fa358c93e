import { expect, it } from 'vitest';
import { mounted } from '../../../test/mounted';
import { Crop } from '../components/crop';
import { notOnSlide, SLIDE_PIXEL_RATIO, slideMarkup, slideOf } from './save-slide';
import { Sphere } from './sphere/sphere';

it('is a large picture without controls, and leaves the page as it was', async () => {
  const screen = await mounted(
    <div data-testid="slide" style={{ width: 500, height: 300 }}>
      <Crop pixels={new Uint8ClampedArray(112 * 112 * 4).fill(200)} label="a face" side={120} />
      <Sphere angle={1} caps={[0.5, null]} label="a sphere" />
      <div {...notOnSlide}>
        <input type="range" />
        <button>Undo the changes</button>
      </div>
      <p>Same person</p>
    </div>,
  );
  const element = screen.getByTestId('slide').element() as HTMLElement;
  const before = element.innerHTML;
  const markup = decodeURIComponent(await slideMarkup(element));
  expect(markup).toContain('Same person');
  expect(markup).not.toMatch(/<(input|button)|Undo the changes/);
  // The colours of the drawing come with it.
  expect(markup).toMatch(/<path[^>]*style="[^"]*fill: ?rgb/);
  const picture = await createImageBitmap(await slideOf(element));
  expect(SLIDE_PIXEL_RATIO).toBeGreaterThanOrEqual(2);
  expect([picture.width, picture.height]).toEqual([
    SLIDE_PIXEL_RATIO * (500 + 48),
    SLIDE_PIXEL_RATIO * (300 + 48),
  ]);
  // A crop's canvas has at least the pixels of a fine screen.
  expect(element.querySelector('canvas')!.width).toBe(240);
  expect(element.innerHTML).toBe(before);
});
