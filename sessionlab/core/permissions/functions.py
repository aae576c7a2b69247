"""Functions by their four-byte selectors: how to write one, and the names of those that lessons meet."""

from __future__ import annotations

from eth_utils.abi import function_signature_to_4byte_selector


def selector(signature: str) -> str:
    """The selector of a signature, ``transfer(address,uint256)``, as hex text: ``0xa9059cbb``."""
    return "0x" + function_signature_to_4byte_selector(signature).hex()


#: The wallet's: one call, several, and what stands before either when what they spend is counted.
EXECUTE, EXECUTE_BATCH, EXECUTE_USER_OP = (bytes.fromhex(code) for code in ("b61d27f6", "34fcd5be", "8dd7712f"))
#: The wallet's ``validateUserOp``, which only the EntryPoint calls: it pays the prefund and uses up gas limits.
VALIDATE_USER_OP = bytes.fromhex("19822f7c")
#: A token's ``transfer`` and ``approve``, whose second argument is an amount of it.
TRANSFER, APPROVE = bytes.fromhex("a9059cbb"), bytes.fromhex("095ea7b3")
#: A token's approval by signature (EIP-2612).
PERMIT = bytes.fromhex("d505accf")

_MANIFEST = "((bytes4,bool,bool)[],(bytes4,uint32,bool,bool)[],bytes4[])"

_ROWS = "(uint256,address,bytes4,uint256)[]"

#: The functions of the wallet that only its owner, or a session with root, has by nature.
INSTALL_SESSION = selector(f"installSession(uint32,address,uint48,uint48,uint256,{_ROWS})")
UNINSTALL_SESSION = selector("uninstallSession(uint32,bool)")
REPLACE_OWNER = selector("updateFallbackSignerData(address,bool)")

#: Functions of the wallet that account-functions never grants, selector -> name: those of the published ABI of
#: Modular Account v2 (rule ``SelectorNotAllowed``), and what this wallet has in their place.
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

#: Selector -> signature of the functions that people here meet; only for sentences, never for a rule.
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
    """What to call a selector in a sentence: its signature if known, else the selector itself."""
    return KNOWN_FUNCTIONS.get(code, code)
