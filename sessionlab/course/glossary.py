"""The words of the course, each with a sentence or two. ``ways.py`` makes the notebook of them and links first uses."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One word. ``also``: other forms under which it stands in a text, such as a plural that is not regular."""

    name: str
    means: str
    also: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """The heading's anchor, as JupyterLab and nbconvert make it."""
        return self.name.replace(" ", "-")


TERMS = (
    Term("ABI", "How a contract's functions and their arguments are written as bytes."),
    Term("account", "An address with a balance: a key's own, or a contract."),
    Term("allowance", "What a permission lets a key spend in total, over the life of its session. It never refills."),
    Term(
        "approve",
        "A token's function that lets somebody else take up to an amount later, by transferFrom. A "
        "session's "
        "allowance counts it in full, at once.",
        ("approval",),
    ),
    Term("audit", "What a thief with the key could take at most, before anybody signs: `session.audit()`."),
    Term(
        "base unit", "The smallest amount of a token, and what contracts count: 1 token with 6 decimals is 1,000,000."
    ),
    Term("batch", "Several calls in one operation. Either all of them happen or none, and limits count their total."),
    Term("block", "What a chain grows by: some transactions in order, and a time."),
    Term(
        "bundler",
        "Whoever packs user operations into a transaction and sends it to the EntryPoint. It pays "
        "the gas and "
        "is paid back there.",
    ),
    Term("call", "A target, an amount of ETH and data; what a wallet does for an operation."),
    Term("calldata", "The bytes of a call: four for the function, then the arguments.", ("call data",)),
    Term("contract", "Code with storage at an address. It runs when it is called, and its rules bind everyone."),
    Term("deployed rules", "What the wallet contracts in production do, as measured.", ("as deployed",)),
    Term("deposit", "ETH that an account keeps in the EntryPoint to pay for gas."),
    Term("documented rules", "What the documentation of the Wallet API says."),
    Term(
        "EntryPoint",
        "The one contract, ERC-4337's, to which bundlers send operations. It has the wallet validate "
        "each of them, runs it, and charges for the gas.",
    ),
    Term("entity id", "The number under which a wallet keeps a session."),
    Term("execution", "The second phase of an operation: its calls run. A refusal here is mined and costs gas."),
    Term("expiry", "The last second in which a session may be used."),
    Term("gas", "The measure of a chain's work. Its price times the gas used is what an operation costs."),
    Term("gwei", "A billionth of an ETH; gas prices are told in it."),
    Term("least privilege", "Granting what the work needs, and nothing else."),
    Term("msg.sender", "Whom a contract sees as its caller. For a session's calls it is the wallet, never the key."),
    Term("nonce", "A counter that lets an operation be used once.", ("nonce key",)),
    Term("owner", "Whose signature a wallet obeys without limits; who grants sessions and revokes them."),
    Term("paymaster", "A contract that pays for an operation's gas in the wallet's place.", ("sponsor",)),
    Term("permission", "One entry of a session's list: what the key may do, or how much of it."),
    Term("policy", "All permissions of a session together."),
    Term(
        "preflight",
        "The run without mining before an operation is sent, so that a refusal costs nothing.",
        ("simulation",),
    ),
    Term("revert", "A call that fails undoes all it did. Its gas is paid nevertheless."),
    Term("revocation", "The owner's operation that ends a session on the chain.", ("revoke",)),
    Term("selector", "The first four bytes of call data: the beginning of the hash of a function's name and types."),
    Term("session", "What another key may do for a wallet: permissions, an expiry, and the owner's signature."),
    Term("session key", "A second key that acts for a wallet within the permissions that its owner signed."),
    Term("smart wallet", "A wallet that is a contract: its code decides whose signature may do what."),
    Term("target", "The address that a call goes to."),
    Term(
        "user operation",
        "A signed request for a wallet to make calls. It is not a transaction: a bundler brings it to the chain.",
        ("operation",),
    ),
    Term(
        "validation",
        "The first phase of an operation: signature, nonce, window and reach are checked. A "
        "refusal here is "
        "never mined, and nobody pays.",
    ),
    Term("wei", "The smallest unit of ETH: 1 ETH is 10**18 wei."),
)
