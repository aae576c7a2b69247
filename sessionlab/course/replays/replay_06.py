"""Replays of lesson 06."""

from __future__ import annotations

import sessionlab as sl


def rulesets_that_let_ether_go() -> int:
    """Under how many rulesets contract-access alone lets a payable function be called with 9 ETH."""
    passed = 0
    for rules in ("documented", "deployed"):
        lab = sl.Lab(seed=6, rules=rules)
        access = [sl.ContractAccess(address=lab.counter)]
        session = lab.wallet().grant_permissions(access, key=sl.new_key(seed=6))
        session.send_calls([sl.Call(lab.counter, sl.ether(9), function="deposit()")])
        passed += lab.balance(lab.counter) == sl.ether(9)
    return passed
