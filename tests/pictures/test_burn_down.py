"""The burn-down: its steps, its words, and that it is readable in both themes and without colours."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

import sessionlab as sl
from sessionlab.core.base.html import RED
from sessionlab.study.pictures import burn_down
from sessionlab.study.pictures.burn_down import BurnDown, BurnStep
from sessionlab.study.pictures.svg import NARROW, WIDE
from tests.pictures.reading import read
from tests.project.repository import ROOT


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


def words_of(svg: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def drawn(picture: BurnDown, width: float = WIDE) -> list[str]:
    return words_of("".join(picture.draw(width).parts))


def test_each_step_is_labelled_where_it_happens(session: sl.Session) -> None:
    words = drawn(burn_down(session, "native-token-transfer"))
    assert words[:2] == ["ETH: native-token-transfer", "1 ETH at first, 4 used some, 1 refused, 0.05 ETH left"]
    steps = [f"−0.3 → {left} ETH left" for left in ("0.7", "0.4", "0.1")]
    assert {"1 ETH at first", *steps, "−0.05 → 0.05 ETH left"} <= set(words)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_refusal_is_a_red_bar_from_what_was_left_to_what_was_asked(session: sl.Session, width: float) -> None:
    picture = burn_down(session, "native-token-transfer")
    assert "✗ 0.2 ETH short" in " ".join(drawn(picture, width))
    way = re.findall(
        rf'<rect x="[^"]*" y="([^"]*)" width="4.0" height="([^"]*)" style="fill:{RED}"',
        "".join(picture.draw(width).parts),
    )
    ((top, high),) = way
    # The levels of the line: 1, 0.7, 0.4 and 0.1 ETH, so 0.3 ETH has the height of a step.
    (line,) = re.findall(r'<path d="(M0 [^"]*)" style="fill:none', "".join(picture.draw(width).parts))
    full, *levels = [float(y) for y in re.findall(r"(?:M0 |V)([\d.]+)", line)]
    step = levels[0] - full
    assert float(top) + float(high) == pytest.approx(levels[2], abs=0.2)
    assert float(high) == pytest.approx(step * 2 / 3, abs=0.2)


def test_what_a_batch_asked_in_all_is_what_it_fell_short_by(lab: sl.Lab) -> None:
    """25 LUSD, 10 used; of two times 10 in one operation, the second is 5 short."""
    granted = [sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(25, 6)), sl.GasLimit(limit=5_000_000)]
    session = lab.wallet().grant_permissions(granted, key=sl.new_key(8))
    pay = sl.Call(to=lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, sl.units(10, 6)])
    session.send_calls([pay])
    session.send_calls([pay, pay], preflight=False)
    dollars, gas = burn_down(session).burns
    assert [(s.operation, s.asked, s.refused) for s in dollars.steps] == [(1, 10**7, False), (2, 2 * 10**7, True)]
    assert [step.operation for step in gas.steps] == [1, 2]
    assert "✗ 5 LUSD short" in drawn(burn_down(session, lab.dollar))


def test_all_allowances_share_one_axis_of_operations(session: sl.Session) -> None:
    picture = burn_down(session)
    eth, gas = picture.burns
    assert [step.operation for step in eth.steps] == [1, 2, 3, 4, 5]
    assert [step.operation for step in gas.steps] == [1, 2, 3, 5]  # the fourth never used gas
    words = drawn(picture)
    assert [word for word in words if word in set("12345")] == list("12345")
    assert words.count("operations, in order") == 1
    assert ["gas: gas-limit" in words, "ETH: native-token-transfer" in words] == [True, True]


def test_labels_have_four_digits_and_titles_every_one(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(9))
    session.send_calls([sl.Call(to=lab.merchant, value=sl.ether("0.123456789"))])
    svg = "".join(burn_down(session).draw(WIDE).parts)
    assert "−0.1235 → 0.8765 ETH left" in words_of(svg)
    assert "<title>operation 1: 0.123456789 ETH used, 0.876543211 ETH left</title>" in svg


def test_what_far_more_than_the_limit_asks_ends_at_the_top(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(10))
    session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(900))])
    assert "✗ 899 ETH short" in drawn(burn_down(session))


def test_a_session_that_was_never_used_is_one_level(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(11))
    assert drawn(burn_down(session))[1:] == ["1 ETH at first, 1 ETH left", "1 ETH at first", "no operation yet"]


def test_the_readme_has_the_picture_of_the_first_lesson(lab: sl.Lab, tmp_path: Path) -> None:
    session = sl.Lab().wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
    for _ in range(4):
        session.send_calls([sl.Call(to=lab.merchant, value=sl.ether("0.3"))])
    session.plot().save(tmp_path / "burn-down.svg")
    shown = (ROOT / "notebooks/images/burn-down.svg").read_text(encoding="utf-8")
    assert shown == (tmp_path / "burn-down.svg").read_text(encoding="utf-8")


def test_the_same_session_gives_the_same_bytes(session: sl.Session) -> None:
    assert session.plot()._repr_html_() == session.plot()._repr_html_()


def test_a_saved_picture_is_sound_xml_with_its_words_and_colours_for_both_themes(
    session: sl.Session, tmp_path: object
) -> None:
    picture, path = session.plot(), f"{tmp_path}/picture.svg"
    picture.save(path)
    root = ElementTree.parse(path).getroot()
    assert root.get("aria-label") == picture.alternative_text
    (style,) = root.iter("{http://www.w3.org/2000/svg}style")
    assert style.text and "prefers-color-scheme:dark" in style.text
