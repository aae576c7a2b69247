"""Why the EntryPoint refused: the tree of possible causes of its code, with evidence from this operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.base.amounts import format_seconds, format_time, format_units
from sessionlab.core.denials.cause import Cause
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.limits import shown_error
from sessionlab.study.diagnosis.facts import DiagnosisFacts


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
    if e.balance + e.deposit >= e.cost:
        yield _enough_gas(e)
        return
    price = f"{format_units(e.fee, 9)} gwei"
    yield Cause(f"the gas may cost {show(e.cost, 'wei')}: {e.gas:,} gas at {price}", True)
    missing = max(e.cost - e.deposit, 0)
    yield Cause(f"the deposit in the EntryPoint holds {show(e.deposit, 'wei')}", e.deposit < e.cost)
    yield Cause(
        f"the wallet holds {show(e.balance, 'wei')}, and {show(missing, 'wei')} has to come from it",
        e.balance < missing,
    )


def _out_of_time(e: DiagnosisFacts) -> Iterator[Cause]:
    if not e.is_lab_wallet:
        after, until = e.window or (0, 0)
        now = format_time(e.now)
        yield Cause(f"the account takes it from {format_time(after)} on: it is {now}", e.now < after)
        yield Cause(
            f"the account takes it until {format_time(until)}: it is {now}" if until else "it has no end",
            0 < until < e.now,
        )
    elif e.valid_until:
        over = e.now > e.valid_until
        how = f"{format_seconds(abs(e.now - e.valid_until))} {'ago' if over else 'from now'}"
        yield Cause(f"the last second is {format_time(e.valid_until)}, {how}: it is {format_time(e.now)}", over)
    else:
        yield Cause("the session has no end", False)
    if e.is_lab_wallet:
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
        yield Cause("the signature is not 65 bytes that a key can have made", True)
        return
    if not e.wanted_signer:
        yield Cause(f"as a plain signature it is by {who(e.signer)}, and the wallet alone knows whose it expects", None)
        yield Cause("the wallet wants another form of signature around it", None)
    else:
        yield from _signer(e)
    known = e.signer in (e.owner, e.wanted_signer) or bool(e.session_of_signer)
    text = "the signature is over another operation: another nonce, gas limit, chain or EntryPoint changes the hash"
    yield Cause(text, False if known else None)


def _signer(e: DiagnosisFacts) -> Iterator[Cause]:
    who = e.names.address
    signer = e.signer or ""
    yield Cause(
        f"it is signed by {who(signer)}, and {who(e.wanted_signer)} should have signed", signer != e.wanted_signer
    )
    if e.wanted_signer != e.owner:
        yield Cause("the signer is the wallet's owner, who has a nonce key of its own", e.signer == e.owner)


def _nonce(e: DiagnosisFacts) -> Iterator[Cause]:
    ahead = e.sequence - e.next_sequence
    yield Cause(f"the operation has number {e.sequence} of its nonce key, and {e.next_sequence} is next", ahead != 0)
    yield Cause("that number was already used", ahead < 0)
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
