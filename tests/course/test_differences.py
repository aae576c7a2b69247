"""The cases of the lesson on both rulesets: each difference has one, and it is that difference which decides it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, FLAGS
from sessionlab.course.cases import Difference, under_both_rules
from sessionlab.course.differences import DIFFERENCES, FACTS
from sessionlab.course.lesson import lesson
from sessionlab.study.pictures import side_by_side

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = {flag.number: flag.name for flag in FLAGS}
FLAGGED = [case for case in (*DIFFERENCES, *FACTS) if case.flag]


def test_every_flag_has_a_case() -> None:
    assert list(dict.fromkeys(case.flag for case in DIFFERENCES)) == [flag.number for flag in FLAGS]


def test_every_difference_differs_and_no_other_fact_does() -> None:
    picture = side_by_side(under_both_rules((*DIFFERENCES, *FACTS)))
    cases = (*DIFFERENCES, *FACTS)
    assert len(picture.rows) == len(cases)
    assert [row.differs for row in picture.rows] == [bool(case.flag) for case in cases]


@pytest.mark.parametrize("case", FLAGGED, ids=lambda case: f"{case.flag}-{case.what[:20]}")
def test_a_case_is_decided_by_its_own_flag_alone(case: Difference) -> None:
    name = f"documented without {case.flag}"
    without = case.run(replace(DOCUMENTED, name=name, **{NAMES[case.flag]: False}))
    assert without == case.run(DEPLOYED)
    assert without != case.run(DOCUMENTED)


@pytest.mark.parametrize(("number", "cases"), [("12", "FACTS"), ("13", "DIFFERENCES")])
def test_a_notebook_runs_all_of_them(number: str, cases: str) -> None:
    source = (NOTEBOOKS / lesson(number).notebook).read_text()
    assert f"side_by_side(course.under_both_rules(course.{cases})" in source
