"""`python -m unittest discover scale-out`: data, class centres and runs; and two processes against one."""

from __future__ import annotations

import io
import os
import tarfile
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from PIL import Image
from safetensors.torch import save_file
from torch.nn.parallel import DistributedDataParallel

from backbone import _IrNetwork
from centres import CentreBuilder, ClassCentres, affordable_pictures, load_centres
from data import Reading, Shards, chunks_of, find_shards, tasks_of
from features import Batch, FeatureRows, Features, _halves, _rows_of, _tell_of_singles, kept_batches
from head_start import fit_to_stream
from heads import CompactHead, create_head
from ranks import Ranks
from run_file import RunError, is_validation_identity
from test_scale_out import ALONE, STUDIO, InAFolder, run_of
from train import train_step

class Centres(InAFolder):
    def test_outliers_are_dropped_as_in_the_studio(self) -> None:
        case = STUDIO["centres"]
        builder = CentreBuilder(16, None)
        # In another order than the source's, as workers deliver them.
        for ordinal, picture in reversed(list(enumerate(case["pictures"]))):
            builder.add(picture["label"], ordinal, np.array(picture["unit"], np.float32))
        centres = builder.finish(ALONE)
        self.assertEqual(centres.labels.tolist(), case["labels"])
        np.testing.assert_allclose(centres.matrix.ravel(), case["matrix"], atol=1e-6)
        np.testing.assert_allclose(centres.means.ravel(), case["means"], rtol=1e-6)
        self.assertEqual(centres.singles, {5})
        with self.assertRaisesRegex(RunError, "9 among them"):
            centres.cos_theta(np.array([2, 9]), np.zeros((2, 16), np.float32))

    def test_cos_theta_is_to_the_others_as_in_the_studio(self) -> None:
        case = STUDIO["centres"]
        builder = CentreBuilder(16, None)
        for ordinal, picture in enumerate(case["pictures"]):
            builder.add(picture["label"], ordinal, np.array(picture["unit"], np.float32))
        centres = builder.finish(ALONE)
        known = [picture for picture in case["pictures"] if picture["label"] != 5]
        labels = np.array([picture["label"] for picture in known])
        units = np.array([picture["unit"] for picture in known], np.float32)
        following = np.arange(len(known)) + np.append(labels[1:] == labels[:-1], False)
        copies = centres.cos_theta(labels, units, units[following])
        found = np.stack([centres.cos_theta(labels, units), copies], 1)
        np.testing.assert_allclose(found, case["cosines"], atol=1e-5)
        # A picture has no part in what it is compared with, however few there are.
        twins = CentreBuilder(2, None)
        for ordinal, unit in enumerate([(1, 0), (-1, 0)]):
            twins.add(1, ordinal, np.array(unit, np.float32))
        opposite = twins.finish(ALONE).cos_theta(np.array([1]), np.array([[1, 0]], np.float32))
        self.assertEqual(opposite.tolist(), [-1])
        given = ClassCentres(centres.labels, centres.matrix)
        rows = centres.matrix[np.searchsorted(centres.labels, labels)]
        plain = np.einsum("nd,nd->n", units, rows)
        np.testing.assert_allclose(given.cos_theta(labels, units), plain, atol=1e-6)

    def test_as_many_pictures_count_as_the_studio_has_room_for(self) -> None:
        self.assertEqual([affordable_pictures(count, 512) for count in (240, 16385, 85742)], [32, 31, 6])
        with self.assertRaisesRegex(RunError, "do not fit"):
            affordable_pictures(10**6, 512)

    def test_fc_files_of_every_kind(self) -> None:
        matrix = torch.randn(6, 16)
        expected = (matrix / matrix.norm(dim=1, keepdim=True)).numpy()
        kinds = {
            "fc.pth": {"arc_face_state_dict": {"weight": matrix}},
            "softmax_weight.pt": matrix,
            "fc.safetensors": {"weight": matrix},
            "softmax_fc_gpu_0.pt": {"weight": matrix},
            "checkpoint_gpu_0.pt": {"state_dict_softmax_fc": {"weight": matrix}},
        }
        for name, content in kinds.items():
            (save_file if name.endswith(".safetensors") else torch.save)(content, self.folder / name)
            np.testing.assert_allclose(load_centres([self.folder / name], 16).matrix, expected, atol=1e-6)
        parts = [self.folder / f"rank:{rank}_softmax_weight.pt" for rank in (1, 0)]
        torch.save(matrix[4:], parts[0])
        torch.save(matrix[:4], parts[1])
        np.testing.assert_allclose(load_centres(parts, 16).matrix, expected, atol=1e-6)
        with self.assertRaisesRegex(RunError, "ranks 1; all from 0 on"):
            load_centres(parts[:1], 16)
        torch.save({"kernel": torch.cat([matrix[:2], torch.zeros(1, 16), matrix[2:]]).T}, self.folder / "turned.pt")
        turned = load_centres([self.folder / "turned.pt"], 16)
        self.assertEqual(turned.labels.tolist(), [0, 1, 3, 4, 5, 6])
        np.testing.assert_allclose(turned.matrix, expected, atol=1e-6)
        torch.save(torch.full((3, 16), torch.inf), self.folder / "inf.pt")
        with self.assertRaisesRegex(RunError, "no numbers"):
            load_centres([self.folder / "inf.pt"], 16)
        with self.assertRaisesRegex(RunError, r"\[classes, 512\]"):
            load_centres([self.folder / "fc.pth"], 512)
        torch.save({"weight": os.system}, self.folder / "evil.pt")
        with self.assertRaisesRegex(RunError, "can't be read"):
            load_centres([self.folder / "evil.pt"], 16)


