import { beforeAll, describe, expect, it } from 'vitest';
import { node, onnxModel, rawBytes } from '../../../test/fixtures/onnx-model';
import { normal } from '../../../test/fixtures/onnx-parity';
import { startNodeWasm } from '../../cli/node/node-backend';
import { CROP_SIZE } from '../../faces/face-record';
import { pickedFiles } from '../../faces/sources/folder/local-file';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { missingCompanion } from '../../formats/onnx/onnx-external';
import { StudioError } from '../../core/studio-error';
import { openBackbone } from '../../models/backbones/open-backbone';
import { backbonePicked, companionAmong, modelAmong, type PickedBackbone } from './picked-backbone';

/** A file as a folder picker gives it, or, without `/`, as a file picker does. */
function file(path: string, bytes: Uint8Array = new Uint8Array(1)): File {
  const made = new File([bytes as Uint8Array<ArrayBuffer>], path.split('/').at(-1)!);
  if (path.includes('/')) Object.defineProperty(made, 'webkitRelativePath', { value: path });
  return made;
}
const picked = (...paths: string[]) => pickedFiles(paths.map((path) => file(path)));

describe('finding the backbone among picked files', () => {
  it.each([
    [['model.bin', 'r50.onnx'], 'r50.onnx'],
    [['r50.onnx.data', 'r50.onnx'], 'r50.onnx'],
    [['m/w/model.bin', 'm/r50.onnx', 'm/README.md', 'm/old/r18.onnx'], 'r50.onnx'],
    [['m/pytorch_model.bin', 'm/config.json'], 'pytorch_model.bin'],
    [['weights'], 'weights'],
  ])('of %j is %s', (paths, name) => {
    expect(modelAmong(picked(...paths)).path).toBe(name);
  });

  it('is an error if several files may be it', () => {
    const message = '2 files may be the backbone: r18.onnx, r50.onnx.';
    expect(() => modelAmong(picked('m/r18.onnx', 'm/r50.onnx'))).toThrow(
      expect.objectContaining({ code: 'bad-model', message }),
    );
  });

  it('uses the path below the folder also if the folder was dropped', () => {
    const dropped = file('model.bin');
    Object.defineProperty(dropped, 'relativePath', { value: '/m/w/model.bin' });
    const alone = file('r50.onnx');
    Object.defineProperty(alone, 'relativePath', { value: './r50.onnx' });
    expect(pickedFiles([dropped, alone]).map(({ path }) => path)).toEqual([
      'w/model.bin',
      'r50.onnx',
    ]);
  });
});

describe('finding the external data of a picked backbone', () => {
  const found = (location: string, ...paths: string[]) => {
    const files = picked(...paths);
    const data = companionAmong(files, modelAmong(files), location);
    return files.find((each) => each.file === data)?.path ?? null;
  };

  it('takes the file at its path, or one picked alone by its name', () => {
    expect(found('w/model.bin', 'm/r50.onnx', 'm/w/model.bin', 'm/v/model.bin')).toBe(
      'w/model.bin',
    );
    expect(found('w/model.bin', 'm/a/r50.onnx', 'm/w/model.bin', 'm/a/w/model.bin')).toBe(
      'a/w/model.bin',
    );
    expect(found('w/model.bin', 'r50.onnx', 'model.bin')).toBe('model.bin');
    expect(found('./model.bin', 'r50.onnx', 'model.bin')).toBe('model.bin');
    expect(found('w/model.bin', 'm/r50.onnx', 'm/v/model.bin')).toBeNull();
    expect(found('../model.bin', 'm/a/r50.onnx', 'm/model.bin')).toBeNull();
    expect(found('r50.onnx', 'r50.onnx')).toBeNull();
  });
});

describe('a backbone with external data in a folder', () => {
  beforeAll(startNodeWasm);
  const weight = normal([8, 3, 16, 16], 0.1);
  const model = onnxModel({
    input: [1, 3, CROP_SIZE, CROP_SIZE],
    nodes: [
      node('Conv', ['x', 'w'], 'c', { strides: [16, 16] }),
      node('GlobalAveragePool', ['c'], 'm'),
      node('Flatten', ['m'], 'y'),
    ],
    constants: { w: { ...weight, data: [], external: { location: 'w/model.bin' } } },
  });
  const [onnx, data] = [file('r8.onnx', model), file('model.bin', rawBytes(weight))];

  const open = async ({ model: { file: main, ...rest }, files }: PickedBackbone) => {
    const backbone = await openBackbone(new BlobByteSource(main.name, main), {
      companion: async (location) => {
        const found = companionAmong(
          files,
          files.find(({ path }) => path === rest.path)!,
          location,
        );
        return found && new BlobByteSource(location, found);
      },
    });
    backbone.dispose();
    return backbone.hash;
  };

  it('says which file to pick, and accepts it in a second pick', async () => {
    const first = backbonePicked(pickedFiles([onnx]), null, null);
    const error = await open(first).then(
      () => expect.fail('opened'),
      (thrown: unknown) => StudioError.record(thrown, 'bad-model', ''),
    );
    expect(error.nextStep).toContain('Pick w/model.bin as well');
    expect(missingCompanion(error)).toBe('w/model.bin');
    const second = backbonePicked(pickedFiles([data]), first, missingCompanion(error));
    expect(second.model).toBe(first.model);
    const whole = pickedFiles([file('m/r8.onnx', model), file('m/w/model.bin', rawBytes(weight))]);
    expect(await open(second)).toBe(await open(backbonePicked(whole, null, null)));
  });

  it('is replaced by another backbone, and by data that it did not lack', () => {
    const first = backbonePicked(pickedFiles([onnx]), null, null);
    expect(backbonePicked(picked('r50.onnx', 'model.bin'), first, 'w/model.bin').model.path).toBe(
      'r50.onnx',
    );
    expect(backbonePicked(picked('other.bin'), first, 'w/model.bin').model.path).toBe('other.bin');
    expect(backbonePicked(picked('model.bin'), first, null).model.path).toBe('model.bin');
    expect(missingCompanion({ nextStep: 'Choose a model that is whole.' })).toBeNull();
  });
});
