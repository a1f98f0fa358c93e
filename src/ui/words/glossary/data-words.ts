import type { Entries } from './glossary-entry';

/** Pictures, files and the machine. */
export const dataWords = {
  shard: {
    title: 'Shard',
    sentence: 'One file that packs many pictures, so that a large set is read piece by piece.',
  },
  manifest: {
    title: 'Manifest',
    sentence: 'A small file that lists the shards of a set.',
  },
  label: {
    title: 'Label',
    sentence: 'The number of the person that a picture shows.',
  },
  aligned: {
    title: 'Aligned',
    sentence:
      'Cut so that eyes, nose and mouth lie where the backbone expects them, in 112 × 112 pixels.',
  },
  recordio: {
    title: 'RecordIO',
    sentence: 'The format in which the large face sets are published: train.rec and train.idx.',
  },
  fingerprint: {
    title: 'Fingerprint',
    sentence: 'A short code of a file’s contents: two files with the same one are the same.',
  },
  onnx: {
    title: 'ONNX',
    sentence: 'A file format for networks: the layers and their weights in one.',
  },
  safetensors: {
    title: 'safetensors',
    sentence: 'A plain file format for weights that holds no code.',
  },
  backend: {
    title: 'Backend',
    sentence: 'What does the arithmetic: the graphics chip by WebGPU, or the processor by wasm.',
  },
  selfTest: {
    title: 'Self-test',
    sentence: 'Small sums with known answers, so that a faulty driver is found before a run.',
  },
  torchrun: {
    title: 'torchrun',
    sentence: 'PyTorch’s way to train on several graphics cards at once.',
  },
  tensorboard: {
    title: 'TensorBoard',
    sentence: 'A program that draws curves of runs; the studio can write its files.',
  },
} as const satisfies Entries;
