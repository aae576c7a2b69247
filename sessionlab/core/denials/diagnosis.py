"""Why the EntryPoint refused: a tree of possible causes of its code, each with evidence from this operation.

    AA21 didn't pay prefund
    ├ ✗ the gas may cost 0.02 ETH: 2,000,000 gas at 10 gwei
    ├ ✗ the deposit in the EntryPoint holds 0.001 ETH
    └ ✗ the wallet holds 0.003 ETH, and 0.019 ETH are missing

``✗`` marks what is wrong, ``✓ not this`` what is ruled out, and ``· perhaps`` what cannot be determined here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.base.amounts import format_units
from sessionlab.core.contracts.reverts import EMPTY
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.evm.records import FailedCall
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.limits import shown_error

SIGNS = {True: "✗", False: "✓ not this:", None: "· perhaps:"}


@dataclass(frozen=True, slots=True)
class Cause:
    """One possible cause, with its evidence. ``wrong`` is True, False, or None if it cannot be determined."""

    text: str
    wrong: bool | None = None
    causes: tuple[Cause, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _lines(self) -> Iterator[str]:
        yield self.text
        for index, cause in enumerate(self.causes):
            last = index == len(self.causes) - 1
            lines = list(cause._lines())
            yield f"{'└' if last else '├'} {SIGNS[cause.wrong]} {lines[0]}"
            yield from (f"{' ' if last else '│'}   {line}" for line in lines[1:])

    def to_json(self) -> dict[str, Any]:
        """Return JSON."""
        return {"text": self.text, "wrong": self.wrong, "causes": [cause.to_json() for cause in self.causes]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Cause:
        """Read the output of ``to_json``."""
        return cls(data["text"], data["wrong"], tuple(map(cls.from_json, data["causes"])))


@dataclass(frozen=True)
class DiagnosisFacts:
    """Facts about one refused operation. Amounts in wei, gas in gas, times in Unix seconds.

    All of them are read from the state in which it was refused.
    """

    #: ``AA23 reverted``, or empty if the EntryPoint did not refuse it; and the innermost reason.
    code: str
    reason: str
    #: The calls that are certain to have led to the failure, outermost first; empty if no call failed, or none is
    #: known. And a call inside the last of them that failed, too, which its caller may have survived.
    failure: tuple[FailedCall, ...] = ()
    inside: FailedCall | None = None
    #: The innermost revert data.
    raw: bytes = b""
    names: AddressBook = field(default_factory=AddressBook)
    wallet: str = ""
    code_bytes: int = 0
    #: Whether the account runs, or its factory deploys, this lab's wallet.
    is_lab_wallet: bool = True
    call_data: bytes = b""
    brings_factory: bool = False
    factory_bytes: int = 0
    #: The worst case: total gas, and the fee in wei per gas.
    gas: int = 0
    fee: int = 0
    balance: int = 0
    deposit: int = 0
    sequence: int = 0
    next_sequence: int = 0
    verification_gas: int = 0
    #: The gas that validation uses when given plenty; None if it still fails.
    verification_needs: int | None = None
    #: The callGasLimit that an estimate would set; None if the calls fail with plenty of gas, too, or were not tried.
    call_needs: int | None = None
    #: What the wallet must also pay for gas, in wei, where the run that failed set none aside for it.
    gas_to_pay: int = 0
    #: Whether the calls run out of gas even when given plenty.
    call_never_ends: bool = False
    now: int = 0
    valid_until: int = 0
    #: Whether the operation carries an install, and whether its session is installed already.
    installs: bool = False
    installed: bool = False
    #: Whether the owner revoked the session that the operation names by its nonce key.
    revoked: bool = False
    signer: str | None = None
    #: Whether a session signs, by the nonce key; and the session of this wallet whose key the signer is.
    by_session: bool = False
    session_of_signer: str = ""
    #: The signer that the wallet expects: the session's key or the owner; empty if only the wallet knows.
    wanted_signer: str = ""
    owner: str = ""
    paymaster: str | None = None
    paymaster_bytes: int = 0
    paymaster_deposit: int = 0
    paymaster_gas: int = 0
    #: The gas that the paymaster's validation uses when given plenty; None if it still fails.
    paymaster_needs: int | None = None

    @property
    def more_gas_helps(self) -> bool:
        """Whether the step that failed was run again with plenty of gas, and passed."""
        if self.code.startswith("AA33"):
            return (self.paymaster_needs or 0) > self.paymaster_gas
        if self.code.startswith("AA23"):
            return (self.verification_needs or 0) > self.verification_gas
        return not self.code and self.call_needs is not None

    @property
    def cost(self) -> int:
        """The prefund, in wei."""
        return self.gas * self.fee


class Diagnosis(StrEnum):
    """What the facts say beyond a reason of the EntryPoint or of the wallet, or in place of one."""

    FOREIGN = "foreign"
    INSTALLED = "installed"
    REVOKED = "revoked"
    #: Of a signature: of a session's key on an operation of the owner; of the owner, or of another session's key, on an
    #: operation of a session; of somebody else; of nobody.
    OF_A_SESSION = "of-a-session"
    OF_THE_OWNER = "of-the-owner"
    OF_ANOTHER_SESSION = "of-another-session"
    OF_A_STRANGER = "of-a-stranger"
    OF_NOBODY = "of-nobody"
    #: How the innermost call ended that gave no reason.
    OUT_OF_FUNDS = "OutOfFunds"
    OUT_OF_GAS = "OutOfGas"
    HALTED = "halted"
    EMPTY = "empty"


def diagnose(facts: DiagnosisFacts) -> Diagnosis | None:
    """Return what the facts add to the reason; None if nothing."""
    judged_by_account = facts.code[:4] in ("AA23", "AA24")
    if judged_by_account and not facts.is_lab_wallet:
        return Diagnosis.FOREIGN
    if facts.revoked and (judged_by_account or facts.code.startswith("AA25")):
        return Diagnosis.REVOKED
    if facts.installs and facts.installed and (judged_by_account or facts.code.startswith("AA25")):
        return Diagnosis.INSTALLED
    if facts.code.startswith("AA24"):
        return _signed_by(facts)
    if facts.reason != EMPTY or not facts.failure:
        return None
    if facts.more_gas_helps:
        return Diagnosis.OUT_OF_GAS
    match facts.failure[-1].halt:
        case "OutOfFunds":
            return Diagnosis.OUT_OF_FUNDS
        case "OutOfGas":
            return Diagnosis.OUT_OF_GAS
        case "Revert":
            return Diagnosis.EMPTY
        case _:
            return Diagnosis.HALTED


def _signed_by(facts: DiagnosisFacts) -> Diagnosis | None:
    if facts.signer is None:
        return Diagnosis.OF_NOBODY
    if facts.signer == facts.wanted_signer or not facts.wanted_signer:
        return None
    if facts.by_session and facts.signer == facts.owner:
        return Diagnosis.OF_THE_OWNER
    if facts.session_of_signer:
        return Diagnosis.OF_ANOTHER_SESSION if facts.by_session else Diagnosis.OF_A_SESSION
    return Diagnosis.OF_A_STRANGER


def cause_of(facts: DiagnosisFacts, *, named: bool = False) -> Cause | None:
    """Return the tree for an EntryPoint code; None if there is nothing to diagnose.

    ``named``: the denial names the reason already, so the tree has only what is wrong, and nothing that is ruled out.
    """
    branches = _BRANCHES.get(facts.code[:4])
    causes = tuple(branches(facts)) if branches else ()
    if named:
        causes = tuple(cause for cause in causes if cause.wrong)
    return Cause(facts.code, True, causes) if causes else None


def _made_already(e: DiagnosisFacts) -> Iterator[Cause]:
    yield Cause(f"the wallet {e.names.address(e.wallet)} has {e.code_bytes:,} bytes of code", e.code_bytes > 0)
    yield Cause("the operation brings a factory to make it", e.brings_factory)


def _factory(e: DiagnosisFacts) -> Iterator[Cause]:
    yield Cause(f"the factory has {e.factory_bytes:,} bytes of code", e.factory_bytes == 0)
    yield _enough_gas(e)


def _not_made(e: DiagnosisFacts) -> Iterator[Cause]:
    yield Cause(f"the wallet {e.names.address(e.wallet)} has {e.code_bytes:,} bytes of code", e.code_bytes == 0)
    yield Cause(f"the operation brings {'a' if e.brings_factory else 'no'} factory", not e.brings_factory)


def _unpaid(e: DiagnosisFacts) -> Iterator[Cause]:
    show = e.names.amount
    price = f"{format_units(e.fee, 9)} gwei"
    yield Cause(f"the gas may cost {show(e.cost, 'wei')}: {e.gas:,} gas at {price}", True)
    missing = max(e.cost - e.deposit, 0)
    yield Cause(f"the deposit in the EntryPoint holds {show(e.deposit, 'wei')}", e.deposit < e.cost)
    yield Cause(
        f"the wallet holds {show(e.balance, 'wei')}, and {show(missing, 'wei')} has to come from it",
        e.balance < missing,
    )


def _out_of_time(e: DiagnosisFacts) -> Iterator[Cause]:
    if e.valid_until:
        over = e.now > e.valid_until
        how = f"{abs(e.now - e.valid_until):,} seconds {'ago' if over else 'from now'}"
        yield Cause(f"the last second is {e.valid_until}, {how}: it is {e.now}", over)
    else:
        yield Cause("the session has no end", False)
    yield Cause("the session has not begun", None if not e.valid_until or e.now <= e.valid_until else False)


def _reverted(e: DiagnosisFacts) -> Iterator[Cause]:
    said = e.reason != e.code and e.reason != "EmptyRevert"
    if said:
        yield Cause(f"the wallet gave its reason: {shown_error(e.reason, 'validation')}", True)
    else:
        yield _enough_gas(e)
        named = len(e.call_data.removeprefix(EXECUTE_USER_OP)) >= 4
        yield Cause("the call data names no function", not named)
    if e.installs:
        yield Cause("the session that it would install is installed already", e.installed)
        yield Cause("the owner revoked that session after signing it", e.revoked)


def _enough_gas(e: DiagnosisFacts) -> Cause:
    if e.verification_needs is None:
        return Cause("verificationGasLimit is too low: with gas in plenty, it fails too", False)
    given = f"verificationGasLimit is {e.verification_gas:,} gas"
    short = e.verification_needs > e.verification_gas
    return Cause(f"{given}, and validation takes {e.verification_needs:,} gas", short)


def _signature(e: DiagnosisFacts) -> Iterator[Cause]:
    who = e.names.address
    if e.signer is None:
        yield Cause("the signature is not 65 bytes that anybody can have signed", True)
        return
    if not e.wanted_signer:
        yield Cause(f"as a plain one it is signed by {who(e.signer)}, and whose the wallet wants, it alone knows", None)
        yield Cause("the wallet wants another form of signature around it", None)
    else:
        yield from _signer(e)
    known = e.signer in (e.owner, e.wanted_signer) or bool(e.session_of_signer)
    text = "the signature is over another operation: another nonce, gas limit, chain or EntryPoint changes the hash"
    yield Cause(text, False if known else None)


def _signer(e: DiagnosisFacts) -> Iterator[Cause]:
    who = e.names.address
    signer = e.signer or ""
    yield Cause(f"it is signed by {who(signer)}, and {who(e.wanted_signer)} was to sign", signer != e.wanted_signer)
    if e.wanted_signer != e.owner:
        yield Cause("the signer is the wallet's owner, who has a nonce key of its own", e.signer == e.owner)


def _nonce(e: DiagnosisFacts) -> Iterator[Cause]:
    ahead = e.sequence - e.next_sequence
    yield Cause(f"the operation has number {e.sequence} of its nonce key, and {e.next_sequence} is next", ahead != 0)
    yield Cause("that number was used already", ahead < 0)
    yield Cause(f"it skips {max(ahead, 0)} numbers", ahead > 0)


def _gas_over(e: DiagnosisFacts) -> Iterator[Cause]:
    yield _enough_gas(e)


def _paymaster_missing(e: DiagnosisFacts) -> Iterator[Cause]:
    who = e.names.address(e.paymaster or ZERO_ADDRESS)
    yield Cause(f"the paymaster {who} has {e.paymaster_bytes:,} bytes of code", e.paymaster_bytes == 0)


def _paymaster_poor(e: DiagnosisFacts) -> Iterator[Cause]:
    show = e.names.amount
    text = (
        f"the gas may cost {show(e.cost, 'wei')}, and the paymaster's deposit holds {show(e.paymaster_deposit, 'wei')}"
    )
    yield Cause(text, e.paymaster_deposit < e.cost)


def _paymaster_refuses(e: DiagnosisFacts) -> Iterator[Cause]:
    said = e.reason != e.code and e.reason != "EmptyRevert"
    if said:
        yield Cause(f"the paymaster gave its reason: {e.reason}", True)
    yield from _paymaster_missing(e)
    if e.paymaster_needs is None:
        yield Cause("paymasterVerificationGasLimit is too low: with gas in plenty, it fails too", False)
    else:
        given = f"paymasterVerificationGasLimit is {e.paymaster_gas:,} gas"
        short = e.paymaster_needs > e.paymaster_gas
        yield Cause(f"{given}, and the paymaster's validation takes {e.paymaster_needs:,} gas", short)


def _sponsorship(e: DiagnosisFacts) -> Iterator[Cause]:
    yield Cause("the operation is not the one that the sponsor signed, or the sponsor's time for it is over", True)
    yield from _paymaster_missing(e)


_BRANCHES: dict[str, Callable[[DiagnosisFacts], Iterator[Cause]]] = {
    "AA10": _made_already,
    "AA13": _factory,
    "AA14": _factory,
    "AA15": _factory,
    "AA20": _not_made,
    "AA21": _unpaid,
    "AA22": _out_of_time,
    "AA23": _reverted,
    "AA24": _signature,
    "AA25": _nonce,
    "AA26": _gas_over,
    "AA30": _paymaster_missing,
    "AA31": _paymaster_poor,
    "AA32": _sponsorship,
    "AA33": _paymaster_refuses,
    "AA34": _sponsorship,
}
