from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from photoguard.detect.outline import cells_of, filled, finding, grown, parts, rings
from photoguard.photo import Kind

GRIDS = hnp.arrays(np.bool_, st.tuples(st.integers(8, 24), st.integers(8, 24)))


@given(GRIDS, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_an_outline_encloses_the_middle_of_every_marked_cell_that_has_neighbours(
    marked: np.ndarray, times: int
) -> None:
    # Thin lines may be smoothed away; what is marked is always grown by a cell first.
    size = marked.shape[1] * times, marked.shape[0] * times
    drawn = np.zeros(size[::-1], np.uint8)
    cv2.fillPoly(drawn, [np.array(ring, np.int32) for ring in rings(grown(marked, 1), size)], (1,))
    middles = drawn[times // 2 :: times, times // 2 :: times]
    assert (middles[marked] == 1).all()


def test_a_grid_that_is_marked_to_its_rim_reaches_the_photos_rim() -> None:
    found = finding(Kind.BACKGROUND, np.ones((8, 8), bool), 1.0, (1000, 700), "test")
    assert found.box == (0, 0, 1000, 700)


@given(GRIDS)
@settings(max_examples=40, deadline=None)
def test_parts_are_disjoint_and_together_the_whole(marked: np.ndarray) -> None:
    found = parts(marked)
    together = np.sum(found, axis=0) if found else np.zeros(marked.shape, int)
    assert (together == marked).all()


def test_small_holes_are_filled_and_large_ones_and_bays_are_not() -> None:
    marked = np.ones((20, 20), bool)
    marked[2:4, 2:4] = marked[8:14, 8:14] = marked[17:, 17:] = False
    whole = filled(marked, 10)
    assert whole[2, 2] and not whole[10, 10] and not whole[19, 19]


def test_a_box_touches_one_cell_at_least() -> None:
    rows, columns = cells_of((999, 0, 1000, 1), (1000, 700), (8, 8))
    assert (rows.start, rows.stop, columns.start, columns.stop) == (0, 1, 7, 8)
