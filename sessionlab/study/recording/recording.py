"""A session's history as plain data: its permissions, and each operation with its result.

    recording = session.record()
    recording.under(rules="deployed")        # the same history under other rules
    Recording.from_json(json.loads(text))    # recorded elsewhere

A recording needs no chain: you can keep it in a file, send it to someone, and decide it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import FLAG, NUMBER, maybe, reads
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.erc4337.gas import Gas
from sessionlab.core.permissions.grant import read_end
from sessionlab.core.permissions.operation import Operation, PlainCall, read_operation
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.doors import NAMES, PERMISSIONS

if TYPE_CHECKING:
    from datetime import datetime

    from sessionlab.study.recording.comparison import Comparison

OK, VALIDATION, EXECUTION = "ok", "validation", "execution"


@dataclass(frozen=True)
class RecordedOperation:
    """One operation of a recorded session. Only its result depends on a ruleset."""

    #: Unix seconds of its block; if it never reached the chain, of the block it would have been in.
    time: int
    #: None if it never reached the chain.
    block: int | None
    call_data: bytes
    #: The worst-case gas: verificationGasLimit + callGasLimit + preVerificationGas.
    gas: int
    #: maxFeePerGas, wei per gas.
    fee: int
    #: Whether a paymaster paid for the gas.
    sponsored: bool
    #: Whether it used the nonce key of root sessions.
    is_global: bool
    #: ``ok``, or where it was refused: ``validation`` or ``execution``.
    phase: str
    #: The innermost reason, as ``CounterFailed``; None if it is ok.
    reason: str | None = None
    #: False: it was refused before its gas was known, and ``gas`` is 0.
    gas_known: bool = True
    #: The parts of ``gas``; None if only their sum is known.
    gas_limits: Gas | None = None
    #: The caller's part of its nonce key; 0 unless it was sent with a ``nonce_key``.
    nonce_key: int = 0
    #: Whether it deployed the wallet.
    creates: bool = False

    @property
    def ok(self) -> bool:
        """Whether all its calls succeeded."""
        return self.phase == OK

    @property
    def is_on_chain(self) -> bool:
        """Whether it was mined, so that its gas was paid even if its calls failed."""
        return self.block is not None

    @cached_property
    def operation(self) -> Operation:
        """The operation as the rules see it, with a valid signature and nonce."""
        return read_operation(
            self.call_data, gas=self.gas, fee=self.fee, sponsored=self.sponsored, is_global=self.is_global
        )

    def calls(self, wallet: str) -> tuple[PlainCall, ...]:
        """Return what it does; a function of the wallet itself counts as a call to the wallet."""
        return self.operation.calls_of(wallet)


@dataclass(frozen=True)
class Recording:
    """A session's permissions and its operations, in order."""

    wallet: str
    permissions: tuple[Permission, ...]
    #: The last second of the session in Unix time; None: no expiry.
    expiry_sec: int | None
    #: The ruleset under which it was recorded.
    rules: Ruleset
    steps: tuple[RecordedOperation, ...]
    #: When the owner revoked the session, in Unix seconds; None: never.
    revoked: int | None = None
    #: Names of addresses and tokens, used for display only.
    names: AddressBook = field(default_factory=AddressBook, compare=False)

    @property
    def succeeded(self) -> tuple[RecordedOperation, ...]:
        """The operations whose calls all succeeded."""
        return tuple(step for step in self.steps if step.ok)

    @reads(time=NUMBER)
    def is_revoked_at(self, time: int) -> bool:
        """Whether the owner had revoked the session by a time in Unix seconds."""
        return self.revoked is not None and time > self.revoked

    @reads(permissions=maybe(PERMISSIONS), as_sent=FLAG)
    def under(
        self,
        permissions: Sequence[Permission | Mapping[str, Any]] | None = None,
        rules: str | Ruleset | None = None,
        expiry_sec: int | datetime | None = None,
        *,
        expires_in: int | None = None,
        as_sent: bool = False,
    ) -> Comparison:
        """Decide the same history under other permissions, another ruleset or another expiry.

        Anything not given stays as recorded. ``expiry_sec``: the last second, in Unix seconds or as a datetime with a
        timezone; 0 for none. ``expires_in``: instead, seconds from the first operation on. Operations are wrapped as
        an honest client would wrap them under the new permissions; ``as_sent`` keeps them as they were sent. Raises
        GrantRefused if the ruleset does not allow the grant, InvalidInput if a value is malformed.
        """
        from sessionlab.study.recording.decide_again import compare

        end = read_end(expiry_sec, expires_in, self.begin)
        return compare(self, permissions, rules, end, as_sent=as_sent)

    def begin(self) -> int:
        """When its first operation was sent, in Unix seconds; 0 without one."""
        return self.steps[0].time if self.steps else 0

    def _with_names(self, names: AddressBook) -> Recording:
        """Return the same recording, displayed with these names."""
        return replace(self, names=names)

    def to_json(self) -> dict[str, Any]:
        """Return JSON: permissions as the API writes them, amounts as hex text."""
        from sessionlab.study.recording.json_format import recording_to_json

        return recording_to_json(self)

    @classmethod
    @reads(names=maybe(NAMES))
    def from_json(cls, data: Any, *, names: AddressBook | None = None) -> Recording:
        """Read what ``to_json`` wrote. Raises InvalidInput, which names the missing or malformed field."""
        from sessionlab.study.recording.json_format import recording_from_json

        return recording_from_json(data, names)

    def __repr__(self) -> str:
        from sessionlab.study.recording.text import recording_text

        return recording_text(self)

    def _repr_html_(self) -> str:
        from sessionlab.study.recording.html import recording_html

        return recording_html(self)
