"""Pictures and cards are tested by their data, their words and their structure, not by their pixels."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

import sessionlab as sl
from sessionlab.insight import cards
from sessionlab.insight.plots import Picture, Step, burn_down_data

VOID = {"img", "br"}


class Checker(HTMLParser):
    """Every element is closed, in order; text and attributes are collected."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text, self.labels = "", []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.labels += [value or "" for name, value in attrs if name in ("aria-label", "alt", "title")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    return checker


@pytest.fixture(scope="module")
def lab(each_entry_point: None) -> sl.Lab:
    return sl.Lab()


@pytest.fixture(scope="module")
def session(lab: sl.Lab) -> sl.Session:
    """1 ETH; three payments of 0.3 ETH, a fourth that is refused, and a last of 0.05 ETH."""
    session = lab.wallet().grant_permissions(
        [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.GasLimit(limit=3_000_000)],
        expiry_sec=lab.now + 3600,
        key=sl.new_key(1),
    )
    for amount in ("0.3", "0.3", "0.3", "0.3", "0.05"):
        session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(amount))])
    return session


def test_burn_down_has_a_step_for_each_operation_and_keeps_its_level_on_a_refusal(
    session: sl.Session,
) -> None:
    data = burn_down_data(session)
    tenth = sl.ether("0.1")
    assert data.limit == 10 * tenth
    assert data.steps == (
        Step(1, 7 * tenth, 3 * tenth, refused=False),
        Step(2, 4 * tenth, 3 * tenth, refused=False),
        Step(3, tenth, 3 * tenth, refused=False),
        Step(4, tenth, 3 * tenth, refused=True),
        Step(5, tenth // 2, tenth // 2, refused=False),
    )


def test_burn_down_of_another_allowance_by_name(session: sl.Session) -> None:
    data = burn_down_data(session, "gas-limit")
    assert (data.unit, data.limit) == ("gas", 3_000_000)
    assert len(data.steps) == 4
    assert data.steps[-1].remaining == session.allowances["gas-limit"].remaining


def test_burn_down_of_a_session_that_counts_nothing_says_so(lab: sl.Lab) -> None:
    root = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(2))
    with pytest.raises(KeyError, match="Nothing is counted"):
        root.plot()


def test_the_picture_tells_itself_in_words(session: sl.Session) -> None:
    picture = session.plot()
    words = "Burn-down of native-token-transfer: 1 ETH at first, 4 operations used some, 1 were refused, 0.05 ETH left."
    assert picture.alternative_text == words
    assert repr(picture) == f"<Picture: {words}>"
    assert read(picture._repr_html_()).labels == [words]


def test_the_axes_have_names_and_units_and_text_is_large_enough(session: sl.Session) -> None:
    (axes,) = session.plot().figure.axes
    assert axes.get_xlabel() == "operation"
    assert axes.get_ylabel() == "left of native-token-transfer (ETH)"
    texts = [axes.xaxis.label, axes.yaxis.label, *axes.get_xticklabels(), *axes.get_legend().get_texts()]
    assert min(text.get_fontsize() for text in texts) >= 10


def test_refusals_are_marked_by_a_sign_and_not_by_colour_alone(session: sl.Session) -> None:
    (axes,) = session.plot().figure.axes
    (marks,) = [line for line in axes.lines if line.get_marker() == "X"]
    assert list(marks.get_xdata()) == [4]
    assert list(marks.get_ydata()) == [0.3]
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"left", "asked, and refused"}


def test_figures_are_transparent_so_that_both_themes_show_through(session: sl.Session) -> None:
    figure = session.plot().figure
    assert figure.get_facecolor()[3] == 0
    assert figure.axes[0].get_facecolor()[3] == 0


def test_the_same_session_gives_the_same_bytes(session: sl.Session) -> None:
    assert session.plot()._repr_html_() == session.plot()._repr_html_()


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_picture_can_be_saved(session: sl.Session, tmp_path: object, ending: str) -> None:
    picture: Picture = session.plot()
    path = f"{tmp_path}/picture.{ending}"
    picture.save(path)
    with open(path, "rb") as file:  # noqa: PTH123 - a path as a user would give it
        assert file.read(5) in (b"<?xml", b"\x89PNG\r")


def test_the_session_card_shows_key_end_permissions_and_bars(session: sl.Session) -> None:
    page = read(session._repr_html_())
    assert session.key.address in page.labels  # the whole address stands in the title
    assert "send up to 1 ETH in total" in page.text
    assert "0.95 ETH of 1 ETH used, 0.05 ETH left" in page.text
    assert "UTC" in page.text


def test_the_card_of_a_refusal_shows_why_what_helps_and_the_code(lab: sl.Lab, session: sl.Session) -> None:
    outcome = session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(2))])
    for page in (read(outcome._repr_html_()), read(outcome.denial._repr_html_())):
        assert "✗ Refused in execution" in page.text
        for part in (outcome.denial.sentence, outcome.denial.fix, "ExceededNativeTokenLimit"):
            assert part in page.text


def test_the_card_of_a_success_shows_the_cost_with_units(lab: sl.Lab, session: sl.Session) -> None:
    outcome = session.send_calls([sl.Call(to=lab.merchant, value=1)])
    page = read(outcome._repr_html_())
    assert "✓ Done" in page.text
    assert re.search(r"[\d,]+ gas, 0\.\d+ ETH", page.text)


def test_the_history_card_has_a_line_for_each_entry(session: sl.Session) -> None:
    page = read(session.history._repr_html_())
    history = session.history
    assert page.text.count("UTC") == len(history)
    assert "✗ refused" in page.text
    assert "never sent" in page.text


def test_the_allowances_card_labels_its_bars(session: sl.Session) -> None:
    page = read(session.allowances._repr_html_())
    assert len(page.labels) == len(session.allowances) == 2
    assert all("left" in label for label in page.labels)


def test_the_allowances_card_without_allowances_says_so(lab: sl.Lab) -> None:
    root = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(3))
    assert "nothing is counted" in read(root.allowances._repr_html_()).text


def test_the_wallet_card_shows_owner_balance_and_sessions(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    assert "none yet" in read(wallet._repr_html_()).text
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(4))
    session.send_calls([sl.Call(to=lab.counter, function="increment()")])
    page = read(wallet._repr_html_())
    assert {wallet.address, wallet.owner.address, session.key.address} <= set(page.labels)
    assert "contract-access (installed)" in page.text
    assert " ETH" in page.text


def test_the_lab_card_names_rules_time_and_every_contract(lab: sl.Lab) -> None:
    page = read(lab._repr_html_())
    assert set(lab.addresses.values()) | {lab.recipient, lab.merchant} <= set(page.labels)
    assert "documented, seed 0" in page.text
    assert "UTC" in page.text


def test_text_from_contracts_cannot_become_html() -> None:
    evil = "<script>alert(1)</script>"
    denial = sl.Denial(evil, "execution", evil, evil, 0, 1, 0, "wei", evil, evil, (evil,))
    assert "<script" not in cards.denial_card(denial)
