"""Which permission do I need? A tree of questions, whose leaves are lists of permissions that were run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from sessionlab.core.base.html import BLUE, frame
from sessionlab.course.note import WHOLE_WORDS
from sessionlab.study.pictures.base import Picture


@dataclass(frozen=True)
class Leaf:
    """What to grant: in words, in Python (``lab`` is a lab), and the trap."""

    grant: str
    python: str
    mind: str


@dataclass(frozen=True)
class Branch:
    """A question with its answers."""

    asks: str
    answers: tuple[tuple[str, Branch | Leaf], ...]


TREE = Branch(
    "What does the key have to do?",
    (
        (
            "send ETH",
            Branch(
                "To whom?",
                (
                    (
                        "to an address without code, a person",
                        Leaf(
                            "native-token-transfer, and the payee by contract-access",
                            "[sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.ContractAccess(address=lab.merchant)]",
                            "Production reaches the payee only if it is named; the documentation asks for no name.",
                        ),
                    ),
                    (
                        "to a payable function of a contract",
                        Leaf(
                            "functions-on-contract for the function, and native-token-transfer for the amount",
                            '[sl.FunctionsOnContract(address=lab.vault, functions=["deposit()"]), '
                            "sl.NativeTokenTransfer(allowance=sl.ether(1))]",
                            "Without native-token-transfer, production lets any amount go along.",
                        ),
                    ),
                ),
            ),
        ),
        (
            "move a token",
            Leaf(
                "erc20-token-transfer for that token",
                "[sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(25, 6))]",
                "Approvals count in full. Never grant a token by contract-access or transfer on all contracts.",
            ),
        ),
        (
            "call a contract",
            Branch(
                "How much of it?",
                (
                    (
                        "some of its functions",
                        Leaf(
                            "functions-on-contract, and native-token-transfer of 0 so that no ETH goes along",
                            '[sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]), '
                            "sl.NativeTokenTransfer(allowance=0)]",
                            "Arguments are not looked at: an amount in them is not limited.",
                        ),
                    ),
                    (
                        "all of it",
                        Leaf(
                            "contract-access, and native-token-transfer of 0 so that no ETH goes along",
                            "[sl.ContractAccess(address=lab.counter), sl.NativeTokenTransfer(allowance=0)]",
                            "It includes what the contract's code may become later.",
                        ),
                    ),
                    (
                        "one function, of contracts that nobody knows yet",
                        Leaf(
                            "functions-on-all-contracts, and a limit for every token and for ETH",
                            '[sl.FunctionsOnAllContracts(functions=["increment()"]), '
                            "sl.NativeTokenTransfer(allowance=0)]",
                            "A thief has a contract with that function, too. List the contracts if you can.",
                        ),
                    ),
                ),
            ),
        ),
        (
            "use a function of the wallet itself",
            Leaf(
                "account-functions for that function alone",
                '[sl.AccountFunctions(functions=["owner()"])]',
                "Ask session.audit() first: updateFallbackSignerData makes the thief the owner.",
            ),
        ),
        (
            "everything",
            Leaf("nothing: use the owner's key, or write down the parts", "[]", "root has no limit and takes none."),
        ),
    ),
)
ALSO = (
    "Then, always: an expiry; a gas-limit, or a sponsor that pays for the gas; and session.audit() before the owner "
    "signs. A gas-limit counts gas in the documentation and wei in production."
)


@dataclass(frozen=True, repr=False)
class DecisionTree(Picture):
    """Questions to open one after the other, down to what to grant."""

    root: Branch = TREE

    def leaves(self) -> Iterator[tuple[tuple[str, ...], Leaf]]:
        """Yield the answers that lead to each leaf, and the leaf."""
        yield from _leaves(self.root, ())

    @property
    def alternative_text(self) -> str:
        """Every way from the first question to what to grant."""
        ways = "; ".join(f"{', '.join(way)}: {leaf.grant}" for way, leaf in self.leaves())
        return f"Which permission do I need? {ways}."

    def text(self) -> str:
        """The tree as indented lines."""
        return "\n".join([*_lines(self.root, 0), ALSO])

    def html(self) -> str:
        """The tree as lists that open by click or by keyboard."""
        tree = f"{_html(self.root)}<p style='margin:8px 0 0'>{escape(ALSO)}</p>"
        return f"<style>{WHOLE_WORDS}</style>{frame('Which permission do I need?', BLUE, tree)}"


def which_permission() -> DecisionTree:
    """Return the decision tree: what a key has to do, and the permissions that it needs for that."""
    return DecisionTree()


def _leaves(node: Branch | Leaf, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Leaf]]:
    if isinstance(node, Leaf):
        yield way, node
    else:
        for answer, below in node.answers:
            yield from _leaves(below, (*way, answer))


def _lines(node: Branch | Leaf, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(node, Leaf):
        yield from (f"{indent}→ {node.grant}", f"{indent}  {node.python}", f"{indent}  {node.mind}")
        return
    yield f"{indent}{node.asks}"
    for answer, below in node.answers:
        yield f"{indent}  • {answer}"
        yield from _lines(below, depth + 2)


def _html(node: Branch | Leaf) -> str:
    if isinstance(node, Leaf):
        style = "white-space:pre-wrap;overflow-wrap:anywhere;background:none;color:inherit"
        code = f"<code style='{style}'>{escape(node.python)}</code>"
        return f"<div style='margin:2px 0 6px 18px'><b>{escape(node.grant)}</b><br>{code}<br>{escape(node.mind)}</div>"
    folded = "".join(
        f"<details open><summary>{escape(answer)}</summary>{_html(below)}</details>" for answer, below in node.answers
    )
    return f"<div style='margin-left:18px'><div style='font-weight:600'>{escape(node.asks)}</div>{folded}</div>"
