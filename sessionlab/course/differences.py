"""Cases where documentation and production differ, and cases where both allow more than expected. See ``cases.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.core.base.abi_words import word
from sessionlab.core.base.amounts import ether, units
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, pack
from sessionlab.core.erc4337.wallet_encoding import execute, nonce_key_of
from sessionlab.core.permissions.functions import VALIDATE_USER_OP
from sessionlab.core.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
)
from sessionlab.course.cases import Difference, attacked, sent

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, SmartWalletClient

TRANSFER, NEW_OWNER = "transfer(address,uint256)", "updateFallbackSignerData(address,bool)"


def _withdraw(lab: Lab, wallet: SmartWalletClient) -> tuple[list[Permission], list[Call]]:
    lab.deposit(wallet.address, ether(2))
    data = artifact("EntryPoint").encode("withdrawTo", lab.merchant, ether(1))
    return [ContractAccess(address=ENTRY_POINT)], [Call(ENTRY_POINT, data=data)]


def _own_function(lab: Lab, wallet: SmartWalletClient) -> tuple[list[Permission], list[Call]]:
    allowance = Erc20TokenTransfer(address=lab.dollar, allowance=units(25, 6))
    return [allowance, AccountFunctions(functions=["owner()"])], [Call(wallet.address, function="owner()")]


def _new_owner(lab: Lab, wallet: SmartWalletClient) -> tuple[list[Permission], list[Call]]:
    call = Call(wallet.address, function=NEW_OWNER, args=[lab.merchant, False])
    return [AccountFunctions(functions=[NEW_OWNER])], [call]


def _validation(lab: Lab, wallet: SmartWalletClient) -> tuple[list[Permission], list[Call]]:
    """A call of the wallet's own validation, which asks for 1 ETH. Nobody judges what it answers."""
    data = execute(Call(lab.merchant), wrapped=False)
    asked = UserOperation(wallet.address, nonce_key_of(0, is_global=True) << 64, data, 0, 0, 0, 0, 0)
    call = VALIDATE_USER_OP + word(96) + bytes(32) + word(ether(1)) + pack(asked)
    return [AccountFunctions(functions=["0x" + VALIDATE_USER_OP.hex()])], [Call(wallet.address, data=call)]


def _pay(lab: Lab, token: str, whole: int, decimals: int) -> Call:
    return Call(token, function=TRANSFER, args=[lab.merchant, units(whole, decimals)])


#: For each flag, an operation that the two rulesets decide differently.
DIFFERENCES = (
    Difference(
        "R1",
        "contract-access to the counter: deposit() with 1 ETH",
        sent(
            lambda lab, _: (
                [ContractAccess(address=lab.counter)],
                [Call(lab.counter, ether(1), function="deposit()")],
            )
        ),
    ),
    Difference(
        "R2",
        "native-token-transfer alone: 0.1 ETH to the merchant",
        sent(lambda lab, _: ([NativeTokenTransfer(allowance=ether(1))], [Call(lab.merchant, ether("0.1"))])),
    ),
    Difference(
        "R2",
        "native-token-transfer and access to the counter: 0.1 ETH to the merchant",
        sent(
            lambda lab, _: (
                [NativeTokenTransfer(allowance=ether(1)), ContractAccess(address=lab.counter)],
                [Call(lab.merchant, ether("0.1"))],
            )
        ),
    ),
    Difference(
        "R3",
        "gas-limit of 3,000,000 and access to the counter: one increment()",
        sent(
            lambda lab, _: (
                [GasLimit(limit=3_000_000), ContractAccess(address=lab.counter)],
                [Call(lab.counter, function="increment()")],
            )
        ),
    ),
    Difference(
        "R4",
        "increment() on all contracts, deposit() on the counter: increment() on the counter",
        sent(
            lambda lab, _: (
                [
                    FunctionsOnAllContracts(functions=["increment()"]),
                    FunctionsOnContract(address=lab.counter, functions=["deposit()"]),
                ],
                [Call(lab.counter, function="increment()")],
            )
        ),
    ),
    Difference(
        "R5",
        "function 0x00000000 on all contracts: a call without data to the merchant",
        sent(lambda lab, _: ([FunctionsOnAllContracts(functions=["0x00000000"])], [Call(lab.merchant)])),
    ),
    Difference(
        "R6",
        "revoked without hook data, then a narrower grant: what only the first one allowed",
        attacked("stale-allowlist"),
    ),
    Difference("R7", "owner() of the wallet, with a token allowance: owner()", sent(_own_function)),
    Difference(
        "R8",
        "25 LUSD, then 500 LUSD of the same token: a transfer of 100 LUSD",
        sent(
            lambda lab, _: (
                [Erc20TokenTransfer(address=lab.dollar, allowance=units(n, 6)) for n in (25, 500)],
                [_pay(lab, lab.dollar, 100, 6)],
            )
        ),
    ),
    Difference("R9", "account-functions with validateUserOp: 1 ETH into the wallet's deposit", sent(_validation)),
)

#: Cases that surprise people who grant permissions, under either ruleset.
FACTS = (
    Difference(
        "",
        "contract-access to LUSD, no allowance: all 1,000 LUSD",
        sent(lambda lab, _: ([ContractAccess(address=lab.dollar)], [_pay(lab, lab.dollar, 1_000, 6)])),
    ),
    Difference(
        "",
        "transfer on all contracts: all 1,000 LAB, which nobody named",
        sent(lambda lab, _: ([FunctionsOnAllContracts(functions=[TRANSFER])], [_pay(lab, lab.token, 1_000, 18)])),
    ),
    Difference(
        "R1",
        "transfer on all contracts: 1 ETH to an address without code",
        sent(
            lambda lab, _: (
                [FunctionsOnAllContracts(functions=[TRANSFER])],
                [Call(lab.merchant, ether(1), _pay(lab, lab.token, 1, 18).data)],
            )
        ),
    ),
    Difference("", "contract-access to the EntryPoint: withdrawTo, from the wallet's deposit", sent(_withdraw)),
    Difference("", "account-functions with updateFallbackSignerData: another owner", sent(_new_owner)),
    Difference("", "no gas-limit: the thief bundles, at 1,000 times the price", attacked("own-bundler")),
    Difference(
        "",
        "root, and a limit of 1 ETH with it",
        sent(lambda lab, _: ([Root(), NativeTokenTransfer(allowance=ether(1))], [Call(lab.merchant, 1)])),
    ),
    Difference("", "the key grants itself wider limits", attacked("edit-own-limits")),
    Difference("", "a token that nobody named, in an operation wrapped in executeUserOp", attacked("wrapped-call")),
)
