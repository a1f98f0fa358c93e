"""`python -m unittest discover scale-out`: the program's parts against the studio's own numbers and against mpmath's."""

from __future__ import annotations

import dataclasses
import json
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
import torch.distributed as dist

from backbone import BackboneOutput, _js_number
from checkpoints import Place, column_blocks, load_head, resume, save_checkpoint, save_head, studio_arrays, torch_arrays
from heads import CompactHead, ReferenceHead, TfaceConvHead, create_head
from input_files import folded_state, input_arrays, set_input
from loss import Validation, VmfLoss, bessel, loss_gradient, loss_parts, spearman
from ranks import Ranks
from run_file import RunError, SeededRandom, hash_string, is_flipped, is_validation_identity, read_run_file, shuffled
from schedule import ScheduleState, initial_schedule, next_schedule

HERE = Path(__file__).parent
STUDIO = json.loads((HERE / "testdata" / "studio.json").read_text("utf-8"))
GOLDEN = json.loads((HERE.parent / "test" / "fixtures" / "vmf.json").read_text("utf-8"))
ALONE = Ranks(rank=0, world=1, device=torch.device("cpu"), host=None)
HEADS = {"compact": CompactHead, "tface-conv": TfaceConvHead, "reference": ReferenceHead}
CONFIG = {
    **{"seed": 777, "head": "compact", "objective": "exact", "radius": 64, "zDim": 16, "convfDim": 196, "batchSize": 8, "microBatch": 0, "epochs": 2},
    **{"learningRate": 0.01, "schedule": "StepLR", "stepSize": 2, "gamma": 0.5, "weightDecay": 0.01, "maxGradClip": 0, "maxGradNorm": 0, "numWorkers": 2},
    **{"dropLast": False, "flip": True, "augmentation": 0, "features": "reuse", "copies": 1, "centres": "first-pass", "convFeature": "body"},
    **{"shuffleBuffer": 4, "validationFraction": 0.3, "maxValidationImages": 100, "validateEvery": 0, "tensorboard": False},
}


def run_of(folder: Path, world: int = 1, **changes):
    """A run file with these settings, read."""
    file = {
        "format": "scf-studio-run-file-1",
        "studioVersion": "0.1.0",
        "config": {**CONFIG, **changes},
        "backbone": {"file": "b.onnx", "name": "b", "hash": "00", "input": {"order": "RGB", "mean": 127.5, "scale": 1 / 128}, "convShape": [7, 7, 4], "embeddingDim": 16, "convFeature": "y"},
        "shards": "shards",
        "centreFiles": [],
    }
    (folder / "run.json").write_text(json.dumps(file), "utf-8")
    return read_run_file(folder / "run.json", world)


class InAFolder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)


class Loss(unittest.TestCase):
    def test_bessel_is_mpmaths(self) -> None:
        for row in GOLDEN["normalizer"]:
            log_scaled, ratio = bessel(row["d"] / 2 - 1, torch.tensor([row["kappa"]], dtype=torch.float64))
            normalizer = -row["d"] / 2 * np.log(2 * np.pi) - float(log_scaled)
            self.assertLess(abs(normalizer - row["logNormalizer"]), 1e-9 * max(1, abs(row["logNormalizer"])), row)
            self.assertLess(abs(float(ratio) / row["meanResultantLength"] - 1), 1e-9, row)

    def test_loss_and_gradient_are_mpmaths(self) -> None:
        for row in GOLDEN["loss"]:
            kappa, cos_theta = (torch.tensor([row[name]], dtype=torch.float64) for name in ("kappa", "cosTheta"))
            for mode, value, slope in (("exact", "exact", "exactGradKappa"), ("reference", "referenceEps1e6", "referenceGradKappa")):
                found = float(loss_parts(mode, row["d"], row["r"], kappa, cos_theta).loss)
                self.assertLess(abs(found - row[value]), 1e-9 * max(1, abs(row[value])), row)
                gradient = float(loss_gradient(mode, row["d"], kappa, cos_theta)) / row["kappa"]
                self.assertLess(abs(gradient - row[slope]), 1e-7 * max(1, abs(row[slope])), row)

    def test_gradient_is_the_losss_own(self) -> None:
        log_kappa = torch.tensor([3.0, 6.0, 8.0], dtype=torch.float64, requires_grad=True)
        cos_theta = torch.tensor([0.1, 0.6, 0.9], dtype=torch.float64)
        for mode in ("exact", "reference"):
            self.assertTrue(torch.autograd.gradcheck(lambda x: VmfLoss.apply(x, cos_theta, mode, 512, 64.0), log_kappa))

    def test_spearman_shares_ranks_among_ties(self) -> None:
        self.assertAlmostEqual(spearman(np.array([1.0, 2, 2, 3]), np.array([1.0, 2, 3, 4])), 0.948683298, places=8)
        self.assertIsNone(spearman(np.ones(3), np.arange(3.0)))


