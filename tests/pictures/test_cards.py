"""Cards are tested by their words and their structure."""

from __future__ import annotations

import re

import sessionlab as sl
from tests.pictures.reading import read


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
    assert page.text.count("UTC") == 2 * len(history)  # in the table, and in the list for narrow pages
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
    assert "contract-access (live)" in page.text
    assert " ETH" in page.text


def test_the_lab_card_names_rules_time_and_every_contract(lab: sl.Lab) -> None:
    page = read(lab._repr_html_())
    assert set(lab.addresses.values()) | {lab.recipient, lab.merchant} <= set(page.labels)
    assert "documented, seed 0" in page.text
    assert "UTC" in page.text


def test_text_from_contracts_cannot_become_html() -> None:
    evil = "<script>alert(1)</script>"
    denial = sl.Denial(evil, "execution", evil, evil, 0, 1, 0, "wei", evil, evil, (evil,))
    assert "<script" not in denial._card()
