"""The attacks on the mempool are attacks: each gains something from a bundler that takes whatever it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from sessionlab.attacks import mempool
from sessionlab.attacks.attack import Attack, attacks, judge
from sessionlab.attacks.attack_lab import BUNDLER, AttackLab, fresh_attack_lab
from sessionlab.core.erc4337.bundler import BundleReverted, MinedOperation
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.permissions.rulesets import DOCUMENTED
from sessionlab.node.bundler.pool_bundler import PoolBundler

ON_THE_MEMPOOL = [one for one in attacks() if one.group == "mempool"]


class Unsafe(PoolBundler):
    """A bundler that validates nothing, and sends one bundle of all that waits."""

    def take(self, operation: UserOperation, *more: Any) -> Any:
        self.add([operation])

    def bundle_now(self) -> list[MinedOperation]:
        try:
            return self._mine_bundle(self.waiting)
        except BundleReverted:
            return []


@pytest.mark.parametrize("one", ON_THE_MEMPOOL, ids=lambda one: one.name)
def test_an_unsafe_mempool_falls_for_it(one: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsafe(lab: AttackLab) -> PoolBundler:
        bundler = Unsafe(lab.chain, BUNDLER)
        bundler.set_manual(True)
        return bundler

    monkeypatch.setattr(mempool, "strict_bundler", unsafe)
    verdict = judge(one, fresh_attack_lab(one.under(DOCUMENTED)))
    assert any(character.isdigit() for character in verdict.taken)


@pytest.mark.parametrize("one", ON_THE_MEMPOOL, ids=lambda one: one.name)
def test_a_strict_one_names_the_rule(one: Attack) -> None:
    verdict = judge(one, fresh_attack_lab(one.under(DOCUMENTED)))
    assert (verdict.refused, verdict.phase) == (True, "validation")
    assert one.source == f"ERC-7562, {verdict.by}" or one.name == "replaced-for-nothing"
