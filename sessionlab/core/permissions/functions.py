"""Four-byte function selectors: how to compute them, and the names of those that appear in the lessons."""

from __future__ import annotations

from functools import lru_cache

from eth_utils.abi import function_signature_to_4byte_selector


@lru_cache(1024)
def selector(signature: str) -> str:
    """Return a signature's selector as hex text: ``0xa9059cbb`` for ``transfer(address,uint256)``."""
    return "0x" + function_signature_to_4byte_selector(signature).hex()


#: The wallet's functions for one call, for several calls, and for wrapping either so that spending is counted.
EXECUTE, EXECUTE_BATCH, EXECUTE_USER_OP = (bytes.fromhex(code) for code in ("b61d27f6", "34fcd5be", "8dd7712f"))
#: The wallet's ``validateUserOp``, which only the EntryPoint may call: it pays the prefund and uses up gas limits.
VALIDATE_USER_OP = bytes.fromhex("19822f7c")
#: A token's ``transfer`` and ``approve``; the second argument of both is an amount.
TRANSFER, APPROVE = bytes.fromhex("a9059cbb"), bytes.fromhex("095ea7b3")
#: A token's approval by signature (EIP-2612).
PERMIT = bytes.fromhex("d505accf")

_MANIFEST = "((bytes4,bool,bool)[],(bytes4,uint32,bool,bool)[],bytes4[])"

_ROWS = "(uint256,address,bytes4,uint256)[]"

#: The wallet's functions that only its owner and root sessions may use.
INSTALL_SESSION = selector(f"installSession(uint32,address,uint48,uint48,uint256,{_ROWS})")
UNINSTALL_SESSION = selector("uninstallSession(uint32,bool)")
REPLACE_OWNER = selector("updateFallbackSignerData(address,bool)")

#: Selector -> name of the wallet functions that account-functions never grants: those in the published ABI of
#: Modular Account v2 (rule ``SelectorNotAllowed``), and this wallet's equivalents.
NEVER_GRANTED = {
    selector(signature): signature.partition("(")[0]
    for signature in (
        "execute(address,uint256,bytes)",
        "executeBatch((address,uint256,bytes)[])",
        "performCreate(uint256,bytes,bool,bytes32)",
        "executeWithRuntimeValidation(bytes,bytes)",
        "installValidation(bytes25,bytes4[],bytes,bytes[])",
        "uninstallValidation(bytes24,bytes,bytes[])",
        f"installExecution(address,{_MANIFEST},bytes)",
        f"uninstallExecution(address,{_MANIFEST},bytes)",
        "upgradeToAndCall(address,bytes)",
        "executeUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32)",
        f"installSession(uint32,address,uint48,uint48,uint256,{_ROWS})",
        "uninstallSession(uint32,bool)",
    )
}

#: Selector -> name of the validation of an operation, which R9 does not let account-functions grant.
VALIDATION = {"0x" + VALIDATE_USER_OP.hex(): "validateUserOp"}

#: Selector -> signature of functions that appear in labs and lessons; for display only, never used by a rule.
KNOWN_FUNCTIONS = {
    selector(signature): signature
    for signature in (
        "transfer(address,uint256)",
        "approve(address,uint256)",
        "transferFrom(address,address,uint256)",
        "increaseAllowance(address,uint256)",
        "balanceOf(address)",
        "increment()",
        "add(uint256)",
        "deposit()",
        "fail()",
        "pull(address,address,uint256)",
        "number()",
        "ping()",
        "withdraw(uint256)",
        "withdrawTo(address,uint256)",
        "mint(address,uint256)",
        "safeTransferFrom(address,address,uint256)",
        "setApprovalForAll(address,bool)",
        "updateFallbackSignerData(address,bool)",
    )
}


def function_name(code: str) -> str:
    """Return a selector's signature if it is known, a wallet function's name, or else the selector itself."""
    return KNOWN_FUNCTIONS.get(code) or (NEVER_GRANTED | VALIDATION).get(code, code)
