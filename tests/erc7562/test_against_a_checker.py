"""Random validation programs: the bundler finds exactly what a second checker reads from a full opcode trace."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.amounts import ether
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from sessionlab.core.evm.execution import simulate
from sessionlab.node.bundler.rules import RuleViolation
from sessionlab.node.bundler.validation import STOPPER, Validation
from tests.conftest import OURS
from tests.erc7562.checker import Found, Operation, check
from tests.erc7562.drawn import Draw
from tests.erc7562.opcode_log import logged
from tests.erc7562.yard import Yard


def found_by_checker(yard: Yard, operation: UserOperation, done: Validation) -> set[Found]:
    state = yard.chain.engine.pending_state()
    log = logged(state)
    data = handle_ops([operation, STOPPER], "0x" + "00" * 20)
    run = simulate(state, sender=bytes(20), to=address_bytes(ENTRY_POINT), data=data, value=0, gas=state.gas_limit)
    assert run.output.endswith(b"\0") or done.rejection is None or run.output
    staked = frozenset(role for role in done.stakes if _staked(yard, done.entities[role]))
    raw = {role: address_bytes(who) for role, who in done.entities.items()}
    read = Operation(raw["account"], raw.get("factory"), raw.get("paymaster"), staked)
    return set(check(log, read))


def _staked(yard: Yard, who: str) -> bool:
    """By the EntryPoint's own answer: ``deposits(address)`` is (deposit, staked, stake, delay, time)."""
    answer = yard.chain.call(ENTRY_POINT, bytes.fromhex("fc7e286d") + bytes(12) + address_bytes(who)).output
    _, locked, stake, delay, _ = (int.from_bytes(answer[at : at + 32], "big") for at in range(0, 160, 32))
    return locked == 1 and stake >= ether(1) and delay >= 86_400


def as_found(violation: RuleViolation) -> Found:
    place = violation.place
    code = None if place is None else address_bytes(place.contract)
    return Found(violation.rule, violation.entity, violation.opcode, violation.slot, code)


def test_the_bundler_finds_what_the_checker_finds(request: pytest.FixtureRequest) -> None:
    count: int = request.config.getoption("--validations")
    yard = Yard(OURS)
    rules: Counter[str] = Counter()
    for seed in range(count):
        yard.reset()
        operation = Draw(yard, random.Random(seed)).operation()
        done = yard.validate(operation)
        ours = set(map(as_found, done.violations))
        theirs = found_by_checker(yard, operation, done)
        assert ours == theirs, (seed, ours - theirs, theirs - ours)
        rules.update({one.rule for one in ours} or {"none"})
    assert rules["none"] >= count // 40, rules
    if count >= 500:  # each rule is met, so agreement says something about it
        assert len(rules) >= 18, rules
    print(rules)
