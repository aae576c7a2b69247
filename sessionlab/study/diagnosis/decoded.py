"""``decode_error``: a refusal as production logs show it, in words.

decode_error("0x220266b6…")                       revert data
decode_error("AA23 reverted 0xf4d678b8")          a bundler's message, with or without the account's data
decode_error("AA21 didn't pay prefund")           a code alone
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import RED, card
from sessionlab.core.contracts.reverts import EMPTY, UNKNOWN, Revert, decode_revert
from sessionlab.core.denials.denial import Context, deny
from sessionlab.core.permissions.functions import selector
from sessionlab.study.diagnosis.production_errors import PRODUCTION_ERRORS

_AA = re.compile(r"\bAA\d\d\b[^:\"{}\[\],]*?(?=\s*(?:0x|[:\"{}\[\],]|$))")
_HEX = re.compile(r"0x[0-9a-fA-F]*")
_MOST = 200_000  # characters; a bundle is smaller
_WRAPPERS = ("FailedOp", "FailedOpWithRevert")
_LOOK_UP = "Look the selector up among the errors of the contract that was called, and of the wallet's modules."
_FIX = "give revert data (0x…), a code such as AA23, or the message of a bundler."
#: What the code alone says, where more of it is known only with the operation.
_ALONE = {
    "AA22": (
        "The operation comes outside its session's time window: the session has expired, or has not begun.",
        "Ask the owner for a new session, or check the signer's clock.",
    ),
    "AA23": (
        "The wallet refused the operation in validation, and the message does not say why.",
        "Read the data behind the code: it is the wallet's own error.",
    ),
}


@dataclass(frozen=True, repr=False)
class DecodedError:
    """A refusal in words. ``path``: its reasons, from the outermost to the wallet's own; ``args``: the last one's."""

    #: The innermost reason: ``AddressNotAllowed``, ``AA24 signature error``; ``UnknownError`` if it is not known here.
    code: str
    #: ``validation``: nobody paid; ``execution``: the gas was paid; None if the data does not tell.
    phase: str | None
    sentence: str
    fix: str
    path: tuple[str, ...]
    args: tuple[tuple[str, str], ...]
    raw: str

    @property
    def known(self) -> bool:
        """Whether the error is one of the EntryPoint's or of the lab's contracts."""
        return self.code != UNKNOWN

    def __repr__(self) -> str:
        lines = [f"{' ← '.join(self.path)}: {self.sentence} {self.fix}"]
        return "\n".join([*lines, *(f"  {name}: {value}" for name, value in self._rows())])

    def _rows(self) -> Iterator[tuple[str, str]]:
        yield "phase", _PHASES[self.phase]
        yield from self.args

    def _repr_html_(self) -> str:
        rows = [("why", escape(self.sentence)), ("How to fix it", escape(self.fix))]
        rows += [(name, escape(value)) for name, value in self._rows()]
        rows.append(("code", " ← ".join(f"<code>{escape(part)}</code>" for part in self.path)))
        return card("✗ Refused", RED, rows)


_PHASES = {
    "validation": "validation: it was never mined, and nobody paid",
    "execution": "execution: it was mined, and its gas is paid",
    None: "unknown: the data alone does not tell whether it was mined",
}


def decode_error(data: str | bytes) -> DecodedError:
    """Say what an error of production means: revert data, an EntryPoint code (AA10 to AA95), or a bundler's message.

    Errors of other contracts are reported as unknown, with their selector. Raises InvalidInput for what is none of
    these.

    >>> decode_error("AA21 didn't pay prefund").sentence
    "The wallet cannot pay for the operation's gas."
    >>> decode_error("0xf4d678b8").path
    ('UnknownError',)
    >>> decode_error("AA23 reverted 0x71c4efed").sentence
    "The error is none of the EntryPoint's, the wallet's or the lab's; its selector is 0x71c4efed."
    """
    text = "0x" + bytes(data).hex() if isinstance(data, bytes | bytearray) else data
    if not isinstance(text, str) or not text.strip() or len(text) > _MOST:
        raise InvalidInput("There is no error to decode.", field="data", asked=type(data).__name__, fix=_FIX)
    return _decoded(*_read(text.strip()))


def _read(text: str) -> tuple[str, Revert | None]:
    """Return the EntryPoint's code in a text, or nothing, and the error behind it."""
    code = _AA.search(text)
    behind = text[code.end() :] if code else text
    hexes = [word for word in _HEX.findall(behind) if len(word) % 2 == 0]
    if hexes:
        inner = decode_revert(bytes.fromhex(max(hexes, key=len)[2:]))
        return (" ".join(code.group().split()) if code else "", inner)
    alone = " ".join(code.group().split()) if code else ""
    names = {error.name: error for error in PRODUCTION_ERRORS.values()}
    if (named := next((name for name in re.findall(r"\w+", text) if name in names), None)) is not None:
        return alone.partition(named)[0].strip(), Revert(
            UNKNOWN, {}, bytes.fromhex(selector(names[named].signature)[2:])
        )
    if code:
        return alone, None
    raise InvalidInput(f"There is no error in {text[:80]!r}.", field="data", asked=text, fix=_FIX)


