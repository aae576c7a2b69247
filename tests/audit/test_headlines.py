"""The headlines and the card: never milder than the findings, in plain words, and short."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.core.base.html import GREEN
from sessionlab.study.audit import Collection, Entrusted
from sessionlab.study.audit.card import brief
from sessionlab.study.audit.findings import SEVERITIES
from sessionlab.study.audit.findings.table import ABOUT_GAS

from .conftest import COUNTER, STRANGER, TOKEN, VAULT, state
from .test_findings import EXAMPLES, Example

THINGS = "0x" + "17" * 20


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_headline_is_never_milder_than_a_finding(example: Example) -> None:
    from sessionlab.core.permissions import EXTENSIONS, extended, ruleset

    for rules in example.rules:
        audit = sl.audit(example.here, state(**example.state), extended(ruleset(rules), EXTENSIONS))
        order = list(SEVERITIES)
        worst = min((order.index(f.severity) for f in audit.findings if f.id not in ABOUT_GAS), default=len(order))
        assert order.index(audit.by_permissions.severity) <= worst
        if audit.by_permissions.severity != "info":
            assert f"border-left:4px solid {GREEN}" not in audit._repr_html_()


def test_what_no_loss_says_is_said_by_the_headline() -> None:
    everywhere = sl.FunctionsOnAllContracts(functions=["approve(address,uint256)"])
    validation = sl.AccountFunctions(functions=["0x19822f7c"])
    for permission, rules in ((everywhere, "documented"), (validation, "deployed")):
        audit = sl.audit([permission], state(tokens={}, balance=0, deposit=0), rules)
        assert audit.by_permissions.severity == "critical"
        assert "takes nothing" not in audit.verdict and "can take nothing" not in audit.verdict


def test_today_and_until_the_end_stand_side_by_side() -> None:
    audit = sl.audit([sl.NativeTokenTransfer(allowance=sl.ether("5.2"))], state(balance=sl.ether(1), deposit=0))
    assert audit.by_permissions.sentence == (
        "Anyone who steals this key can take up to 1 ETH today, 5.2 ETH until the session ends."
    )


def test_a_list_of_losses_is_grammatical() -> None:
    facts = state(
        collections={THINGS: Collection((7, 8))},
        entrusted=(Entrusted(TOKEN, STRANGER, 60 * 10**18, "TOK", 18),),
        elsewhere={VAULT: sl.ether(2)},
    )
    access = [sl.ContractAccess(address=address) for address in (THINGS, TOKEN, VAULT)]
    said = sl.audit(access, facts).by_permissions.sentence
    assert said == (
        "Anyone who steals this key can take the 2 ETH in 0xd4d4…D4d4, all 1,000 TOK, both collectibles (0x1717…1717), "
        "and the 60 TOK that 0xF6f6…f6f6 approved."
    )


def test_the_card_shows_four_digits_and_keeps_the_rest_in_the_title() -> None:
    assert brief("all 9.999816509 ETH") == "<span title='all 9.999816509 ETH'>all 10 ETH</span>"
    assert brief("0.000020438 ETH") == "<span title='0.000020438 ETH'>0.00002044 ETH</span>"
    assert brief("1.00001 ETH").endswith(">1.001 ETH</span>"), "never less than it is"
    assert brief("1,234.5678 LAB").endswith(">1,235 LAB</span>")
    assert brief("2,000,000 gas, 1.5 ETH") == "2,000,000 gas, 1.5 ETH"


def test_the_card_names_its_columns_and_its_assumptions() -> None:
    card = sl.audit([sl.ContractAccess(address=COUNTER)], state(), "deployed")._repr_html_()
    for words in ("today", "until the session ends", "ETH in total", "What this assumes and leaves out"):
        assert words in card
    assert "deposit in the EntryPoint" in card
