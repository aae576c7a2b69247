"""The cheat sheet: its examples are what they say, and it prints on one page of A4."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import sessionlab as sl
from sessionlab import course
from sessionlab.core.permissions.json_codec import read_permissions
from sessionlab.course.type_sheet import ROWS, SheetRow
from tests.server.browsing import chromium

EACH = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.permission.type)


@EACH
def test_typescript_and_python_say_the_same(row: SheetRow) -> None:
    assert eval(row.python, {"sl": sl}) == row.permission
    as_json = re.sub(r"(\w+):(?= )", r'"\1":', row.typescript)
    assert list(read_permissions([json.loads(as_json)])) == [row.permission]


def test_the_eight_types_are_on_it_once_each() -> None:
    types = {sl.NativeTokenTransfer, sl.Erc20TokenTransfer, sl.GasLimit, sl.ContractAccess, sl.AccountFunctions,
             sl.FunctionsOnAllContracts, sl.FunctionsOnContract, sl.Root}  # fmt: skip
    assert len(ROWS) == 8
    assert {type(row.permission) for row in ROWS} == types


def test_it_prints_on_exactly_one_page_of_a4_with_nothing_cut(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"
    course.cheat_sheet().save(sheet)
    with chromium() as browser:
        page = browser.new_page()
        page.goto(sheet.as_uri())
        pdf = page.pdf(prefer_css_page_size=True)
        (tmp_path / "sheet.pdf").write_bytes(pdf)
        page.set_viewport_size({"width": 1055, "height": 726})  # A4 on its long side within 9 mm, at 96 dpi
        assert page.evaluate("document.documentElement.scrollWidth") <= 1055
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    assert box is not None
    assert [round(float(side)) for side in box.groups()] == [842, 595]  # points: 297 × 210 mm
