"""Long things are shown so that they can be read, quickly, and say where the rest is. Sizes and requests, not seconds:

``make bench`` measures those.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.study.listing import ENDS, folded
from sessionlab.study.text import aligned, folded_rows
from tests.travel.reachable import classes

from .long import BOUNDED, LONG, MANY, Wallet, history, life_of_many_operations, recording

MAKERS = {maker.__name__: maker for makers in LONG.values() for maker in makers}
MOST_BYTES = 300_000
#: A screen or two: a picture's text has a heading, both ends of a list or of a few lists, and what a card adds.
MOST_LINES, MOST_LETTERS = 200, 300


def test_everything_that_is_shown_is_tried_or_bounded() -> None:
    shown = {
        name
        for name, kinds in classes().items()
        if not name.startswith("_") and any("_repr_html_" in vars(kind) or is_picture(kind) for kind in kinds)
    }
    assert shown == {*LONG, *BOUNDED}
    assert not set(LONG) & set(BOUNDED)


def is_picture(kind: type) -> bool:
    return issubclass(kind, sl.pictures.Picture)


@pytest.mark.parametrize("name", MAKERS)
def test_it_is_small_and_says_how_much_more_there_is(name: str) -> None:
    thing = MAKERS[name]()
    html, text = thing._repr_html_(), thing.table() if name == "explanation" else repr(thing)
    assert len(html.encode()) <= MOST_BYTES
    assert text.count("\n") < MOST_LINES
    alternative = getattr(thing, "alternative_text", "")
    assert len(alternative) <= MOST_LETTERS * ENDS
    if name not in ("proposal", "burn_down", "blast_radius", "escalation", "Wallet", "results"):
        assert re.search(r"… [\d,]+ more.*, all in ", text)
    if name not in ("proposal", "burn_down"):
        assert re.search(r"… [\d,]+ more", html)


def test_no_list_is_folded_that_fits() -> None:
    for number in range(2 * ENDS + 2):
        assert folded(range(number), str, str, "x") == [str(n) for n in range(number)]
    assert len(folded(range(2 * ENDS + 2), str, str, "x")) == 2 * ENDS + 1


def test_what_is_hidden_is_counted_by_kind() -> None:
    text = repr(history())
    shown = Counter(line.split(": ")[1] for line in text.splitlines() if not line.startswith("…"))
    (more,) = (line for line in text.splitlines() if line.startswith("…"))
    every = Counter(entry.what for entry in history())
    for what in every:
        hidden = re.search(rf"([\d,]+) {what}", more)
        assert hidden is not None
        assert int(hidden[1].replace(",", "")) + shown[what] == every[what]
    assert more.startswith(f"… {MANY - 2 * ENDS:,} more (")


def test_only_what_is_shown_is_formatted() -> None:
    asked = []
    folded(range(MANY), lambda n: asked.append(n), lambda words: None, "x")
    assert asked == [*range(ENDS), *range(MANY - ENDS, MANY)]
    wallet = Wallet()
    wallet._repr_html_()
    assert wallet.asked == 2 * ENDS


def test_the_row_for_the_rest_widens_no_column() -> None:
    rows = folded_rows([("a", "b")] * 99, lambda row: row, "a place with a rather long name, as it happens")
    assert aligned(rows)[0] == "a  b"
    assert aligned([("only",), ("one column",)]) == ["only", "one column"]


def test_the_data_is_whole() -> None:
    assert len(history().to_csv().splitlines()) == MANY + 1 and len(history().to_json()) == MANY
    assert len(recording().to_json()["steps"]) == MANY
    again = recording().under(rules="deployed")
    assert len(again.to_csv().splitlines()) == MANY + 1
    assert len(life_of_many_operations().lives[0].moments) == MANY


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_a_wallet_is_read_once_for_all_its_sessions(rules: str) -> None:
    few, many = (requests_for(rules, number) for number in (2, 6))
    assert few["eth_getLogs"] == many["eth_getLogs"] == 2
    # Each bundle and each block once; and the time, once for each session.
    assert (few["eth_getTransactionByHash"], many["eth_getTransactionByHash"]) == (2, 6)
    assert many["eth_getBlockByNumber"] <= 6 + 6


def requests_for(rules: str, number: int) -> Counter[str]:
    """How often each method is asked for the lives of so many sessions with one operation each."""
    lab = sl.Lab(rules)
    wallet = lab.wallet()
    for n in range(number):
        session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(n))
        assert session.send_calls([sl.Call(to=lab.counter, function="increment()")]).ok
    return counted(lab, lambda: sl.pictures.key_lives(wallet.sessions()))


def counted(lab: sl.Lab, act: Callable[[], object]) -> Counter[str]:
    asked: Counter[str] = Counter()
    request = lab.provider.request

    def counting(method: str, params: Any = None) -> Any:
        asked[method] += 1
        return request(method, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(lab.provider), "request", lambda self, method, params=None: counting(method, params))
        act()
    return asked


def test_lives_of_several_wallets_and_labs_are_kept_apart() -> None:
    sessions = {}
    for number, lab in enumerate((sl.Lab(), sl.Lab())):  # the same seed: the same addresses on two chains
        for _ in range(2):
            wallet = lab.wallet()
            session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
            for _ in range(number + 1):
                session.send_calls([sl.Call(to=lab.counter, function="increment()")])
            sessions[f"{len(sessions)}"] = session
    picture = sl.pictures.key_lives(sessions)
    assert [sum(m.what == "done" for m in life.moments) for life in picture.lives] == [1, 1, 2, 2]
    for name, session in sessions.items():
        assert sl.pictures.key_lives({name: session}).lives == (picture.lives[int(name)],)
