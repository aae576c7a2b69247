"""A wallet's state is made up by people: what no wallet can have is refused by the name of its field."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.study.audit.state import Approval, Holding

A, B = "0x" + "11" * 20, "0x" + "22" * 20
TYPO = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"[:-1] + "D"
WRONG: dict[str, list[Any]] = {
    "address": [None, "", 5, "0x12", TYPO],
    "balance": [-1, -(10**18), 1.5e18, True, None, "1", 2**256],
    "deposit": [-1, 0.5, None],
    "stake": [-1, "x"],
    "now": [-1, 1.5, None],
    "expiry": [-1, 1.5, "soon"],
    "gas_price": [-1, None, 1.5],
    "installed": [1, None],
    "revoked": ["no"],
    "tokens": [5, None, [A], {A: 5}, {"x": Holding(1, "T", 0)}, {A: Holding(-1, "T", 0)}, {A: Holding(1, "T", 256)}],
    "collections": [5, {A: 7}],
    "approvals": [5, [7], [Approval(A, "x", 1)], [Approval(A, B, -1)]],
    "entrusted": [5, "ab"],
    "elsewhere": [5, {A: -1}, {"x": 1}],
    "left": [5],
    "others": [5, [1]],
    "key_wallets": [5],
    "names": [5],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_value_that_no_wallet_can_have_is_refused_by_its_name(field: str) -> None:
    for value in WRONG[field]:
        with pytest.raises(sl.InvalidInput) as error:
            sl.WalletState(**{"address": A, field: value})
        assert (error.value.field or "").startswith(field), (value, error.value)
        assert error.value.fix, value


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_a_right_state_is_audited(rules: str) -> None:
    state = sl.WalletState(address=A, balance=5, tokens={B: Holding(7, "T", 0)}, approvals=(Approval(B, A, 1),))
    assert sl.audit([sl.ContractAccess(address=B)], state, rules)
