from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photoguard.batch import manifest
from photoguard.errors import UsageError


def read(tmp_path: Path, text: str, encoding: str = "utf-8") -> tuple[manifest.Line, ...]:
    file = tmp_path / "manifest.csv"
    file.write_bytes(text.encode(encoding))
    return manifest.read(file)


def test_a_line_tells_patient_pair_role_side_time_and_keep_areas(tmp_path: Path) -> None:
    (line,) = read(
        tmp_path,
        "file,patient,pair,role,side,taken_at,keep\na.jpg,00123,P1,before,left,2026-11-01T10:00,10 20 30 40;1 2 3 4\n",
    )
    assert (line.patient, line.pair, line.role, line.side) == ("00123", "P1", "before", "left")
    assert line.keep == ((10, 20, 30, 40), (1, 2, 3, 4))
    assert line.problem is None


def test_a_table_from_excel_on_windows_is_read(tmp_path: Path) -> None:
    (line,) = read(tmp_path, "file;patient\r\nM\u00fcller.jpg;7\r\n", "cp1252")
    assert (line.file, line.patient) == ("M\u00fcller.jpg", "7")


@pytest.mark.parametrize("header", ["file,colour", "name,patient", "patient"])
def test_an_unknown_or_missing_column_refuses_the_manifest(tmp_path: Path, header: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(tmp_path, header + "\na,b\n")
    assert refused.value.code == "MANIFEST_COLUMN"


def test_a_file_named_twice_is_a_problem_and_no_line_of_it_holds(tmp_path: Path) -> None:
    (line,) = read(tmp_path, "file,patient\na.jpg,1\na.jpg,2\n")
    assert line.problem == "MANIFEST_DUPLICATE"
    assert line.patient is None


@pytest.mark.parametrize(
    "cells",
    ["a.jpg,,P1,,,,", "a.jpg,,,before,,,", "a.jpg,,P1,during,,,", "a.jpg,,,,up,,", "a.jpg,,,,,soon,",
     "a.jpg,,,,,,1 2 3", "a.jpg,,,,,,9 9 1 1", "a.jpg,,,,,,,too,many"],
)  # fmt: skip
def test_a_line_that_can_not_be_understood_is_a_problem(tmp_path: Path, cells: str) -> None:
    (line,) = read(tmp_path, "file,patient,pair,role,side,taken_at,keep\n" + cells + "\n")
    assert line.problem == "MANIFEST_LINE"


@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_code(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.mktemp("m") / "m.csv"
    file.write_bytes(data)
    try:
        manifest.read(file)
    except UsageError as refused:
        assert refused.code in {"MANIFEST_UNREADABLE", "MANIFEST_COLUMN"}
