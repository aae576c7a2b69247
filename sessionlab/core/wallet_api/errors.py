"""JSON-RPC errors of the Wallet API, and the only place that assigns codes to refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from sessionlab.core.base.errors import ChainError, GrantRefused, InvalidInput, NotFound, RpcError, SessionlabError
from sessionlab.core.base.rpc_codes import (
    BAD_SIGNATURE,
    EXECUTION_REVERTED,
    INVALID_PARAMS,
    OUT_OF_TIME,
    PAYMASTER_DEPOSIT_TOO_LOW,
    REFUSED,
    REJECTED,
    REJECTED_BY_PAYMASTER,
    RULE_BROKEN,
    STAKE_TOO_LOW,
    THROTTLED,
    UNKNOWN_CALL_ID,
    UNSUPPORTED_AGGREGATOR,
    UNSUPPORTED_CAPABILITY,
    WRONG_CHAIN,
)
from sessionlab.core.denials.denial import Denial, OperationRefused
from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.core.erc4337.sponsor import NotSponsored

FACTS = ("message", "field", "asked", "left", "fix", "rule")
#: The error that the client raises for each code. Malformed and unknown values share -32602.
_KINDS: dict[int, type[SessionlabError]] = {
    INVALID_PARAMS: InvalidInput,
    UNSUPPORTED_CAPABILITY: InvalidInput,
    WRONG_CHAIN: InvalidInput,
    UNKNOWN_CALL_ID: NotFound,
    REFUSED: ChainError,
}

#: ERC-7769's codes, by the beginning of an EntryPoint's code or of an ERC-7562 rule's id. The longest that fits counts.
_CODES = {"": REJECTED, "AA3": REJECTED_BY_PAYMASTER, "AA24": BAD_SIGNATURE, "AA22": OUT_OF_TIME}
_CODES |= {"AA31": PAYMASTER_DEPOSIT_TOO_LOW, "EREP-010": PAYMASTER_DEPOSIT_TOO_LOW, "GREP": THROTTLED}
_CODES |= dict.fromkeys(("OP-", "STO-", "COD-", "AUTH-", "EREP-"), RULE_BROKEN) | {"EREP-040": UNSUPPORTED_AGGREGATOR}
_CODES |= {"UREP": STAKE_TOO_LOW, "ReplacementUnderpriced": INVALID_PARAMS, "ExpiresSoon": OUT_OF_TIME}


def refused(rejected: OperationRejected, denial: Denial, judged: Mapping[str, str]) -> RpcError:
    """Return the error for a refused operation, with the denial and revert data."""
    rejection = rejected.rejection
    known = max((start for start in _CODES if (rejection.code or "").startswith(start)), key=len)
    code = EXECUTION_REVERTED if rejection.phase == "execution" else _CODES[known]
    words = rejection.code or "execution reverted"
    head = words if words == denial.code else f"{words}: {denial.shown_code}"
    data = {"revertData": "0x" + rejection.revert.innermost.raw.hex(), "denial": denial.to_json(), "judged": judged}
    return RpcError(code, f"{head}. {denial.sentence} {denial.fix}", data | rejection.facts)


def denial_by_payer(error: SessionlabError) -> Denial:
    """Return the denial of a gas policy that does not pay, or of a bundler that is not paid."""
    rule = error.rule if isinstance(error, NotSponsored) else None
    fix = error.fix or ""
    code = "NotSponsored" if rule else error.field or ""
    said = f"gas policy: {rule}" if rule else "the bundler is paid"
    asked, left = (fact if isinstance(fact, int | str) else None for fact in (error.asked, error.left))
    unit, fix = "wei" if rule == "spend_cap" else None, f"{fix[:1].upper()}{fix[1:].removesuffix('.')}."
    return Denial(code, "validation", said, None, None, asked, left, unit, error.message, fix, (code,))


def not_sponsored(error: NotSponsored, judged: Mapping[str, str]) -> RpcError:
    """Return the error for an operation that the gas policy does not pay for."""
    denial = denial_by_payer(error)
    data = {"denial": denial.to_json(), "judged": judged}
    return RpcError(REJECTED_BY_PAYMASTER, f"{denial.sentence} {denial.fix}", data)


def invalid(error: SessionlabError) -> RpcError:
    """Return the error for a malformed or unknown value."""
    return RpcError(REFUSED if isinstance(error, ChainError) else INVALID_PARAMS, str(error), facts_of(error))


def facts_of(error: SessionlabError) -> dict[str, Any]:
    """Return an error's machine-readable facts: message, field, asked, left, fix and the grant rule."""
    facts = {name: _plain(getattr(error, name, None)) for name in FACTS}
    return {name: fact for name, fact in facts.items() if fact is not None}


def raise_typed(error: RpcError) -> NoReturn:
    """Client side: raise the Python error that a JSON-RPC error stands for, or the error itself."""
    data = error.data if isinstance(error.data, dict) else {}
    if "denial" in data:
        raise OperationRefused(Denial.from_json(data["denial"]), data.get("judged")) from None
    kind = _KINDS.get(error.code)
    if kind is None:
        raise error
    facts = {name: data.get(name) for name in ("field", "asked", "left", "fix")}
    message = data.get("message", str(error).partition(" (field: ")[0].partition(" Next step: ")[0])
    if "rule" in data:
        raise GrantRefused(data["rule"], message.removeprefix(f"{data['rule']}: "), **facts) from None
    raise kind(message, **facts) from None


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else str(value)[:200]
