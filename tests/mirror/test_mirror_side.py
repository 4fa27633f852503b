from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoguard.mirror.side import Side, declared


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("left knee.jpg", "left"),
        ("KneeRight_before.JPG", "right"),
        ("main gauche.jpg", "left"),
        ("Épaule_Droite.jpg", "right"),
        ("knie-links-1.heic", "left"),
        ("Rechter Fuß.png", "right"),
        ("mano_sinistra.jpg", "left"),
        ("piede destro dopo.jpg", "right"),
        ("Hand L.jpg", "left"),
        ("hand_r_2.jpg", "right"),
        ("Knie li.jpg", "left"),
        ("Knie re vorher.jpg", "right"),
        ("ginocchio dx.jpg", "right"),
        ("left/IMG_1.jpg", "left"),
        ("left/right hand.jpg", "right"),
        ("cleft lip.jpg", None),
        ("bright.jpg", None),
        ("L2 scar.jpg", None),
        ("left and right.jpg", None),
        ("IMG_2041.jpg", None),
        ("", None),
    ],
)
def test_a_file_name_tells_the_side_in_four_languages(name: str, side: str | None) -> None:
    assert declared(name) == side


@pytest.mark.parametrize(
    ("name", "manifest", "side"),
    [
        ("IMG_1.jpg", "left", Side.LEFT),
        ("knee left.jpg", "left", Side.LEFT),
        ("knee left.jpg", "right", None),
        ("knee left.jpg", "both", None),
        ("IMG_1.jpg", "sideways", None),
    ],
)
def test_a_manifest_counts_unless_the_name_contradicts_it(
    name: str, manifest: str, side: Side | None
) -> None:
    assert declared(name, manifest) is side


@given(st.text(max_size=40), st.one_of(st.none(), st.text(max_size=8)))
def test_any_name_is_answered(name: str, manifest: str | None) -> None:
    assert declared(name, manifest) in {None, Side.LEFT, Side.RIGHT}
