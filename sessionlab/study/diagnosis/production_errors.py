"""Errors of the wallet contracts in production (Modular Account v2 and its modules), by selector.

They have the names that the lab's contracts use, and mostly no arguments: so their selectors differ from the lab's,
and what was asked and left is not in them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sessionlab.core.permissions.functions import selector


@dataclass(frozen=True)
class ProductionError:
    """One error: its signature as declared, and what it says."""

    signature: str
    sentence: str
    fix: str
    #: The sentence for validation, where it says something else.
    in_validation: str = ""

    @property
    def name(self) -> str:
        """Its name without arguments."""
        return self.signature.partition("(")[0]

    @property
    def words(self) -> tuple[str, ...]:
        """The types of its arguments, each one word."""
        return tuple(filter(None, self.signature.partition("(")[2][:-1].split(",")))


_NEW_GRANT = "Ask the owner for a session that grants it, or leave the call out."
_ERRORS = (
    ProductionError(
        "AddressNotAllowed()", "A call goes to an address that no permission of the session names.", _NEW_GRANT
    ),
    ProductionError(
        "SelectorNotAllowed()",
        "A call uses a function that is not in the session's list for its target; on a token with a limit, only "
        "transfer and approve are.",
        _NEW_GRANT,
    ),
    ProductionError(
        "NoSelectorSpecified()",
        "A call to a target with a list of functions has fewer than four bytes of data, so it names no function.",
        "Call one of the listed functions, or grant contract-access for the target.",
    ),
    ProductionError(
        "ExceededTokenLimit()",
        "A transfer or an approval asks for more than its erc20-token-transfer allowance has left. Approvals count in "
        "full, and nothing refills.",
        "Send less, or ask the owner for a session with a higher allowance.",
    ),
    ProductionError(
        "ExceededNativeTokenLimit()",
        "Two limits share this name. In validation, behind AA23, it is the gas-limit. In execution it is "
        "native-token-transfer: the calls send more ETH than is left of it.",
        "Send less or ask for a higher limit. A gas-limit that was meant in gas has to be granted in wei.",
        "The operation may cost more than is left of the session's gas-limit, which counts wei in production.",
    ),
    ProductionError(
        "InvalidPaymaster()",
        "The operation names a paymaster that pays nothing, so its gas would not be counted.",
        "Name the paymaster that pays, or none.",
    ),
    ProductionError(
        "SpendingRequestNotAllowed(bytes4)",
        "A session with a token limit may only call contracts, and the operation uses a function of the wallet itself.",
        "Use a second session for the wallet's own functions.",
    ),
    ProductionError(
        "ERC20NotAllowed(address)", "A token limit names an address that cannot be a token.", "Name the token."
    ),
    ProductionError(
        "InvalidCalldataLength()",
        "A transfer or an approval of a token with a limit has fewer than 68 bytes of data.",
        "Encode transfer(address,uint256) or approve(address,uint256) in full.",
    ),
    ProductionError(
        "RequireUserOperationContext()",
        "The session has a spend limit, and the call data is not wrapped in executeUserOp, where it is counted.",
        "Put the selector of executeUserOp, 0x8dd7712f, in front of the call data.",
    ),
    ProductionError(
        "SelfCallRecursionDepthExceeded()",
        "A call goes from the wallet to its own execute or executeBatch, which no rule would look into.",
        "Send that function as an operation of its own.",
    ),
    ProductionError(
        "ValidationFunctionMissing(bytes4)",
        "The session may not use this function of the wallet.",
        "Grant it with account-functions, or use execute or executeBatch.",
    ),
    ProductionError(
        "UnrecognizedFunction(bytes4)",
        "The wallet has no function with this selector.",
        "Encode the operation's call data with the wallet's ABI.",
    ),
    ProductionError(
        "SignatureValidationInvalid(bytes24)",
        "This session cannot sign messages (ERC-1271) in the wallet's name.",
        "Let the owner sign.",
    ),
    ProductionError(
        "UserOpValidationInvalid(bytes24)",
        "There is no session with this entity id: it was never installed, or it was revoked.",
        "Send the session's first operation with its install, or ask the owner for a new session.",
    ),
    ProductionError(
        "DeferredActionSignatureInvalid()",
        "The install that the operation carries is not what the owner signed.",
        "Have the owner sign the session's typed data, and send it unchanged.",
    ),
    ProductionError(
        "TimeRangeNotValid()", "The session would end before it begins.", "Give an expiry after its beginning."
    ),
    ProductionError("NotEntryPoint()", "Only the EntryPoint may call this.", "Send it as a user operation."),
)  # fmt: skip

#: Selector → error.
PRODUCTION_ERRORS = {bytes.fromhex(selector(error.signature)[2:]): error for error in _ERRORS}
