"""JSON-RPC errors of the Wallet API, and the one place where a refusal gets its code.

Codes: -32602 malformed or unknown, 5710 wrong chain, 5730 unknown call id, 5700 unsupported capability,
-32500 to -32508 and -32521 as ERC-7769 has them. Never a code that clients repeat (-32603, -32005, 429).
"""

from __future__ import annotations

from typing import Any, NoReturn

from sessionlab.chain.rpc import RpcError
from sessionlab.erc4337.bundler import OperationRejected
from sessionlab.erc4337.sponsor import NotSponsored
from sessionlab.errors import GrantRefused, InvalidInput, SessionlabError
from sessionlab.insight.denial import Denial, OperationRefused

INVALID_PARAMS = -32602
UNKNOWN_METHOD = -32601
UNSUPPORTED_CAPABILITY = 5700
WRONG_CHAIN = 5710
UNKNOWN_CALL_ID = 5730
EXECUTION_REVERTED = -32521

_BY_CODE = {"AA24": -32507, "AA22": -32503, "AA31": -32508}


def refused(rejected: OperationRejected, denial: Denial) -> RpcError:
    """The error for an operation that would not pass, with the denial and the revert data."""
    rejection = rejected.rejection
    if rejection.phase == "execution":
        code = EXECUTION_REVERTED
    else:
        prefix = (rejection.code or "")[:4]
        code = _BY_CODE.get(prefix, -32501 if prefix.startswith("AA3") else -32500)
    words = rejection.code or "execution reverted"
    data = {"revertData": "0x" + rejection.revert.innermost.raw.hex(), "denial": denial.to_json()}
    return RpcError(code, f"{words}: {denial.code}. {denial.sentence} {denial.fix}", data)


def not_sponsored(error: NotSponsored) -> RpcError:
    """The error for an operation that the gas policy does not pay for."""
    denial = Denial(
        code="NotSponsored",
        phase="validation",
        rule=f"gas policy: {error.rule}",
        permission=None,
        call=None,
        asked=error.asked if isinstance(error.asked, int | str) else None,
        left=error.left if isinstance(error.left, int | str) else None,
        unit="wei" if error.rule == "spend_cap" else None,
        sentence=error.message,
        fix=f"Next step: {error.fix}.",
        path=("NotSponsored",),
    )
    return RpcError(-32501, f"{denial.sentence} {denial.fix}", {"denial": denial.to_json()})


def invalid(error: SessionlabError) -> RpcError:
    """The error for a value that is malformed or that nothing here knows."""
    facts: dict[str, Any] = {"field": error.field, "asked": _plain(error.asked), "fix": error.fix}
    if isinstance(error, GrantRefused):
        facts["rule"] = error.rule
    return RpcError(INVALID_PARAMS, str(error), {name: fact for name, fact in facts.items() if fact is not None})


def raise_typed(error: RpcError) -> NoReturn:
    """On the client's side: the Python error that a JSON-RPC error stands for, or the error itself."""
    data = error.data if isinstance(error.data, dict) else {}
    if "denial" in data:
        raise OperationRefused(Denial.from_json(data["denial"])) from None
    if error.code == INVALID_PARAMS:
        facts = {name: data.get(name) for name in ("field", "asked", "fix")}
        message = str(error).partition(" (field: ")[0].partition(" Next step: ")[0]
        if "rule" in data:
            raise GrantRefused(data["rule"], message.removeprefix(f"{data['rule']}: "), **facts) from None
        raise InvalidInput(message, **facts) from None
    raise error


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else repr(value)[:200]
