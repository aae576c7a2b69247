"""The calls that move assets out of a wallet: of tokens, collections, vaults, the EntryPoint and the wallet itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sessionlab.core.base.abi_words import address_word, word
from sessionlab.core.permissions.functions import INSTALL_SESSION, REPLACE_OWNER, UNINSTALL_SESSION, selector
from sessionlab.core.permissions.operation import PlainCall, plain_call


@dataclass(frozen=True)
class TokenFunction:
    """A token function that takes units away from its caller."""

    signature: str
    #: What each argument stands for: ``thief``, ``holder``, ``amount`` (of a collection, the thing's id), ``yes``, or
    #: ``empty`` for bytes at the end that are empty.
    arguments: tuple[str, ...]
    #: It only approves the thief, who then pulls the units.
    approves: bool = False
    #: It needs an allowance even for the caller's own units, except in some tokens.
    needs_allowance: bool = False

    @cached_property
    def selector(self) -> bytes:
        """The four-byte selector."""
        return code(self.signature)

    @property
    def name(self) -> str:
        """The function's name without its parameters."""
        return self.signature.partition("(")[0]

    def data(self, *, thief: str, holder: str, amount: int) -> bytes:
        """Encode the calldata for this function."""
        words = {"thief": address_word(thief), "holder": address_word(holder), "amount": word(amount), "yes": word(1)}
        words["empty"] = word(32 * len(self.arguments)) + word(0)
        return self.selector + b"".join(words[argument] for argument in self.arguments)


def code(signature: str) -> bytes:
    """Return the selector of a signature as bytes."""
    return bytes.fromhex(selector(signature)[2:])


TRANSFER_FROM = TokenFunction(
    "transferFrom(address,address,uint256)", ("holder", "thief", "amount"), needs_allowance=True
)

#: For fungible tokens, the shortest way first.
TOKEN_FUNCTIONS = (
    TokenFunction("transfer(address,uint256)", ("thief", "amount")),
    TokenFunction("approve(address,uint256)", ("thief", "amount"), approves=True),
    TokenFunction("increaseAllowance(address,uint256)", ("thief", "amount"), approves=True),
    TokenFunction("burn(uint256)", ("amount",)),
    TRANSFER_FROM,
)

#: The same for collections (ERC-721), whose things are moved one by one. ``transferFrom`` is among the tokens' too.
MOVE_THING = TokenFunction("transferFrom(address,address,uint256)", ("holder", "thief", "amount"))
SAFE_MOVE = TokenFunction("safeTransferFrom(address,address,uint256)", ("holder", "thief", "amount"))
SAFE_MOVE_WITH_DATA = TokenFunction(
    "safeTransferFrom(address,address,uint256,bytes)", ("holder", "thief", "amount", "empty")
)
APPROVE_ALL = TokenFunction("setApprovalForAll(address,bool)", ("thief", "yes"), approves=True)
APPROVE_THING = TokenFunction("approve(address,uint256)", ("thief", "amount"), approves=True)
COLLECTION_FUNCTIONS = (
    MOVE_THING,
    SAFE_MOVE,
    SAFE_MOVE_WITH_DATA,
    APPROVE_ALL,
    APPROVE_THING,
    TokenFunction("burn(uint256)", ("amount",)),
)
#: Those whose selectors no fungible token has.
ONLY_OF_COLLECTIONS = (SAFE_MOVE, SAFE_MOVE_WITH_DATA, APPROVE_ALL)
#: By which the wallet moves what others approved to it; an operator of a collection also hands its right on.
PULLS = (MOVE_THING, SAFE_MOVE, SAFE_MOVE_WITH_DATA, APPROVE_THING)

#: A function that no permission names: a session that may call it may call any function there.
UNNAMED = code("sessionlab_unnamed()")

#: Functions of a contract that keeps ETH for the wallet: those that take none out, and those that pay the caller.
PAY_IN = frozenset(map(code, ("deposit()", "balanceOf(address)", "totalDeposits()")))
#: On all contracts, these are granted for the sake of tokens and collectibles.
OF_TOKENS = frozenset(function.selector for function in (*TOKEN_FUNCTIONS, *COLLECTION_FUNCTIONS))
PAYS_BACK = ("withdraw(uint256)", "withdraw()", "withdrawAll()")
PAY_THE_CALLER = frozenset(map(code, PAYS_BACK))
OF_KEEPERS = PAY_IN | PAY_THE_CALLER

WITHDRAW_TO = "withdrawTo(address,uint256)"
DEPOSIT_TO = "depositTo(address)"
UNLOCK_STAKE, WITHDRAW_STAKE = "unlockStake()", "withdrawStake(address)"

#: The wallet's functions that replace the owner or change what sessions may do.
OWNER_FUNCTION = bytes.fromhex(REPLACE_OWNER[2:])
SESSION_FUNCTIONS = frozenset(bytes.fromhex(text[2:]) for text in (INSTALL_SESSION, UNINSTALL_SESSION))


def withdraw_to(entry_point: str, to: str, wei: int) -> PlainCall:
    """Return the call that withdraws a deposit from the EntryPoint."""
    return plain_call(entry_point, 0, code(WITHDRAW_TO) + address_word(to) + word(wei))


def replace_owner(owner: str) -> bytes:
    """Encode the call that makes ``owner`` the wallet's owner."""
    return OWNER_FUNCTION + address_word(owner) + word(0)


def arguments_of_zeros(function: bytes) -> bytes:
    """Return calldata for a function whose arguments are unknown; empty for a selector of zeros."""
    return function + bytes(160)
