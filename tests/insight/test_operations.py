"""The table of a session's operations, held against the chain: receipts, and allowances at each block."""

from __future__ import annotations

from io import StringIO

import pandas
import pytest

import sessionlab as sl
from sessionlab.study.allowances import read_allowances

TRANSFER = "transfer(address,uint256)"


def worked(rules: str) -> tuple[sl.Lab, sl.Session, list[sl.Outcome]]:
    """A session with two tokens: accepted, refused in every way, failed on the chain, sponsored, then revoked."""
    lab = sl.Lab(rules)
    price = 1 if lab.rules.gas_limit_counts_gas else lab.chain.base_fee
    wallet = lab.wallet()
    permissions = [
        sl.NativeTokenTransfer(allowance=sl.ether(1)),
        sl.Erc20TokenTransfer(address="dollar", allowance=50),
        sl.Erc20TokenTransfer(address="token", allowance=70),
        sl.ContractAccess(address="merchant"),
        sl.GasLimit(limit=9_000_000 * price),
    ]
    session = wallet.grant_permissions(permissions, expires_in=3_600, key=sl.new_key(1))
    sent = [
        session.send_calls([sl.Call("merchant", 7), sl.Call("dollar", function=TRANSFER, args=[lab.merchant, 20])]),
        session.send_calls([sl.Call("merchant", sl.ether(2))]),
        session.send_calls([sl.Call("merchant", sl.ether(2))], preflight=False),
        session.send_calls([sl.Call("token", function=TRANSFER, args=[lab.merchant, 30])], policy_id=lab.policy_id),
        session.send_calls([sl.Call("counter", function="increment()")]),
        session.send_calls([sl.Call("dollar", function=TRANSFER, args=[lab.merchant, 30])]),
    ]
    wallet.revoke(session)
    return lab, session, [*sent, session.send_calls([sl.Call("merchant", 1)])]


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_each_operation_is_there_with_what_the_chain_says_of_it(rules: str) -> None:
    lab, session, sent = worked(rules)
    table = session.operations
    assert [(item.ok, item.phase, item.block, item.tx_hash, item.gas, item.cost) for item in table] == [
        (outcome.ok, outcome.phase, outcome.block, outcome.tx_hash, outcome.gas, outcome.gas_cost) for outcome in sent
    ]
    assert [item.code for item in table] == [outcome.denial and outcome.denial.code for outcome in sent]
    assert [item.sponsored for item in table] == [False, False, False, True, False, False, False]
    assert len({item.ok for item in table}) == 2 and {item.block is None for item in table} == {True, False}
    for item in table:
        if item.block is not None:
            assert item.time == lab.chain.block(item.block).timestamp
            at_block = read_allowances(session._reader.at(item.block))
            assert [(a.limit, a.remaining) for a in item.left] == [(a.limit, a.remaining) for a in at_block]
    first, last = table[0].left, table[-1].left
    assert (first["dollar"].remaining, first["LUSD"].used, first["token"].remaining) == (30, 20, 70)
    assert {item.remaining for item in last} == {0} and all(item.revoked for item in last)
    assert table[0].calls[0].startswith("7 wei to merchant") and "transfer(merchant, 0.00002 LUSD)" in table[0].calls[1]


def test_a_table_is_exported_whole_and_exact() -> None:
    _, session, sent = worked("documented")
    table = session.operations
    frame, read = table.to_frame(), pandas.read_csv(StringIO(table.to_csv()), dtype=str, keep_default_na=False)
    assert list(frame.columns) == list(read.columns)
    assert frame["left of native-token-transfer"].tolist() == [item.left[0].remaining for item in table]
    assert frame["cost"].sum() == sum(outcome.gas_cost for outcome in sent)
    assert frame["block"].dropna().tolist() == [item.block for item in table if item.block is not None]
    assert "left of erc20-token-transfer of dollar" in frame.columns
    assert [int(wei) for wei in read["left of native-token-transfer"]] == frame[
        "left of native-token-transfer"
    ].tolist()
    assert table.to_json()[0]["left"][0]["remaining"] == str(sl.ether(1) - 7)


def test_people_see_a_line_for_each_and_long_tables_folded() -> None:
    _, session, _ = worked("documented")
    lines = repr(session.operations).splitlines()
    assert len(lines) == 1 + len(session.operations)
    assert "never sent" in lines[2] and "✗ refused ExceededNativeTokenLimit" in lines[2] and "nobody paid" in lines[2]
    assert "◐ failed ExceededNativeTokenLimit" in lines[3] and "0.00004 LUSD" not in lines[0]
    html = session.operations._repr_html_()
    assert html.count("<tr") == len(lines) and "merchant" in html
    lab = sl.Lab()
    busy = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=9)], key=sl.new_key(1))
    assert repr(busy.operations) == "<Operations: none yet>" and busy.operations.to_frame().empty
    for _ in range(30):
        busy.send_calls([sl.Call("merchant", 10)])
    assert "… 10 more" in repr(busy.operations) and len(busy.operations.to_csv().splitlines()) == 31


def test_allowances_are_told_apart_by_token_and_a_wrong_name_says_what_there_is() -> None:
    lab, session, _ = worked("documented")
    limits = session.allowances
    assert limits["native-token-transfer"].limit == sl.ether(1)
    for name in ("dollar", "LUSD", lab.dollar, lab.dollar.lower()):
        assert limits[name].limit == 50
    assert limits[1:3] == (limits["dollar"], limits["token"])
    with pytest.raises(sl.InvalidInput, match=r"2 allowances of 'erc20-token-transfer'.*name one: 'dollar' or 'token'"):
        limits["erc20-token-transfer"]
    with pytest.raises(sl.NotFound, match=r"no allowance 'contract-access'.*use one of 'native-token-") as no:
        limits["contract-access"]
    assert no.value.field == "allowance" and "gas-limit" in no.value.left
