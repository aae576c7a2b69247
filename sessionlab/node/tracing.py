"""debug_traceTransaction and debug_traceCall with geth's callTracer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.rpc_values import an_object, data, flag, hex_data, hex_quantity, hex_word, plain
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.rpc_methods import Params, at, need
from sessionlab.core.evm.rpc_overrides import read_overrides
from sessionlab.node.calls import read_block_overrides, read_call
from sessionlab.node.geth_words import HALTS, reason_of

if TYPE_CHECKING:
    from sessionlab.node.traced_calls import TracedCall, TracedLog

TRACER = "callTracer"
#: Of geth's options, ``timeout`` and ``reexec`` bound work that is not done here.
OPTIONS = ("tracer", "tracerConfig", "timeout", "reexec")


def trace_transaction(chain: Chain, params: Params) -> dict[str, Any]:
    """Answer debug_traceTransaction: the calls of a mined transaction, found by running it again."""
    wanted = data(need(params, 0, "transactionHash"), "transactionHash")
    config = _config(at(params, 1), OPTIONS)
    return call_view(trace_of_transaction(chain, wanted, only_top=config["only_top"]), with_log=config["with_log"])


def trace_call(chain: Chain, params: Params) -> dict[str, Any]:
    """Answer debug_traceCall: the calls that a message would make."""
    from sessionlab.node.message_runs import run_message
    from sessionlab.node.traced_calls import OutermostComputation, TracedComputation, traced

    options = at(params, 2)
    config = _config(options, (*OPTIONS, "stateOverrides", "blockOverrides"))
    overrides = read_overrides(options.get("stateOverrides"), "stateOverrides")
    asked = read_call(chain, params, overrides, read_block_overrides(options.get("blockOverrides")))
    run = run_message(chain, OutermostComputation if config["only_top"] else TracedComputation, asked)
    return call_view(traced(run.frame, gas=asked.transaction.gas, gas_used=run.gas_used), with_log=config["with_log"])


def trace_of_transaction(chain: Chain, transaction_hash: bytes | str, *, only_top: bool = False) -> TracedCall:
    """Return the calls of a mined transaction; with ``only_top``, the outermost one.

    Raises ChainError if it is unknown, cannot be run again, or makes too many calls to be told.
    """
    from eth_utils.exceptions import ValidationError

    from sessionlab.node.raw_transactions import rebuilt
    from sessionlab.node.traced_calls import OutermostComputation, TracedComputation, traced

    engine, mined = chain.engine, chain.transaction(transaction_hash)
    receipt = chain.receipt(mined.hash)
    state: Any = engine.state_before(mined.block_number, engine.head)
    state.computation_class = OutermostComputation if only_top else TracedComputation
    try:
        frame: Any = state.apply_transaction(rebuilt(mined))
    except ValidationError:  # a sender who could not even pay
        raise edited(mined.hash) from None
    if (frame.is_error, bytes(frame.output)) != (receipt.status == 0, receipt.output):
        raise edited(mined.hash)
    return traced(frame, gas=mined.gas, gas_used=receipt.gas_used)


def edited(transaction_hash: str) -> ChainError:
    """Return the error for a transaction that does not run again as it ran."""
    message = f"Transaction {transaction_hash} does not run again as it ran: the state before it was edited by hand."
    fix = "trace it before the lab is saved; a loaded lab does not know of edits between blocks."
    return ChainError(message, field="transactionHash", asked=transaction_hash, fix=fix)


def _config(options: Any, known: tuple[str, ...]) -> dict[str, bool]:
    """Read what a trace is to show. Raises InvalidInput for another tracer, by its name."""
    fix = f"send {{tracer: '{TRACER}'}}."
    if not isinstance(options, Mapping):
        raise InvalidInput("Opcode by opcode is not traced here.", field="tracer", asked=plain(options), fix=fix)
    an_object(options, "trace", known, "")
    if options.get("tracer") != TRACER:
        what = plain(options.get("tracer"))
        message = "Opcode by opcode is not traced here." if what is None else f"There is no tracer {str(what)[:40]!r}."
        raise InvalidInput(message, field="tracer", asked=what, left=TRACER, fix=fix)
    switches = {"onlyTopCall": "only_top", "withLog": "with_log"}
    given = options.get("tracerConfig")
    config = an_object({} if given is None else given, "tracerConfig", switches)
    return {ours: flag(config.get(name), f"tracerConfig.{name}") for name, ours in switches.items()}


def call_view(call: TracedCall, *, with_log: bool = False) -> dict[str, Any]:
    """Return a call as geth's callTracer shows it."""
    view: dict[str, Any] = {
        "from": call.caller.lower(),
        "gas": hex_quantity(call.gas),
        "gasUsed": hex_quantity(call.gas_used),
        **({} if call.to is None else {"to": call.to.lower()}),
        "input": hex_data(call.data),
    }
    if call.halt is None or call.halt == "Revert":
        view |= {"output": hex_data(call.output)} if call.output else {}
    if call.halt is not None:
        view["error"] = failure_words(call)
        if (reason := revert_reason(call)) is not None:
            view["revertReason"] = reason
    if call.calls:
        view["calls"] = [call_view(inner, with_log=with_log) for inner in call.calls]
    if call.logs and with_log:
        view["logs"] = [_log(log) for log in call.logs]
    return view | ({} if call.value is None else {"value": hex_quantity(call.value)}) | {"type": call.kind}


def failure_words(call: TracedCall) -> str:
    """Return why a call failed, in geth's words."""
    if call.halt == "InvalidInstruction":
        code = int(call.problem.partition("0x")[2].partition(" ")[0], 16)
        return "invalid opcode: INVALID" if code == 0xFE else f"invalid opcode: opcode 0x{code:x} not defined"
    if call.halt == "OutOfGas" and "Write contract code" in call.problem:
        return "contract creation code storage out of gas"
    if call.halt == "OutOfGas" and "EIP170" in call.problem:
        return "max code size exceeded"
    if call.halt == "Revert":
        return "execution reverted"
    return HALTS.get(call.halt or "", call.problem or str(call.halt))


def revert_reason(call: TracedCall) -> str | None:
    """Return the text of a revert with ``Error(string)`` or ``Panic(uint256)``; None for any other."""
    return (reason_of(call.output) or None) if call.halt == "Revert" else None


def _log(log: TracedLog) -> dict[str, Any]:
    return {
        "address": log.address.lower(),
        "topics": [hex_word(topic) for topic in log.topics],
        "data": hex_data(log.data),
        "position": hex_quantity(log.place),
        "index": hex_quantity(log.order),
    }
