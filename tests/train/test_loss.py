"""What the body net is taught by."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

TATTOO = 2


def _losses(logits, labels):
    from models.train.loss import losses

    return losses(logits, labels)


def test_a_right_answer_costs_next_to_nothing_and_a_wrong_one_much() -> None:
    labels = torch.zeros(2, 4, 32, 32, dtype=torch.uint8)
    labels[:, :, :, :16] = 1
    right = torch.where(labels[:, :, ::4, ::4] == 1, 20.0, -20.0)
    assert _losses(right, labels).max() < 0.1
    assert _losses(-right, labels).min() > 5


def test_what_is_to_be_ignored_has_no_say() -> None:
    labels = torch.zeros(1, 4, 32, 32, dtype=torch.uint8)
    labels[..., 16:] = 255
    logits = torch.full((1, 4, 8, 8), -2.0)
    other = logits.clone()
    other[..., 4:] = 9.0
    assert torch.allclose(_losses(logits, labels), _losses(other, labels))


def test_a_false_spot_costs_more_in_a_picture_without_a_tattoo() -> None:
    without = torch.zeros(1, 4, 64, 64, dtype=torch.uint8)
    having = without.clone()
    having[:, TATTOO, :4, :4] = 1
    logits = torch.full((1, 4, 16, 16), -8.0)
    right = _losses(logits, without)[TATTOO], _losses(logits, having)[TATTOO]
    logits[:, TATTOO, 9, 9] = 6.0
    wrong = _losses(logits, without)[TATTOO], _losses(logits, having)[TATTOO]
    assert wrong[0] - right[0] > 2 * (wrong[1] - right[1])


def test_a_small_tattoo_that_is_missed_costs_much_beside_a_large_one_that_is_found() -> None:
    labels = torch.zeros(2, 4, 64, 64, dtype=torch.uint8)
    labels[0, TATTOO, :, :48] = 1
    labels[1, TATTOO, :8, :8] = 1
    found = torch.where(labels[:, :, ::4, ::4] == 1, 8.0, -8.0)
    missed = found.clone()
    missed[1, TATTOO] = -8.0
    assert _losses(missed, labels)[TATTOO] - _losses(found, labels)[TATTOO] > 0.5