class Draws(unittest.TestCase):
    def test_the_studio_draws_the_same(self) -> None:
        for split in STUDIO["splits"]:
            held = [label for label in range(300) if is_validation_identity(label, split["seed"], split["fraction"])]
            self.assertEqual(held, split["held"])
        flips = STUDIO["flips"]
        for picture in flips["pictures"]:
            self.assertEqual(hash_string(picture["key"]), picture["hash"])
            self.assertEqual([is_flipped(flips["seed"], flips["epoch"], picture["key"], copy) for copy in range(3)], picture["flips"])
        order = STUDIO["shuffled"]
        self.assertEqual(shuffled(range(order["count"]), SeededRandom(*order["seeds"])), order["order"])

    def test_schedules_move_as_the_studios_do(self) -> None:
        for case in STUDIO["schedules"]:
            config = SimpleNamespace(schedule=case["schedule"], learningRate=0.1, stepSize=2, gamma=0.5)
            state, rates = initial_schedule(config), []
            for epoch, loss in enumerate(case["losses"]):
                state = next_schedule(state, config, epoch + 1, loss)
                rates.append(state.learning_rate)
            np.testing.assert_allclose(rates, case["rates"], rtol=1e-12)

    def test_numbers_are_written_as_javascript_does(self) -> None:
        self.assertEqual([_js_number(value) for value in (127.5, 1 / 127.5, 0.0, 1.0, 1 / 25600)], ["127.5", "0.00784313725490196", "0", "1", "0.0000390625"])


