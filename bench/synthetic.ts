import { readFile } from 'node:fs/promises';
import { startNodeWasm } from '../src/cli/node/node-backend';
import { quantile } from '../src/evaluation/distribution';
import { samplePairs } from '../src/evaluation/pairs';
import { evenFolds } from '../src/evaluation/folds';
import { RankedScores } from '../src/evaluation/statistics/ranked-scores';
import { detectFaces } from '../src/inference/align/detect-faces';
import { pristine } from '../src/faces/face-record';
import { renderFace } from '../src/faces/synthetic/render-face';
import { identityFrom } from '../src/faces/synthetic/face-identity';
import { captureFrom } from '../src/faces/synthetic/face-capture';
import { dot } from '../src/core/vector';
import { MOBILE_FACE_NET, OnnxBackbone } from '../src/models/backbones/onnx-backbone';
import { DETECTOR_INPUT, OnnxImageNetwork } from '../src/inference/align/onnx-image-network';
import { Embedder } from '../src/models/backbones/embedder';

const [IDENTITIES, PICTURES, SEED] = [100, 4, 4242];

/**
 * What the pretrained backbone sees in clean synthetic faces, of a seed that the demo set doesn't
 * use.
 */
export default async function synthetic(): Promise<Record<string, unknown>> {
  await startNodeWasm();
  const backbone = await OnnxBackbone.load(
    await readFile('public/models/fr_feature.onnx'),
    MOBILE_FACE_NET,
  );
  const faces = Array.from({ length: IDENTITIES * PICTURES }, (_, i) => {
    const label = Math.floor(i / PICTURES);
    const capture = { ...captureFrom(SEED, label, i % PICTURES), degradation: pristine };
    return { label, crop: renderFace(identityFrom(SEED, label), capture).data, flip: false };
  });
  const embedder = new Embedder(backbone);
  const embeddings: Float32Array[] = [];
  for (let start = 0; start < faces.length; start += embedder.batchSize) {
    const group = faces.slice(start, start + embedder.batchSize);
    for (const { unit } of await embedder.embed(group)) embeddings.push(unit);
  }
  const pairs = samplePairs(
    faces.map(({ label }) => label),
    3000,
    SEED,
  );
  const cosines = (chosen: readonly (readonly [number, number])[]) =>
    chosen.map(([a, b]) => dot(embeddings[a]!, embeddings[b]!));
  const [genuine, impostor] = [cosines(pairs.genuine), cosines(pairs.impostor)];
  return {
    detectionRate: await detectionRate(),
    verificationAccuracy: accuracyOf(genuine, impostor),
    medianGenuineCosine: quantile(genuine, 0.5),
    medianImpostorCosine: quantile(impostor, 0.5),
    identities: IDENTITIES,
    pictures: faces.length,
  };
}

/** Share of the same pictures, drawn at 224 × 224, in which the detector finds a face. */
async function detectionRate(): Promise<number> {
  const detector = new OnnxImageNetwork(
    await readFile('public/models/fr_detect.onnx'),
    DETECTOR_INPUT,
  );
  let found = 0;
  for (let i = 0; i < IDENTITIES * PICTURES; i++) {
    const label = Math.floor(i / PICTURES);
    const picture = renderFace(
      identityFrom(SEED, label),
      captureFrom(SEED, label, i % PICTURES),
      224,
    );
    if ((await detectFaces(picture, detector)).length > 0) found++;
  }
  return found / (IDENTITIES * PICTURES);
}

function accuracyOf(genuine: readonly number[], impostor: readonly number[]): number {
  const same = [...genuine.map(() => 1), ...impostor.map(() => 0)];
  const scores = [...genuine, ...impostor];
  return new RankedScores({ scores, same, folds: evenFolds(same) }).accuracy()!.mean;
}
