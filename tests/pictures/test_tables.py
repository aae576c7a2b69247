"""Tables on a narrow page: rows become lists, and no number is left without the name of what it counts."""

from __future__ import annotations

import re

import sessionlab as sl
from sessionlab.experiments.means import Means
from sessionlab.study.tables import table_html


def narrow(html: str) -> str:
    """The words of the form for a narrow page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.split("class='sessionlab-narrow'>", 1)[1]))


def test_a_row_that_begins_with_a_number_keeps_its_head() -> None:
    lab = sl.Lab(seed=1)
    call = sl.Call(lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, 5])
    assert "byte 36" in narrow(sl.pictures.calldata(call)._repr_html_())


def test_means_name_both_parameters() -> None:
    said = narrow(Means("passed", "gas_limit", "share", {(5_000_000, 0): 5.0, (5_000_000, 0.5): 2.3})._repr_html_())
    assert "gas_limit 5,000,000 share 0 5 share 0.5 2.3" in said


def test_short_parts_follow_one_another() -> None:
    html = table_html(("lesson", "guesses", "state"), [("00", "1 of 1", "done")], tight=True)
    assert narrow(html).strip() == "00 guesses 1 of 1 state done"
    assert "flex-wrap:wrap" in html
