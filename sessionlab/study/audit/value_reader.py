"""Which functions are known to refuse ETH: those of this project's own contracts that are not payable.

A probe shows nothing here. What a function does with ETH may depend on its arguments, the amount and the time, so only
the code decides, and of code that is not known every function may take ETH.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from sessionlab.core.contracts.artifacts import FOLDER, Artifact, artifact

PAYABLE = "payable"


@cache
def _contracts() -> tuple[Artifact, ...]:
    """This project's contracts, those with the longest code first."""
    made = (artifact(file.stem) for file in sorted((FOLDER / "artifacts").glob("*.json")))
    return tuple(sorted(made, key=lambda each: -len(each.runtime)))


def known_contract(code: bytes) -> Artifact | None:
    """Return the contract whose code this is; immutables may follow it. None if it is not known."""
    own = (made for made in _contracts() if made.runtime and code.startswith(made.runtime))
    # Immutables are addresses and numbers, padded to whole words.
    return next((made for made in own if (len(code) - len(made.runtime)) % 32 == 0), None)


def refused_by(code: bytes, asked: Iterable[bytes]) -> Iterator[bytes | None]:
    """Yield the functions that are certain to refuse ETH: selectors, b"" for no data, None for everything."""
    made = known_contract(code)
    if made is None:
        return
    payable = {item["type"] for item in made.abi if item.get("stateMutability") == PAYABLE}
    if not payable:
        yield None
    if not payable & {"fallback", "receive"}:
        yield b""
    names = {entry.selector: entry for entry in made.functions.values()}
    for selector in sorted(set(asked) & set(names)):
        entry = names[selector]
        items = [i for i in made.abi if i.get("name") == entry.name and len(i["inputs"]) == len(entry.types)]
        if all(item["stateMutability"] != PAYABLE for item in items):
            yield selector
