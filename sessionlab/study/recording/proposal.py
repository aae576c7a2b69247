"""A permission set derived from a recorded run, with the reason for each part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import format_units
from sessionlab.core.base.doors import maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.keys import KEY, Key
from sessionlab.core.client.wallet_api_client import send_request
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.json_codec import permissions_to_json
from sessionlab.core.permissions.limits import gas_unit
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import GasLimit, Permission
from sessionlab.study.doors import WALLET
from sessionlab.study.recording.comparison import Comparison
from sessionlab.study.recording.minimality import Need, UsedLimit
from sessionlab.study.recording.recording import Recording

if TYPE_CHECKING:
    from datetime import datetime

    from sessionlab.core.client.smart_wallet import BaseClient


@dataclass(frozen=True)
class Proposal:
    """The least permission set for a recorded run. ``grant`` makes a session of it that lasts ``seconds`` from then."""

    recording: Recording
    rules: Ruleset
    #: How far each limit exceeds the amount used; 1/5 is 20 %.
    margin: Fraction
    #: How far gas-limit exceeds that again.
    gas_margin: Fraction
    permissions: tuple[Permission, ...]
    #: How long the session lasts.
    seconds: int
    #: Used, margin and limit of each permission that has a limit.
    limits: tuple[UsedLimit, ...]
    #: What is refused without each part, in the order of the parts, with the expiry last.
    needs: tuple[Need, ...]
    #: What to know before granting it.
    notes: tuple[str, ...]

    @property
    def expiry_sec(self) -> int:
        """When a session that began with the run would end, in Unix seconds. To make one now, use ``grant``."""
        return self.recording.steps[0].time + self.seconds

    @reads(wallet=WALLET, key=maybe(KEY))
    def grant(
        self,
        wallet: BaseClient,
        *,
        expiry_sec: int | datetime | None = None,
        expires_in: int | None = None,
        key: Key | None = None,
    ) -> Any:
        """Grant the proposal to a key on a wallet, from now on, and return the session. Without a key, makes one.

        The session lasts ``seconds``, unless ``expiry_sec`` or ``expires_in`` says otherwise, as for
        ``grant_permissions``.

        Raises InvalidInput if the wallet has other rules than the proposal is for, or if a gas-limit in wei was
        measured at a lower price of gas than the wallet's, and what ``grant_permissions`` raises.
        """
        if wallet.rules != self.rules:
            raise InvalidInput(
                f"The proposal is for {self.rules.title} rules, and the wallet has {wallet.rules.title} ones.",
                field="wallet",
                asked=wallet.rules.title,
                left=self.rules.title,
                fix="make a proposal with rules=wallet.rules.",
            )
        pending = send_request(wallet.provider, "eth_getBlockByNumber", ["pending", False])
        self._check_price(int(pending["baseFeePerGas"], 16))
        if expiry_sec is None and expires_in is None:
            expires_in = self.seconds
        return wallet.grant_permissions(self.permissions, expiry_sec=expiry_sec, expires_in=expires_in, key=key)

    def _check_price(self, price: int) -> None:
        """Refuse a price of gas, in wei, at which a gas-limit in wei does not reach as far as the run went."""
        run = max((step.fee for step in self.recording.succeeded if not step.sponsored), default=price)
        counts = any(isinstance(permission, GasLimit) for permission in self.permissions)
        if counts and not self.rules.gas_limit_counts_gas and price > run * (1 + self.margin) * (1 + self.gas_margin):
            here, then = (f"{format_units(wei, 9)} gwei" for wei in (price, run))
            raise InvalidInput(
                f"Gas costs {here} here, and the run paid {then}: under {self.rules.title} rules, gas-limit is in wei, "
                "so the session could not do as much.",
                field="wallet",
                asked=price,
                left=run,
                fix=f"record the run at this price: Lab(base_fee={price}).",
            )

    @property
    def bounds(self) -> tuple[int, ...]:
        """Indices of the permissions that only limit: dropping one would allow more, not less."""
        grants = {need.permission for need in self.needs if need.part == "permission"}
        return tuple(number for number in range(len(self.permissions)) if number not in grants)

    @property
    def names(self) -> AddressBook:
        """The recording's names, with the gas unit of these rules."""
        return replace(self.recording.names, gas_unit=gas_unit(self.rules))

    def rerun(self) -> Comparison:
        """Decide the whole recording under this proposal."""
        return self.recording.under(self.permissions, self.rules, self.expiry_sec)

    def to_json(self) -> dict[str, Any]:
        """Return JSON: permissions as the API takes them, other amounts as decimal strings."""
        return {
            **self.rules.named(),
            "margin": str(self.margin),
            "gasMargin": str(self.gas_margin),
            "permissions": permissions_to_json(self.permissions),
            "seconds": self.seconds,
            "limits": [limit.to_json() for limit in self.limits],
            "needs": [need.to_json() for need in self.needs],
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        from sessionlab.study.recording.text import proposal_text

        return proposal_text(self)

    def _repr_html_(self) -> str:
        from sessionlab.study.recording.html import proposal_html

        return proposal_html(self)
