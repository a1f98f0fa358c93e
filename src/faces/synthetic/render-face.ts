import type { RgbImage } from '../face-record';
import { similarity, TEMPLATE, type Point } from '../similarity-transform';
import type { FaceCapture } from './face-capture';
import type { FaceIdentity } from './face-identity';
import { FIELD, halfWidth, heightField, sampleField } from './height-field';
import { paintBrows, paintEyes, paintMouth, paintSkin, type Pen } from './paint-features';
import { paintBackdrop, paintBeard, paintGlasses, paintHair } from './paint-hair';
import { smoothstep } from './value-noise';

/** Distance of the glasses in front of the pivot, in head units. */
const GLASSES_DEPTH = 4;

/**
 * Renders a person's picture without degradation, aligned as by a detector: the five posed
 * landmarks are mapped to the InsightFace template by the best similarity, then moved by the
 * capture's framing error. The same arguments give the same bytes.
 * @param size side of the square picture in pixels
 */
export function renderFace(identity: FaceIdentity, capture: FaceCapture, size = 112): RgbImage {
  const { head, eyes, skin } = identity;
  const { light } = capture;
  const z = heightField(identity, capture);
  const [sinYaw, cosYaw, sinPitch, cosPitch] = [
    Math.sin(capture.yaw),
    Math.cos(capture.yaw),
    Math.sin(capture.pitch),
    Math.cos(capture.pitch),
  ];
  const pivot = head.depth * 0.9;
  const project = (x: number, y: number): Point => {
    const depth = sampleField(z, x, y) - pivot;
    return [x * cosYaw + depth * sinYaw, y * cosPitch + depth * sinPitch];
  };
  const toHead = framed(
    similarity(
      TEMPLATE,
      landmarks(identity, capture).map(([x, y]) => project(x, y)),
    ),
    capture,
  );
  const data = new Uint8Array(size * size * 3);
  const pen: Pen = new Float32Array(3);
  const behind: Pen = new Float32Array(3);
  const outline = Float32Array.from({ length: FIELD.height }, (_, row) =>
    halfWidth(head, row + FIELD.top),
  );
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [px, py] = toHead(
        ((column + 0.5) * 112) / size - 0.5,
        ((row + 0.5) * 112) / size - 0.5,
      );
      // Finds the visible surface point by fixed-point iteration, since the surface's depth shifts
      // the projection.
      let [x, y] = [px, py];
      for (let step = 0; step < 4; step++) {
        const depth = sampleField(z, x, y) - pivot;
        x = 0.3 * x + 0.7 * ((px - depth * sinYaw) / cosYaw);
        y = 0.3 * y + 0.7 * ((py - depth * sinPitch) / cosPitch);
      }
      const at = Math.min(FIELD.height - 2, Math.max(0, y - FIELD.top));
      const below = at | 0;
      const half = outline[below]! + (outline[below + 1]! - outline[below]!) * (at - below);
      const onHead = smoothstep(-0.7, 0.7, half - Math.abs(x));
      if (onHead < 1) {
        paintBackdrop(
          behind,
          identity,
          capture,
          (px + 0.5 * pivot * sinYaw) / cosYaw,
          (py + 0.5 * pivot * sinPitch) / cosPitch,
        );
      }
      if (onHead > 0) {
        paintSkin(pen, identity, capture, x, y);
        paintEyes(pen, identity, capture, x, y);
        paintMouth(pen, identity, capture, x, y);
        paintBeard(pen, identity, x, y);
        paintBrows(pen, identity, capture, x, y);
        paintHair(pen, identity, x, y);
        const slopeX = (sampleField(z, x + 1, y) - sampleField(z, x - 1, y)) / 2;
        const slopeY = (sampleField(z, x, y + 1) - sampleField(z, x, y - 1)) / 2;
        const norm = 1 / Math.sqrt(slopeX * slopeX + slopeY * slopeY + 1);
        const [nx, ny] = [-slopeX * norm, -slopeY * norm];
        const lit = Math.max(0, 0.12 + 0.88 * (nx * light.x + ny * light.y + norm * light.z));
        const bright = light.gain * (1 - light.share + 1.12 * light.share * lit);
        // The half vector between the directions of light and camera.
        const gloss = nx * light.x * 0.55 + ny * light.y * 0.55 + norm * (light.z * 0.55 + 0.5);
        const specular =
          gloss > 0.8
            ? 200 *
              skin.shine *
              ((gloss - 0.8) / 0.2) ** 4 *
              light.share *
              (y < eyes.y - 30 ? 0.4 : 1)
            : 0;
        pen[0] = pen[0]! * bright * (1 + light.warmth) + specular;
        pen[1] = pen[1]! * bright + specular;
        pen[2] = pen[2]! * bright * (1 - light.warmth) + specular;
      }
      paintGlasses(
        onHead > 0 ? pen : behind,
        identity,
        px - GLASSES_DEPTH * sinYaw,
        py - GLASSES_DEPTH * sinPitch,
      );
      const out = 3 * (row * size + column);
      for (let c = 0; c < 3; c++) {
        let value = behind[c]! + (pen[c]! - behind[c]!) * onHead;
        if (onHead >= 1) value = pen[c]!;
        if (onHead <= 0) value = behind[c]!;
        data[out + c] = Math.min(255, Math.max(0, value + 0.5));
      }
    }
  }
  return { width: size, height: size, data };
}

/** The five landmarks of the head, in the template's order. */
function landmarks({ eyes, nose, mouth }: FaceIdentity, { expression }: FaceCapture): Point[] {
  const corner = mouth.width + 1.4 * expression.smile;
  const cornerY = mouth.y - 1 * expression.smile;
  return [
    [-eyes.x, eyes.y],
    [eyes.x, eyes.y],
    [0, nose.tipY],
    [-corner, cornerY],
    [corner, cornerY],
  ];
}

/** Maps template pixels to the plane of the posed head, including the capture's framing error. */
function framed(
  { a, b, tx, ty }: ReturnType<typeof similarity>,
  { framing }: FaceCapture,
): (x: number, y: number) => Point {
  const [cos, sin] = [
    Math.cos(framing.turn) / framing.scale,
    Math.sin(framing.turn) / framing.scale,
  ];
  return (x, y) => {
    const [dx, dy] = [x - 56 - framing.x, y - 72 - framing.y];
    const [u, v] = [56 + cos * dx - sin * dy, 72 + sin * dx + cos * dy];
    return [a * u - b * v + tx, b * u + a * v + ty];
  };
}
