"""The cards that explain, audited, compared: drawn by a browser in light and in dark, and legible in both.

With ``SESSIONLAB_PICTURES=folder`` the PNG files are kept there, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.image import imread
from playwright.sync_api import Browser

import sessionlab as sl
from sessionlab.attacks.incidents import case_study
from sessionlab.attacks.levels import level
from sessionlab.study.recording import least_permissions
from tests.rendered.rendering import HEIGHT, NARROW, WIDTH, measured, page, render

Cards = Callable[[], list[str]]


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    return sl.Lab()


@pytest.fixture(scope="module")
def session(lab: sl.Lab) -> sl.Session:
    permissions = [
        sl.NativeTokenTransfer(allowance=sl.ether(1)),
        sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(5, 6)),
        sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]),
        sl.GasLimit(limit=1_500_000),
    ]
    return lab.wallet().grant_permissions(permissions, expiry_sec=lab.now + 3600, key=sl.new_key(1))


def explanations(lab: sl.Lab, session: sl.Session) -> list[str]:
    """A batch that is refused, one that passes, and a code of the EntryPoint with its causes."""
    pay = sl.Call(to=lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, sl.units(7, 6)])
    batch = [sl.Call(to=lab.merchant, value=sl.ether("0.3")), pay, sl.Call(to=lab.vault, function="deposit()")]
    poor = lab.wallet(balance=0).grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(2))
    unpaid = poor.send_calls([sl.Call(to=lab.counter, function="increment()")])
    assert unpaid.denial is not None
    found = [session.explain(batch), session.explain([sl.Call(to=lab.counter, function="increment()")]), unpaid.denial]
    return [card._repr_html_() for card in found]


def audits(lab: sl.Lab, session: sl.Session) -> list[str]:
    open_ended = [
        sl.ContractAccess(address=lab.token),
        sl.FunctionsOnAllContracts(functions=["approve(address,uint256)"]),
    ]
    wide = lab.wallet().grant_permissions(open_ended, key=sl.new_key(3))
    return [wide.audit()._repr_html_(), session.audit()._repr_html_()]


def comparisons(lab: sl.Lab, session: sl.Session) -> list[str]:
    for amount in ("0.3", "0.3", "0.6"):
        session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(amount))])
    recording = session.record()
    least = least_permissions(recording, rules="documented", margin=0.2)
    return [recording.under(rules="deployed")._repr_html_(), least._repr_html_()]


def incidents(lab: sl.Lab, session: sl.Session) -> list[str]:
    """The incident for which nothing is compiled, and a level."""
    return [case_study("stale-allowlist")._repr_html_(), level(4)._repr_html_()]


def tables(lab: sl.Lab, session: sl.Session) -> list[str]:
    """What a session has done, as tables; and the widgets as they stand on a page."""
    pay = [sl.Call(to=lab.merchant, value=sl.ether("0.6"))]
    refused = [session.send_calls(pay) for _ in range(2)][-1]
    widgets = [sl.widgets.gauge(session), sl.widgets.inspector(session, pay)]
    widgets.append(sl.widgets.playground(lab, permissions=session.permissions))
    found = [session.history, session.operations, session.allowances, session, refused, lab, lab.wallet()]
    return [*(card._repr_html_() for card in found), *(w._repr_mimebundle_()["text/html"] for w in widgets)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("cards", [explanations, audits, comparisons, incidents, tables])
def test_cards_are_legible_in_light_and_in_dark(
    browser: Browser, lab: sl.Lab, session: sl.Session, cards: Callable[..., list[str]], theme: str, tmp_path: Path
) -> None:
    moment = lab.snapshot()
    made = cards(lab, session)
    html = page(made, theme)
    lab.revert(moment)
    for width in (WIDTH, NARROW):
        section = page([f"<section id='cards'>{''.join(made)}</section>"], theme)
        assert measured(browser, section, width) == {"cards": []}
    folder = Path(os.environ.get("SESSIONLAB_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    picture = imread(str(render(browser, html, folder / f"{cards.__name__}-{theme}.png")))[:, :, :3]
    assert picture.shape[:2] == (HEIGHT, WIDTH)
    grey = picture.mean(axis=2)
    paper = grey[0, 0]
    assert paper > 0.95 if theme == "light" else paper < 0.15
    # The text stands out from the paper, and there is a page of it.
    ink = abs(grey - paper) > 0.5
    assert 0.01 < ink.mean() < 0.3
    # Nothing is cut off at the right: the margin stays free.
    assert not ink[:, -8:].any()
