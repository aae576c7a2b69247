"""The burn-down: its steps, its words, and that it is readable in both themes and without colours."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.study.pictures import burn_down
from sessionlab.study.pictures.burn_down import BurnStep
from tests.pictures.reading import read


def test_burn_down_has_a_step_for_each_operation_and_keeps_its_level_on_a_refusal(
    session: sl.Session,
) -> None:
    (data,) = burn_down(session, "native-token-transfer").burns
    tenth = sl.ether("0.1")
    assert data.limit == 10 * tenth
    assert data.steps == (
        BurnStep(1, 7 * tenth, 3 * tenth, refused=False),
        BurnStep(2, 4 * tenth, 3 * tenth, refused=False),
        BurnStep(3, tenth, 3 * tenth, refused=False),
        BurnStep(4, tenth, 3 * tenth, refused=True),
        BurnStep(5, tenth // 2, tenth // 2, refused=False),
    )


def test_burn_down_of_another_allowance_by_name(session: sl.Session) -> None:
    (data,) = burn_down(session, "gas-limit").burns
    assert (data.unit, data.limit) == ("gas", 3_000_000)
    assert len(data.steps) == 4
    assert data.steps[-1].remaining == session.allowances["gas-limit"].remaining


def test_burn_down_of_a_session_that_counts_nothing_says_so(lab: sl.Lab) -> None:
    root = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(2))
    with pytest.raises(sl.NotFound, match="Nothing is counted"):
        burn_down(root)


def test_the_picture_tells_itself_in_words(session: sl.Session) -> None:
    picture = burn_down(session, "native-token-transfer")
    words = "Burn-down of native-token-transfer: 1 ETH at first, 4 operations used some, 1 was refused, 0.05 ETH left."
    assert picture.alternative_text == words
    assert repr(picture).splitlines()[0] == words
    assert repr(picture).splitlines()[6].split() == ["4", "0.3", "ETH", "✗", "refused", "0.1", "ETH"]
    assert words in read(picture._repr_html_()).labels


def test_every_allowance_gets_its_own_panel_with_its_unit(session: sl.Session) -> None:
    eth, gas = burn_down(session).figure.axes
    assert [axes.get_xlabel() for axes in (eth, gas)] == ["operation", "operation"]
    assert [axes.get_ylabel() for axes in (eth, gas)] == ["left (ETH)", "left (thousand gas)"]
    titles = [axes.get_legend().get_title().get_text() for axes in (eth, gas)]
    assert titles == ["native-token-transfer", "gas-limit"]


def test_refusals_are_marked_by_a_sign_and_not_by_colour_alone(session: sl.Session) -> None:
    (axes,) = burn_down(session, "native-token-transfer").figure.axes
    (marks,) = [line for line in axes.lines if line.get_marker() == "X"]
    assert list(marks.get_xdata()) == [4]
    assert list(marks.get_ydata()) == [0.3]
    said = {text.get_text() for text in axes.get_legend().get_texts()}
    assert said == {"left: 0.05 ETH at the end", "asked, refused"}


def test_the_same_session_gives_the_same_bytes(session: sl.Session) -> None:
    assert session.plot()._repr_html_() == session.plot()._repr_html_()


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_picture_can_be_saved(session: sl.Session, tmp_path: object, ending: str) -> None:
    picture = session.plot()
    path = f"{tmp_path}/picture.{ending}"
    picture.save(path)
    with open(path, "rb") as file:  # noqa: PTH123 - a path as a user would give it
        assert file.read(5) in (b"<?xml", b"\x89PNG\r")