class Heads(InAFolder):
    def test_the_studios_weights_give_the_studios_kappa(self) -> None:
        for case in STUDIO["heads"]:
            shape = tuple(case["convShape"])
            arrays = {
                array["name"]: torch.tensor(array["values"]).float().reshape(array["shape"])
                for array in case["arrays"]
            }
            head = HEADS[case["name"]](shape)
            weights = {name: value for name, value in arrays.items() if "input." not in name}
            head.load_state_dict(torch_arrays(weights, shape), strict=False)
            feature = torch.tensor(case["convFeature"]).reshape(-1, *shape).permute(0, 3, 1, 2)
            embedding = torch.tensor(case["embedding"]).reshape(len(feature), -1)
            output = BackboneOutput(embedding, feature)
            rows, mask = head.head_input(output), torch.ones(len(feature))
            # The studio standardised the input by these very pictures.
            head.input.join(rows, ALONE)
            for name, value in input_arrays(head, shape).items():
                close = torch.allclose(value, arrays[name], rtol=1e-5, atol=1e-6)
                self.assertTrue(close, f"{case['name']} {name}")
            head.input.reset()
            set_input(head, arrays, shape)
            with torch.no_grad():
                log_kappa = head.eval()(rows, mask)
                # As any other program has it: with the input as it is.
                plain = HEADS[case["name"]](shape).eval()
                plain.load_state_dict(folded_state(head))
                torch.testing.assert_close(plain(rows, mask), log_kappa, rtol=2e-5, atol=2e-5)
            np.testing.assert_allclose(log_kappa.numpy(), case["logKappa"], rtol=2e-5, atol=2e-5, err_msg=case["name"])
            # Back again, however many blocks: the same values under whole names.
            again = torch_arrays(studio_arrays(head.state_dict(), shape), shape)
            for name, value in head.state_dict().items():
                if not name.endswith("num_batches_tracked"):
                    self.assertTrue(torch.equal(again[name], value), name)

    def test_blocks_are_cut_as_the_studio_cuts_them(self) -> None:
        for case in STUDIO["columnBlocks"]:
            self.assertEqual(column_blocks(case["fanIn"], case["fanOut"]), case["widths"])

    def test_batch_norm_over_ranks_is_pytorchs(self) -> None:
        torch.manual_seed(0)
        own, theirs = TfaceConvHead((7, 7, 4)).conv_[3], torch.nn.BatchNorm2d(4)
        rows = torch.randn(5, 4, 3, 3)
        start_alone(self)
        # Two rows of padding, which must not count.
        padded = torch.cat([rows, 100 * torch.ones(2, 4, 3, 3)]).requires_grad_()
        plain = rows.clone().requires_grad_()
        mask = torch.tensor([1.0] * 5 + [0.0] * 2)
        found, expected = own(padded, mask)[:5], theirs(plain)
        torch.testing.assert_close(found, expected)
        torch.testing.assert_close(own.running_var, theirs.running_var)
        found.square().mul(rows).sum().backward()
        expected.square().mul(rows).sum().backward()
        torch.testing.assert_close(padded.grad[:5], plain.grad, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(own.weight.grad, theirs.weight.grad, rtol=1e-4, atol=1e-4)

    def test_a_checkpoint_and_a_head_come_back(self) -> None:
        for name in HEADS:
            run = run_of(self.folder, head=name, schedule="ReduceLROnPlateau")
            head, other = create_head(run), create_head(dataclasses.replace(run, config=dataclasses.replace(run.config, seed=1)))
            optimisers = [torch.optim.Adam(each.parameters(), lr=0.1) for each in (head, other)]
            rows = 2 + torch.randn(4, *head.input_shape)
            head.input.join(rows, ALONE)
            head.eval()(rows, torch.ones(4)).sum().backward()
            optimisers[0].step()
            save_checkpoint(self.folder, run, head, optimisers[0], Place(3, 41), ScheduleState(0.05, 7.5, 1))
            self.assertEqual(resume(self.folder / "ckpt_e3.pt", run, other, optimisers[1]), (Place(3, 41), ScheduleState(0.05, 7.5, 1)))
            for key, value in {**head.state_dict(), **dict(head.named_buffers())}.items():
                found = {**other.state_dict(), **dict(other.named_buffers())}[key]
                self.assertTrue(torch.equal(found, value), key)
            for before, after in zip(optimisers[0].state_dict()["state"].values(), optimisers[1].state_dict()["state"].values()):
                self.assertTrue(torch.equal(before["exp_avg_sq"], after["exp_avg_sq"]))
            save_head(self.folder / "head.safetensors", run, head, Place(3, 41), Validation(1.0, None, 2, 1))
            third = create_head(dataclasses.replace(run, config=dataclasses.replace(run.config, seed=2)))
            self.assertEqual(load_head(self.folder / "head.safetensors", run, third), 41)
            torch.testing.assert_close(third.eval()(rows, torch.ones(4)), head.eval()(rows, torch.ones(4)))
            wrong = run_of(self.folder, head="compact" if name == "reference" else "reference")
            with self.assertRaisesRegex(RunError, "doesn't fit"):
                load_head(self.folder / "head.safetensors", wrong, create_head(wrong))


def start_alone(test: unittest.TestCase) -> None:
    """A group of this process alone, for one test."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    test.addCleanup(dist.destroy_process_group)


if __name__ == "__main__":
    unittest.main()