def _decoded(code: str, revert: Revert | None) -> DecodedError:
    if revert is not None and revert.name in _WRAPPERS and not code:
        return replace(_decoded(revert.reason, revert.inner), raw=f"0x{revert.raw.hex()}")
    inner = revert.innermost if revert is not None else None
    phase = "validation" if code else None
    path: tuple[str, ...] = (code,) if code else ()
    if inner is None or (code and inner.name == EMPTY):
        said = _of_code(code)
        path += (EMPTY,) if inner else ()
        return DecodedError(code, phase, *said, path, (), "0x")
    raw = f"0x{inner.raw.hex()}"
    if error := PRODUCTION_ERRORS.get(inner.raw[:4]):
        words = [inner.raw[4 + 32 * index : 36 + 32 * index] for index in range(len(error.words))]
        args = tuple((kind, _argument(kind, word)) for kind, word in zip(error.words, words, strict=True))
        sentence = error.in_validation if phase and error.in_validation else error.sentence
        return DecodedError(error.name, phase, sentence, error.fix, (*path, error.name), args, raw)
    if inner.name == UNKNOWN:
        four = f"its selector is 0x{inner.raw[:4].hex()}" if len(inner.raw) >= 4 else "it has no selector"
        sentence = f"The error is none of the EntryPoint's, the wallet's or the lab's; {four}."
        return DecodedError(UNKNOWN, phase, sentence, _LOOK_UP, (*path, UNKNOWN), (), raw)
    denial = deny(inner, phase or "execution", Context(wallet=ZERO_ADDRESS))
    args = tuple((name, _shown(value)) for name, value in inner.args.items())
    return DecodedError(denial.code, phase, denial.sentence, denial.fix, (*path, denial.code), args, raw)


def _of_code(code: str) -> tuple[str, str]:
    """Return what an EntryPoint's code says without the data behind it: a sentence, and what to do."""
    if code[:4] in _ALONE:
        return _ALONE[code[:4]]
    denial = deny(Revert("FailedOp", {"reason": code[:4]}, b""), "validation", Context(wallet=ZERO_ADDRESS))
    if denial.rule == deny(Revert(UNKNOWN, {"data": b""}, b""), "validation", Context(wallet=ZERO_ADDRESS)).rule:
        return f"The EntryPoint of version 0.7 has no code {code[:4]}.", "Look it up in the EntryPoint that you call."
    return denial.sentence, denial.fix


def _argument(kind: str, word: bytes) -> str:
    if kind == "address":
        return "0x" + word[12:].hex()
    return "0x" + word[: int(kind.removeprefix("bytes"))].hex()


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
