"""The calls by which things leave a wallet: functions of tokens, of the EntryPoint and of the wallet itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sessionlab.core.base.abi_words import address_word, word
from sessionlab.core.permissions.functions import INSTALL_SESSION, REPLACE_OWNER, UNINSTALL_SESSION, selector
from sessionlab.core.permissions.operation import PlainCall, plain_call


@dataclass(frozen=True)
class TokenFunction:
    """A function of a token by which its caller loses units."""

    signature: str
    #: Who or what each argument is: ``thief``, ``wallet``, ``amount``, ``yes``.
    arguments: tuple[str, ...]
    #: It only allows the thief to take the units, who then pulls them.
    approves: bool = False
    #: For the caller's own units it needs an allowance, except in some tokens.
    needs_allowance: bool = False

    @cached_property
    def selector(self) -> bytes:
        """Its four bytes."""
        return code(self.signature)

    @property
    def name(self) -> str:
        """Its name alone."""
        return self.signature.partition("(")[0]

    def data(self, *, thief: str, wallet: str, amount: int) -> bytes:
        """The call's data."""
        words = {"thief": address_word(thief), "wallet": address_word(wallet), "amount": word(amount), "yes": word(1)}
        return self.selector + b"".join(words[argument] for argument in self.arguments)


def code(signature: str) -> bytes:
    """A selector as bytes."""
    return bytes.fromhex(selector(signature)[2:])


TRANSFER_FROM = TokenFunction(
    "transferFrom(address,address,uint256)", ("wallet", "thief", "amount"), needs_allowance=True
)

#: Of fungible tokens, the shortest way first.
TOKEN_FUNCTIONS = (
    TokenFunction("transfer(address,uint256)", ("thief", "amount")),
    TokenFunction("approve(address,uint256)", ("thief", "amount"), approves=True),
    TokenFunction("increaseAllowance(address,uint256)", ("thief", "amount"), approves=True),
    TokenFunction("burn(uint256)", ("amount",)),
    TRANSFER_FROM,
)

#: The same for collectibles; only for findings about all contracts.
COLLECTIBLE_FUNCTIONS = (
    TokenFunction("safeTransferFrom(address,address,uint256)", ("wallet", "thief", "amount")),
    TokenFunction("setApprovalForAll(address,bool)", ("thief", "yes"), approves=True),
)

#: A function that no permission names: who may call it may call anything there.
UNNAMED = code("sessionlab_unnamed()")

WITHDRAW_TO = "withdrawTo(address,uint256)"
DEPOSIT_TO = "depositTo(address)"

#: Functions of the wallet itself that put somebody else in the owner's place, or change what sessions may do.
OWNER_FUNCTION = bytes.fromhex(REPLACE_OWNER[2:])
SESSION_FUNCTIONS = frozenset(bytes.fromhex(text[2:]) for text in (INSTALL_SESSION, UNINSTALL_SESSION))


def withdraw_to(entry_point: str, to: str, wei: int) -> PlainCall:
    """Take a deposit out of the EntryPoint."""
    return plain_call(entry_point, 0, code(WITHDRAW_TO) + address_word(to) + word(wei))


def replace_owner(owner: str) -> bytes:
    """The data that makes ``owner`` the wallet's owner."""
    return OWNER_FUNCTION + address_word(owner) + word(0)


def arguments_of_zeros(function: bytes) -> bytes:
    """A call's data when nothing is known of the function's arguments; empty for a selector of zeros."""
    return function + bytes(160)