class Data(InAFolder):
    def test_each_picture_is_read_by_one_process_and_worker(self) -> None:
        shards = self._shards(5, 7)
        run = run_of(self.folder, flip=False)
        for world in (1, 2, 3, 8):
            for reading in (Reading(0, 1, False, "all"), Reading(4, 1, False, "all")):
                found = [chunk for rank in range(world) for chunk in chunks_of(shards, run.config, reading, rank, world, 0)]
                self.assertEqual(sorted(np.concatenate([chunk.labels for chunk in found]).tolist()), list(range(35)), world)
                ordinals = np.concatenate([chunk.ordinals for chunk in found])
                self.assertEqual(len(np.unique(ordinals)), 35)
        held = chunks_of(shards, run.config, Reading(0, 1, False, "held-out"), 0, 1, 2)
        trained = chunks_of(shards, run.config, Reading(1, 1, False, "training"), 0, 1, 2)
        split = [np.concatenate([chunk.labels for chunk in chunks]).tolist() for chunks in (held, trained)]
        self.assertEqual(sorted(split[0]), [label for label in range(35) if is_validation_identity(label, 777, 0.3)])
        self.assertEqual(sorted(sum(split, [])), list(range(35)))
        left_out = frozenset(split[1][:3])
        reading = Reading(1, 1, False, "training", left_out=left_out)
        fewer = chunks_of(shards, run.config, reading, 0, 1, 2)
        found = set(np.concatenate([chunk.labels for chunk in fewer]).tolist())
        self.assertEqual(found, set(split[1]) - left_out)

    def test_features_are_kept_as_the_studio_keeps_them(self) -> None:
        inputs, units = _halves(torch.tensor([[0.1, 65504.0]]), np.array([[0.6, 0.8]], np.float32))
        self.assertEqual((inputs.dtype, units.dtype), (torch.float16, np.float16))
        zero = np.zeros(1, np.int64)
        rows = FeatureRows(inputs, np.ones(1, np.float32), zero, zero, 1, zero)
        (batch,) = kept_batches(rows, run_of(self.folder).config, 0, ALONE)
        self.assertEqual(batch.rows.tolist(), torch.tensor([[0.1, 65504]]).half().tolist())
        self.assertEqual(batch.rows.dtype, torch.float32)
        with self.assertRaisesRegex(RunError, "larger than 65504"):
            _halves(torch.tensor([[70000.0]]), units)

    def test_a_set_of_single_pictures_is_refused(self) -> None:
        singles, matrix = frozenset({1, 2}), np.eye(1, 16, dtype=np.float32)
        _tell_of_singles(ClassCentres(np.array([3]), matrix, singles=singles), ALONE)
        nobody = ClassCentres(np.zeros(0, np.int64), matrix[:0], singles=singles)
        with self.assertRaisesRegex(RunError, "Each of the 2 people has one picture"):
            _tell_of_singles(nobody, ALONE)

    def test_shares_are_even(self) -> None:
        shards = Shards(tuple(Path(str(number)) for number in range(100)), None)
        tasks = [tasks_of(shards, range(100), rank, 8) for rank in range(8)]
        self.assertEqual({len(each) for each in tasks}, {12 + 4})
        self.assertEqual({sum(1 / task.stride for task in each) for each in tasks}, {12.5})

    def test_damage_is_passed_over_and_told(self) -> None:
        shards = self._shards(1, 3, extra=[("bad.jpg", b"no picture"), ("bad.cls", b"5"), ("odd.jpg", _jpeg(1)), ("odd.cls", b"-3"), ("lone.cls", b"4")])
        chunks = list(chunks_of(shards, run_of(self.folder).config, Reading(0, 1, False, "all"), 0, 1, 0))
        self.assertEqual(sum(len(chunk.labels) for chunk in chunks), 3)
        self.assertEqual(sum(len(chunk.skipped) for chunk in chunks), 3)
        content = shards.paths[0].read_bytes()
        shards.paths[0].write_bytes(content[: len(content) // 2])
        chunks = list(chunks_of(shards, run_of(self.folder).config, Reading(0, 1, False, "all"), 0, 1, 0))
        self.assertGreater(sum(len(chunk.labels) for chunk in chunks), 0)
        self.assertGreater(sum(len(chunk.skipped) for chunk in chunks), 0)

    def test_addresses_and_commands_are_refused(self) -> None:
        run = run_of(self.folder)
        for name in ("https://host/a.tar", "pipe:true", "files:ms1m"):
            with self.assertRaisesRegex(RunError, "not on this machine"):
                find_shards(run, [name])
        with self.assertRaisesRegex(RunError, "2 of 2 shards are not there"):
            find_shards(run, [str(self.folder / "a-{0..1}.tar")])
        (self.folder / "manifest.json").write_text('{"shards": ["https://host/a.tar"]}')
        with self.assertRaisesRegex(RunError, "no file beside it"):
            find_shards(run, [str(self.folder)])

    def _shards(self, count: int, pictures: int, extra: list[tuple[str, bytes]] | None = None) -> Shards:
        for shard in range(count):
            with tarfile.open(self.folder / f"s-{shard:04}.tar", "w") as tar:
                members = [(f"{shard}-{number}.{leaf}", body) for number in range(pictures) for leaf, body in (("jpg", _jpeg(number)), ("cls", str(shard * pictures + number).encode()))]
                for name, body in [*members, *(extra or [])]:
                    info = tarfile.TarInfo(name)
                    info.size = len(body)
                    tar.addfile(info, io.BytesIO(body))
        return find_shards(run_of(self.folder), [str(self.folder / f"s-{{0000..{count - 1:04}}}.tar")])


class Runs(InAFolder):
    def test_what_only_the_studio_does_is_refused(self) -> None:
        cases = [({"augmentation": 0.5}, 1, "augmentation 0.5"), ({"centres": "arcface"}, 1, "arcface"), ({}, 3, "can't be shared evenly by 3"), ({"epochs": True}, 1, '"epochs" is true')]
        cases += [({"head": "mlp"}, 1, "compact, tface-conv, reference"), ({"zDim": 512}, 1, "z_dim 512"), ({"head": "tface-conv", "microBatch": 2}, 1, "BatchNorm over the whole batch")]
        for changes, world, message in cases:
            with self.assertRaisesRegex(RunError, message):
                run_of(self.folder, world, **changes)
        self.assertEqual(run_of(self.folder, 4).config.batchSize, 8)

    def test_unknown_arrays_of_a_backbone_are_told(self) -> None:
        network = _IrNetwork(small_ir(), "body", torch.device("cpu"), False)
        self.assertEqual(tuple(network(torch.zeros(1, 3, 16, 16)).conv_feature.shape), (1, 4, 8, 8))
        with self.assertRaisesRegex(RunError, "body.0.res_layer.9.weight"):
            _IrNetwork({**small_ir(), "body.0.res_layer.9.weight": torch.zeros(4)}, "body", torch.device("cpu"), False)(torch.zeros(1, 3, 16, 16))
        with self.assertRaisesRegex(RunError, "no numbers"):
            _IrNetwork({**small_ir(), "output_layer.3.bias": torch.full((6,), torch.nan)}, "body", torch.device("cpu"), False)
        with self.assertRaisesRegex(RunError, "no IR network"):
            _IrNetwork({"layer1.0.conv1.weight": torch.zeros(4)}, "body", torch.device("cpu"), False)
        missing = {name: value for name, value in small_ir().items() if name != "output_layer.3.bias"}
        with self.assertRaisesRegex(RunError, "output_layer.3.bias"):
            _IrNetwork(missing, "body", torch.device("cpu"), False)(torch.zeros(1, 3, 16, 16))

    def test_two_processes_step_as_one(self) -> None:
        for name in ("compact", "tface-conv"):
            mp.spawn(_steps, args=(2, str(self.folder), name), nprocs=2)
            mp.spawn(_steps, args=(1, str(self.folder), name), nprocs=1)
            two, one = (torch.load(self.folder / f"{name}-{world}.pt", weights_only=True) for world in (2, 1))
            self.assertEqual(set(two), set(one))
            for key, value in one.items():
                torch.testing.assert_close(two[key], value, rtol=1e-4, atol=1e-5, msg=f"{name} {key}")


def _jpeg(shade: int) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (112, 112), (shade * 20 % 255, 90, 60)).save(body, "JPEG")
    return body.getvalue()


def small_ir() -> dict[str, torch.Tensor]:
    """One unit of the published layout, four channels wide, for pictures of 16 x 16."""
    norms = {"input_layer.1": 4, "body.0.res_layer.0": 4, "body.0.res_layer.4": 4, "output_layer.0": 4, "output_layer.4": 6}
    weights = {f"{name}.{part}": torch.full((size,), value) for name, size in norms.items() for part, value in (("weight", 1.0), ("bias", 0.1), ("running_mean", 0.2), ("running_var", 0.9))}
    convolutions = {"input_layer.0": (4, 3, 3, 3), "body.0.res_layer.1": (4, 4, 3, 3), "body.0.res_layer.3": (4, 4, 3, 3)}
    weights |= {f"{name}.weight": torch.full(shape, 0.05) for name, shape in convolutions.items()}
    weights |= {"input_layer.2.weight": torch.full((4,), 0.25), "body.0.res_layer.2.weight": torch.full((4,), 0.25)}
    return {**weights, "output_layer.3.weight": torch.full((6, 256), 0.01), "output_layer.3.bias": torch.zeros(6)}


def _steps(rank: int, world: int, folder: str, name: str) -> None:
    """Three updates over uneven parts of the same batches, one of them empty; the weights afterwards."""
    torch.set_num_threads(1)
    store = dist.FileStore(f"{folder}/store-{name}-{world}", world)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=world)
    ranks = Ranks(rank, world, torch.device("cpu"), dist.new_group(backend="gloo"))
    micro = 0 if name == "tface-conv" else 2
    own = Path(folder) / f"{name}-{world}-{rank}"
    own.mkdir()
    run = run_of(own, world, head=name, microBatch=micro, maxGradNorm=5.0, weightDecay=0.1)
    head = create_head(run)
    model = DistributedDataParallel(head, forward_sync_buffers=False)
    optimiser = torch.optim.Adam(head.parameters(), lr=0.01, weight_decay=0.1)
    draws = torch.Generator().manual_seed(1)
    for steps, cut in enumerate((3, 5, 8)):
        rows, cosines = torch.randn(8, *head.input_shape, generator=draws), torch.rand(8, generator=draws)
        part = slice(0, 8) if world == 1 else slice(0, cut) if rank == 0 else slice(cut, 8)
        batch = Batch(rows[part], cosines[part], 8, 8 if world == 1 else max(cut, 8 - cut))
        fit_to_stream(head, batch, steps, run.config, ranks)
        train_step(model, optimiser, batch, run.config, ranks)
    found = {**head.state_dict(), **dict(head.named_buffers()), **_first_pass(rank, world, ranks)}
    if rank == 0:
        torch.save(found, f"{folder}/{name}-{world}.pt")
    dist.barrier()
    dist.destroy_process_group()


