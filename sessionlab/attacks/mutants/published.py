"""Mutants with the vulnerabilities of published incidents: one change each to our Vyper, as in the published code."""

from functools import partial

from sessionlab.attacks.mutants.mutant import Mutant

_spending = partial(Mutant, module="spending")
_sessions = partial(Mutant, module="sessions")
_validation = partial(Mutant, module="validation")
_wallet = partial(Mutant, module="SessionWallet")

MUTANTS = (
    _spending(
        "approve-as-difference",
        "approve counts only what goes beyond the amount that is approved already",
        "    return reading._word(call.start + 36)\n",
        """    asked: uint256 = reading._word(call.start + 36)
    if call.selector == APPROVE:
        already: uint256 = convert(
            raw_call(
                call.target,
                abi_encode(
                    self,
                    convert(reading._word(call.start + 4), address),
                    method_id=method_id("allowance(address,address)"),
                ),
                max_outsize=32,
                is_static_call=True,
            ),
            uint256,
        )
        asked -= min(asked, already)
    return asked
""",
        attack="approve-again-in-a-batch",
    ),
    _sessions(
        "one-slot-for-all-sessions",
        "the place where limits are kept does not depend on the session",
        "        scope=((generations >> 128) << 32) | convert(entity_id, uint256),\n",
        "        scope=(generations >> 128) << 32,\n",
        attack="two-sessions-one-slot",
    ),
    _validation(
        "proof-in-execution",
        "validation takes every signature; who may act would be asked in execution",
        "    if not self._signed(self._signer(session)",
        "    if False and not self._signed(self._signer(session)",
        attack="proof-in-execution",
    ),
    _wallet(
        "paymaster-approved",
        "validation approves the paymaster that the operation names, for the token that it names, without limit",
        "    self._pay(reading._word(68))\n",
        """    named: uint256 = at + head.paymasterAndData
    if reading._word(named) >= 72:
        raw_call(
            convert(reading._word(named + 84) >> 96, address),
            abi_encode(
                convert(reading._word(named + 32) >> 96, address),
                max_value(uint256),
                method_id=method_id("approve(address,uint256)"),
            ),
        )
    self._pay(reading._word(68))
""",
        attack="paymaster-approval",
    ),
    _wallet(
        "counted-last",
        "a call that fails ends the batch and undoes nothing; spending is counted behind the last call",
        """            spending._count(session, selector, start, length)
    if calls._is_calls(selector):
""",
        """            batch: calls.Batch = calls._open(selector, start, length)
            next: uint256 = batch.first
            for i: uint256 in range(batch.count, bound=calls.MAX_CALLS):
                call: calls.Call = calls._read(batch, i, next)
                next = call.next
                all_data: Bytes[MAX_CALLDATA] = raw_call(
                    IDENTITY, msg.data, max_outsize=MAX_CALLDATA, is_static_call=True
                )
                if not raw_call(
                    call.target,
                    slice(all_data, call.start, call.length),
                    value=call.amount,
                    revert_on_failure=False,
                ):
                    return
            spending._count(session, selector, start, length)
            return
    if calls._is_calls(selector):
""",
        attack="abort-skips-counter",
    ),
)
