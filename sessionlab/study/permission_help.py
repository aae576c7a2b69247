"""What ``help`` says of each permission type beyond its docstring: unit, accepted forms, an example, related rules."""

from __future__ import annotations

from sessionlab.core.permissions import types

_ADDRESS = "``address``: 0x and 40 hex digits, 20 bytes, or a wallet, key or contract."
_FUNCTIONS = (
    "``functions``: a list of signatures, ``transfer(address,uint256)``, or selectors, ``0xa9059cbb``; one or more."
)
_WEI = "a whole number of wei from 0 to 2**256 - 1; ``sl.ether('0.3')`` makes one."
_ONCE = "A contract may be named once by contract-access and functions-on-contract together, and never the wallet."
_VALUE = "A call that sends ETH needs native-token-transfer too; in production, without one, ETH is not limited (R1)."
_WIDE = "In production, it does not reach an address that another permission names (R4)."

#: Type -> its paragraphs.
PAGES: dict[type[types.Permission], str] = {
    types.NativeTokenTransfer: f"""
Grants plain payments to any address but the wallet, and bounds the ETH of all calls of the session together.
Unit: wei, over the session's lifetime. It never refills.
Accepts: ``allowance``: {_WEI}

    >>> import sessionlab as sl
    >>> sl.NativeTokenTransfer(allowance=sl.ether("0.5"))
    <NativeTokenTransfer: may send up to 0.5 ETH in total>

Rules: One a session. In production, it may not stand alone, and its calls need a target that another permission names
(R2). It does not cover gas: add gas-limit, or let a sponsor pay.
""",
    types.Erc20TokenTransfer: f"""
Grants ``transfer`` and ``approve`` of one token to any recipient; approvals count in full, as if they were spent.
Unit: the token's base units, over the session's lifetime. One dollar of a token with 6 decimals is 1,000,000.
Accepts: {_ADDRESS}
``allowance``: a whole number of base units from 0 to 2**256 - 1; ``sl.units("25.5", 6)`` makes one.

    >>> import sessionlab as sl
    >>> sl.Erc20TokenTransfer(address="0x" + "11" * 20, allowance=sl.units("25.5", 6)).allowance
    25500000

Rules: One a token; in production, the last one for a token counts (R8). In production, account-functions with it are
refused when executed (R7).
""",
    types.GasLimit: """
Grants nothing; it bounds the gas that the wallet pays for the session's operations, failed ones included.
Unit: gas under the documented rules, wei in production (R3), over the session's lifetime.
Accepts: ``limit``: a whole number from 0 to 2**256 - 1, such as 3_000_000 gas or ``sl.ether("0.01")``.

    >>> import sessionlab as sl
    >>> sl.GasLimit(limit=3_000_000).limit
    3000000

Rules: One a session, and never alone. A limit in gas does not bound the price of gas: a thief who bundles can take all
the wallet's ETH as the fee of one operation. Operations that a sponsor pays for do not count.
""",
    types.ContractAccess: f"""
Grants every function of one contract, with any call data. Code that the contract may get later is included.
Unit: none; it counts nothing.
Accepts: {_ADDRESS}

    >>> import sessionlab as sl
    >>> sl.ContractAccess(address="0x" + "11" * 20).type
    'contract-access'

Rules: {_ONCE} {_VALUE}
""",
    types.FunctionsOnContract: f"""
Grants some functions of one contract, whatever their arguments.
Unit: none; it counts nothing.
Accepts: {_ADDRESS}
{_FUNCTIONS}

    >>> import sessionlab as sl
    >>> sl.FunctionsOnContract(address="0x" + "11" * 20, functions=["increment()"]).functions
    ('0xd09de08a',)

Rules: {_ONCE} {_VALUE}
""",
    types.FunctionsOnAllContracts: f"""
Grants some functions on any address, tokens included: ``transfer`` here reaches every token that the wallet has.
Unit: none; it counts nothing.
Accepts: {_FUNCTIONS}

    >>> import sessionlab as sl
    >>> sl.FunctionsOnAllContracts(functions=["0xa9059cbb"]).functions
    ('0xa9059cbb',)

Rules: {_WIDE} {_VALUE}
""",
    types.AccountFunctions: f"""
Grants some functions of the wallet itself, such as ``updateFallbackSignerData``, which makes another key the owner.
Unit: none; it counts nothing.
Accepts: {_FUNCTIONS}

    >>> import sessionlab as sl
    >>> sl.AccountFunctions(functions=["updateFallbackSignerData(address,bool)"]).type
    'account-functions'

Rules: Functions that execute, install or upgrade are never granted: ``sl.NEVER_GRANTED`` lists them. In production, it
is refused with erc20-token-transfer when executed (R7), and ``validateUserOp`` may be granted (R9).
""",
    types.Root: """
Grants all that the owner may do, without limit: any call, any amount, and the wallet's own functions.
Unit: none; it counts nothing, and nothing bounds it but the session's expiry, in Unix seconds.
Accepts: no fields.

    >>> import sessionlab as sl
    >>> sl.Root().to_json()
    {'type': 'root'}

Rules: It stands alone: no other permission may be in the list.
""",
    types.CallLimit: """
Grants nothing; it bounds how many operations the session sends. An operation that fails in execution counts.
Unit: operations, over the session's lifetime. One operation may hold many calls.
Accepts: ``count``: a whole number from 0 to 2**256 - 1.

    >>> import sessionlab as sl
    >>> sl.CallLimit(count=5).count
    5

Rules: An extension: a lab takes it if it was made with ``sl.Lab(extensions=["call-limit"])``. Never alone.
""",
}
