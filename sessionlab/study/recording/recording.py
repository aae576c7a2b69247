"""What a session did, as plain data: its permissions, and each operation with what became of it.

    recording = session.record()
    recording.under(rules="deployed")        # what the same history would have been
    Recording.from_json(json.loads(text))    # recorded elsewhere

A recording needs no chain: it can be kept in a file, sent to somebody, and decided again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.operation import Operation, PlainCall, read_operation
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission

if TYPE_CHECKING:
    from sessionlab.study.recording.comparison import Comparison

OK, VALIDATION, EXECUTION = "ok", "validation", "execution"


@dataclass(frozen=True)
class RecordedOperation:
    """One operation of a recorded session. Nothing in it depends on a ruleset but what became of it."""

    #: Unix seconds of its block; of an operation that never reached the chain, of the block it would have been in.
    time: int
    #: None: it never reached the chain.
    block: int | None
    call_data: bytes
    #: Gas: verificationGasLimit + callGasLimit + preVerificationGas, the worst case.
    gas: int
    #: maxFeePerGas, wei per gas.
    fee: int
    #: A paymaster paid for the gas.
    sponsored: bool
    #: Its nonce key was that of keys that may do everything.
    is_global: bool
    #: ``ok``, or where it was refused: ``validation`` or ``execution``.
    phase: str
    #: The innermost reason, as ``CounterFailed``; None if it is ok.
    reason: str | None = None
    #: False: it was refused before anybody knew how much gas it takes, and 0 stands for it.
    gas_known: bool = True

    @property
    def ok(self) -> bool:
        """Whether all its calls happened."""
        return self.phase == OK

    @property
    def is_on_chain(self) -> bool:
        """Whether it was included, so that its gas was paid, whatever became of its calls."""
        return self.block is not None

    @cached_property
    def operation(self) -> Operation:
        """The operation as the rules see it. Its signature and its nonce are right."""
        return read_operation(
            self.call_data, gas=self.gas, fee=self.fee, sponsored=self.sponsored, is_global=self.is_global
        )

    def calls(self, wallet: str) -> tuple[PlainCall, ...]:
        """What it does; a function of the wallet itself is a call of the wallet."""
        return self.operation.calls_of(wallet)


@dataclass(frozen=True)
class Recording:
    """A session's permissions and its operations, in order."""

    wallet: str
    permissions: tuple[Permission, ...]
    #: The last second of the session, unix time; None: no end.
    expiry_sec: int | None
    #: The ruleset under which it was recorded.
    rules: Ruleset
    steps: tuple[RecordedOperation, ...]
    #: When the owner revoked the session, unix seconds; None: never.
    revoked: int | None = None
    #: What addresses and tokens are called; only for showing.
    names: AddressBook = field(default_factory=AddressBook, compare=False)

    @property
    def succeeded(self) -> tuple[RecordedOperation, ...]:
        """The operations all of whose calls happened."""
        return tuple(step for step in self.steps if step.ok)

    def is_revoked_at(self, time: int) -> bool:
        """Whether the owner had revoked the session by then, unix seconds."""
        return self.revoked is not None and time > self.revoked

    def under(
        self,
        permissions: Sequence[Permission | Mapping[str, Any]] | None = None,
        rules: str | Ruleset | None = None,
        expiry: int | None = None,
        *,
        as_sent: bool = False,
    ) -> Comparison:
        """The same history under other permissions, another ruleset or another expiry; see ``rerun``.

        What is not given stays as it was recorded; ``expiry`` in unix seconds, 0 for none. Operations are wrapped as
        an honest client would under the new permissions, or with ``as_sent`` as they were. Raises GrantRefused if
        the permissions are no grant under the ruleset, InvalidInput for values that are malformed.
        """
        from sessionlab.study.recording.decide_again import compare

        return compare(self, permissions, rules, expiry, as_sent=as_sent)

    def with_names(self, names: AddressBook) -> Recording:
        """The same recording, shown with these names."""
        return replace(self, names=names)

    def to_json(self) -> dict[str, Any]:
        """As JSON: permissions as the API writes them, amounts as hex text."""
        from sessionlab.study.recording.json_format import recording_to_json

        return recording_to_json(self)

    @classmethod
    def from_json(cls, data: Any, *, names: AddressBook | None = None) -> Recording:
        """Back from ``to_json``. InvalidInput names the field that is missing or malformed."""
        from sessionlab.study.recording.json_format import recording_from_json

        return recording_from_json(data, names)

    def __repr__(self) -> str:
        from sessionlab.study.recording.text import recording_text

        return recording_text(self)

    def _repr_html_(self) -> str:
        from sessionlab.study.recording.html import recording_html

        return recording_html(self)
