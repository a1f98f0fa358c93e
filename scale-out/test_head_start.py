"""`python -m unittest discover scale-out`: where heads start, and what files keep of it."""

from __future__ import annotations

import math
import unittest
from types import SimpleNamespace

import numpy as np
import torch
from safetensors.torch import save_file

from checkpoints import HEAD_FORMAT, Place, load_head, resume, save_checkpoint, studio_arrays
from checksums import require_sound, with_checksums
from features import Batch, FeatureRows
from head_start import MAX_STATISTICS_PICTURES, fit_to_kept, fit_to_stream, starting_log
from heads import CompactHead, TfaceConvHead, create_head, floor_log_kappa, last_bias
from input_files import set_input
from run_file import RunError
from schedule import ScheduleState
from test_scale_out import ALONE, STUDIO, InAFolder, run_of


class Starts(unittest.TestCase):
    def test_a_head_starts_where_the_studio_starts_it(self) -> None:
        for start in STUDIO["starts"]:
            config = SimpleNamespace(objective=start["objective"], zDim=512)
            self.assertAlmostEqual(starting_log(start["cosTheta"], config), start["log"], places=9)
        head, config = CompactHead((7, 7, 4)), SimpleNamespace(objective="exact", zDim=512)
        rows, cosines = 5 + torch.randn(5000, 9), torch.rand(5000)
        places = np.arange(5000)
        kept = FeatureRows(rows, cosines.numpy(), places, places, 5000, 0 * places)
        fit_to_kept(head, kept, config, ALONE)
        chosen = [at * 5000 // MAX_STATISTICS_PICTURES for at in range(MAX_STATISTICS_PICTURES)]
        torch.testing.assert_close(head.input.mean, rows[chosen].mean(0))
        torch.testing.assert_close(head.input.variance, rows[chosen].var(0, unbiased=False))
        self.assertEqual(head.input.pictures, MAX_STATISTICS_PICTURES)
        wanted = starting_log(float(cosines[chosen].mean()), config)
        self.assertAlmostEqual(float(last_bias(head).detach()), wanted, places=4)

    def test_a_streams_first_pictures_standardise_the_input(self) -> None:
        for head in (CompactHead((7, 7, 4)), TfaceConvHead((7, 7, 4))):
            config = SimpleNamespace(objective="exact", zDim=512)
            rows, cosines = 3 + torch.randn(6000, *head.input_shape), torch.rand(6000)
            steps = 0
            for start in range(0, 6000, 1000):
                part = slice(start, start + 1000)
                batch = Batch(rows[part], cosines[part], 1000, 1000)
                if not fit_to_stream(head, batch, steps, config, ALONE):
                    break
                steps += 1
            self.assertEqual((steps, head.input.pictures), (5, 5000))
            over = (0, *range(2, rows.ndim))
            mean = rows[:5000].mean(over)
            torch.testing.assert_close(head.input.mean, mean, rtol=1e-4, atol=1e-5)
            variance = rows[:5000].var(over, unbiased=False)
            torch.testing.assert_close(head.input.variance, variance, rtol=1e-4, atol=1e-5)
            wanted = starting_log(float(cosines[:1000].mean()), config)
            self.assertAlmostEqual(float(last_bias(head).detach()), wanted, places=4)
        # One that went without at its first step stays without.
        plain = CompactHead((7, 7, 4))
        batch = Batch(torch.randn(8, 9), torch.rand(8), 8, 8)
        self.assertFalse(fit_to_stream(plain, batch, 1, config, ALONE))
        self.assertEqual(plain.input.pictures, 0)

    def test_a_head_comes_up_from_the_floor(self) -> None:
        x = torch.tensor([-60.0, 0.0, 7.0], requires_grad=True)
        log_kappa = floor_log_kappa(x)
        self.assertAlmostEqual(float(log_kappa[0].detach()), math.log(1e-6), places=4)
        log_kappa.sum().backward()
        self.assertEqual(x.grad.tolist(), [1, 1, 1])


class Files(InAFolder):
    def test_files_from_before_inputs_were_standardised_leave_them_as_they_are(self) -> None:
        run = run_of(self.folder, head="reference")
        old, head = create_head(run), create_head(run)
        head.input.join(torch.randn(4, *head.input_shape), ALONE)
        optimiser = torch.optim.Adam(head.parameters(), lr=0.1)
        save_checkpoint(self.folder, run, old, optimiser, Place(3, 41), ScheduleState(0.05))
        written = torch.load(self.folder / "ckpt_e3.pt", weights_only=True)
        self.assertNotIn("scf_studio_input", written)
        resume(self.folder / "ckpt_e3.pt", run, head, optimiser)
        self.assertEqual(head.input.pictures, 0)
        head.input.join(torch.randn(4, *head.input_shape), ALONE)
        arrays, shape = studio_arrays(old.state_dict(), run.conv_shape), run.conv_shape
        set_input(head, arrays, shape)
        self.assertEqual((head.input.pictures, head.input.scale.unique().tolist()), (0, [1]))
        with self.assertRaisesRegex(ValueError, "input.mean is missing"):
            set_input(head, {**arrays, "input.count": torch.ones(1)}, shape)

    def test_checksums_are_the_studios(self) -> None:
        case = STUDIO["checksums"]
        arrays = {name: torch.tensor(values) for name, values in case["arrays"].items()}
        self.assertEqual(with_checksums(arrays, case["metadata"]), case["summed"])
        require_sound(arrays, case["summed"], "it")
        require_sound(arrays, case["metadata"], "it")
        with self.assertRaisesRegex(RunError, "damaged: its arrays have"):
            require_sound({**arrays, "b": arrays["b"] + 1}, case["summed"], "it")
        with self.assertRaisesRegex(RunError, "damaged: its header has"):
            require_sound(arrays, {**case["summed"], "backbone": "b"}, "it")

    def test_a_trained_head_of_the_studio_is_opened_with_its_scores(self) -> None:
        run = run_of(self.folder)
        head, path = create_head(run), self.folder / "head.safetensors"
        arrays = studio_arrays(head.state_dict(), run.conv_shape)
        arrays["distribution.scf.genuine"] = torch.rand(5)
        metadata = {"format": HEAD_FORMAT, "backboneHash": run.backbone_hash, "step": "7"}
        save_file(arrays, path, with_checksums(arrays, metadata))
        self.assertEqual(load_head(path, run, head), 7)
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
        with self.assertRaisesRegex(RunError, "is damaged"):
            load_head(path, run, head)


if __name__ == "__main__":
    unittest.main()