def _first_pass(rank: int, world: int, ranks: Ranks) -> dict[str, torch.Tensor]:
    """
    Centres and rows of five people's pictures, dealt out to the processes: two pictures of one are
    in different ones, and one person has a single picture.
    """
    draws = np.random.default_rng(1)
    head, builder, features = CompactHead((7, 7, 4)), CentreBuilder(16, None), Features()
    labels = [4, 4, 9, 1, 1, 1, 2, 2, 2, 2, 6, 6, 6]
    for ordinal, label in enumerate(labels):
        unit = draws.normal(size=16).astype(np.float32) + label
        unit /= np.linalg.norm(unit)
        if ordinal % world == rank:
            builder.add(label, ordinal, unit)
            place = np.array([ordinal])
            features.add(torch.full((1, 9), float(ordinal)), unit[None], np.array([label]), place)
    centres = builder.finish(ranks)
    features.sort()
    kept = _rows_of(features, centres, head, ranks, 1, 8)
    cut = _rows_of(features, centres, head, ranks, 1, 8, cut_first=True)
    assert (kept.total, cut.total) == (8, 7) and centres.singles == {9}
    found = {"matrix": torch.from_numpy(centres.matrix), "means": torch.from_numpy(centres.means)}
    for name, rows in (("kept", kept), ("cut", cut)):
        columns = np.stack([rows.places, rows.inputs[:, 0].numpy(), rows.cos_theta], 1)
        together = ranks.gather(torch.from_numpy(columns))
        found[name] = together[together[:, 0].argsort()]
    return found


if __name__ == "__main__":
    unittest.main()
