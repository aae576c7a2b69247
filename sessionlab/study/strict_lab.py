"""A lab whose bundler keeps to ERC-7562, if it is to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.evm.chain import GWEI, START
from sessionlab.core.lab.lab import BaseLab
from sessionlab.node.bundler.debug_methods import DEBUG_METHODS
from sessionlab.node.bundler.pool_bundler import PoolBundler
from sessionlab.node.bundler.pool_methods import POOL_METHODS, or_pending
from sessionlab.node.bundler.settings import BUNDLERS, ORDINARY, STRICT

if TYPE_CHECKING:
    from sessionlab.core.deployments import Accounts
    from sessionlab.core.permissions.rulesets import Ruleset

STATUS = "wallet_getCallsStatus"


class BaseStrictLab(BaseLab):
    """A lab with an ordinary or a strict bundler."""

    _bundler_type = PoolBundler
    if TYPE_CHECKING:
        bundler: PoolBundler

    def __init__(
        self,
        rules: str | Ruleset = "documented",
        seed: int = 0,
        *,
        extensions: Iterable[str] = (),
        entry_point: Accounts | None = None,
        base_fee: int = GWEI,
        time: int | str = START,
        bundler: str = ORDINARY,
    ) -> None:
        kind = read_bundler(bundler)
        super().__init__(rules, seed, extensions=extensions, entry_point=entry_point, base_fee=base_fee, time=time)
        if kind == STRICT:
            self._be_strict()

    def _be_strict(self) -> None:
        """Let its bundler keep to ERC-7562, and answer the methods of its mempool."""
        self.bundler.be_strict()
        status = or_pending(self.api.methods[STATUS])
        vars(self.api)["methods"] = {**self.api.methods, **POOL_METHODS, **DEBUG_METHODS, STATUS: status}


def read_bundler(value: Any) -> str:
    """Return which bundler is asked for. Raises InvalidInput for any other."""
    if value not in BUNDLERS:
        asked = str(value)[:80]
        message, fix = f"There is no bundler {asked!r}.", f"use {' or '.join(map(repr, BUNDLERS))}."
        raise InvalidInput(message, field="bundler", asked=asked, left=", ".join(BUNDLERS), fix=fix)
    return str(value)
