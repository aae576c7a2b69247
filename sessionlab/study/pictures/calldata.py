"""Selector decoder: calldata split into its selector and 32-byte words, with the meaning of each.

It also shows data that a decoder would refuse: short data, an address with dirty upper bytes, surplus words.
Source: the Solidity ABI specification, "Formal Specification of the Encoding".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import Any

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.doors import BYTES, TEXT, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, RED, SOFT, frame, legible
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.functions import KNOWN_FUNCTIONS, selector
from sessionlab.study.doors import NAMES, SIGNATURE, a, either
from sessionlab.study.explain.decoding import OF_THE_TOKEN
from sessionlab.study.listing import folded
from sessionlab.study.pictures.base import Picture
from sessionlab.study.tables import breakable, soft, table_html
from sessionlab.study.text import aligned, folded_rows

WORD = 32
#: Numbers from here on are shown by their size instead of their digits.
READABLE = 10**30
SIGN = "!"


#: What has every part.
WHERE = "picture.parts"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the data. ``missing``: how many bytes of the word are absent; the EVM reads them as zeros."""

    #: Offset of its first byte, from 0.
    at: int
    data: bytes
    #: The ABI type, ``selector``, or empty if unknown.
    kind: str
    meaning: str
    #: What is wrong with it, in words; empty if nothing is.
    warning: str = ""
    missing: int = 0


@dataclass(frozen=True, repr=False)
class CallData(Picture):
    """Calldata in parts."""

    data: bytes
    #: The signature; None if it is unknown.
    function: str | None
    parts: tuple[Part, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that is wrong, in order."""
        return tuple(part.warning for part in self.parts if part.warning)

    @property
    def alternative_text(self) -> str:
        """Describe the function, its arguments and any problems."""
        function = self.function or "a function that is not known here"
        words = [part.meaning for part in self.parts if part.kind != "selector"]
        said = f"{len(self.data)} bytes of call data: {function}"
        said += f" with {'; '.join(folded(words, str, str, WHERE))}" if words else ""
        wrong = "; ".join(folded(self.warnings, str, str, "picture.warnings"))
        return f"{said}. " + (f"Wrong: {wrong}." if wrong else "Nothing is wrong with it.")

    def text(self) -> str:
        """Return one line per part."""
        head = f"{len(self.data)} bytes: {self.function or 'a function that is not known here'}"
        rows = folded_rows(self.parts, _line, WHERE, _sort)
        return "\n".join([head, *(f"  {line}" for line in aligned(rows))])

    def html(self) -> str:
        """Render one row per part: position, bytes, type, meaning."""
        lines = folded_rows(self.parts, _html_line, WHERE, _sort)
        table = table_html(("byte", "data", "type", "meaning"), lines, named=True)
        note = soft("Zeros are drawn softly; <code>··</code> is a byte that is missing.")
        title = f"Call data, {len(self.data)} bytes: {self.function or 'a function that is not known here'}"
        return frame(title, BLUE, table + note)


def _line(part: Part) -> list[str]:
    warning = f"{SIGN} {part.warning}" if part.warning else ""
    return [str(part.at), _hex(part), part.kind, part.meaning, warning]


def _html_line(part: Part) -> list[str]:
    style = "font-size:13.4px;white-space:nowrap"
    warned = f"<div><b style='color:{legible(RED)}'>{SIGN}</b> {escape(part.warning)}</div>" if part.warning else ""
    weight = "font-weight:600;" if part.kind == "selector" else ""
    bytes_ = f"<code style='{weight}{style}'>{_hex_html(part)}</code>"
    kind = f"<code>{escape(part.kind)}</code>" if part.kind else ""
    return [str(part.at), bytes_, kind, breakable(part.meaning) + warned]


def _sort(part: Part) -> str:
    return "with something wrong" if part.warning else "in order"


@reads(
    data=either(BYTES, TEXT, a("sessionlab.core.erc4337.call:Call", fix="give bytes, 0x-hex or a Call.")),
    function=maybe(SIGNATURE),
    names=maybe(NAMES),
)
def calldata(data: bytes | str | Call, function: str | None = None, names: AddressBook | None = None) -> CallData:
    """Split calldata into its selector and words. ``function``: the signature, if it is not a well-known one.

    ``names`` (``lab.names``) gives addresses their names. Raises InvalidInput if the data is not hex.

    >>> card = calldata("0xa9059cbb" + "00" * 12 + "11" * 20 + "05")
    >>> [(part.kind, part.meaning) for part in card.parts]
    [('selector', 'transfer(address,uint256)'), ('address', '0x1111…1111'), ('uint256', 'incomplete')]
    >>> card.warnings
    ('31 bytes are missing: a contract that reads on finds zeros, a careful one reverts',)
    """
    raw = data.data if isinstance(data, Call) else _bytes(data)
    if len(raw) < 4:
        filled = "0x" + raw.ljust(4, b"\0").hex()
        warning = f"fewer than four bytes name no function; the deployed rules zero-pad them to {filled}"
        part = Part(0, raw, "selector", "no selector", warning, 4 - len(raw))
        return CallData(raw, None, (part,))
    code = "0x" + raw[:4].hex()
    known = names or AddressBook()
    signature = function or known.signature(raw[:4])
    wrong = ""
    if signature and selector(signature) != code:
        wrong = f"{signature} has the selector {selector(signature)}, another one"
    parts = [Part(0, raw[:4], "selector", signature or "not known here", wrong)]
    types = _types(signature) if signature and not wrong else []
    token = data.to if isinstance(data, Call) and signature and _is_of_token(data.to, signature, known) else None
    parts += _words(raw, types, known, token)
    return CallData(raw, signature, tuple(parts))


def _bytes(data: bytes | str) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        return bytes.fromhex(data.removeprefix("0x"))
    except (ValueError, AttributeError):
        fix = "write 0x and an even number of hex digits."
        raise InvalidInput("data is bytes or 0x-hex.", field="data", asked=str(data)[:40], fix=fix) from None


def _types(signature: str) -> list[str]:
    """Return the argument types; commas inside their brackets do not split them."""
    result, depth = [""], 0
    for letter in signature.partition("(")[2][:-1]:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            result.append("")
        else:
            result[-1] += letter
    return [word for kind in result if kind for word in _flat(kind)]


def _flat(kind: str) -> list[str]:
    """Return a type, or those of its members if each of them stands in the calldata where the type does."""
    from eth_abi.grammar import parse

    parsed: Any = parse(kind)
    if parsed.is_dynamic or (parsed.arrlist is None and not kind.startswith("(")):
        return [kind]
    if parsed.arrlist is not None:
        return _flat(str(parsed.item_type.to_type_str())) * int(parsed.arrlist[-1][0])
    return [word for part in parsed.components for word in _flat(str(part.to_type_str()))]


def _words(raw: bytes, types: list[str], names: AddressBook, token: str | None) -> list[Part]:
    count = max(len(types), -(-(len(raw) - 4) // WORD))
    result = []
    dynamic = any(_is_dynamic(kind) for kind in types)
    for index in range(count):
        at = 4 + WORD * index
        data = raw[at : at + WORD]
        kind = types[index] if index < len(types) else ""
        part = _part(at, data, kind, names, extra=bool(types) and not kind and not dynamic)
        if token and index == len(types) - 1 and not part.missing:
            amount = names.amount(int.from_bytes(data, "big"), token)
            part = replace(part, meaning=f"{part.meaning}: {amount}")
        result.append(part)
    return result


def _is_of_token(target: str, signature: str, names: AddressBook) -> bool:
    """Whether the last argument is an amount of the called token."""
    is_known = signature.partition("(")[0] in OF_THE_TOKEN and selector(signature) in KNOWN_FUNCTIONS
    return is_known and names.is_token(target)


def _part(at: int, data: bytes, kind: str, names: AddressBook, *, extra: bool) -> Part:
    missing = max(WORD - len(data), 0)
    number = int.from_bytes(data.ljust(WORD, b"\0"), "big")
    warning = ""
    if missing:
        some = "byte is" if missing == 1 else "bytes are"
        warning = f"{missing} {some} missing: a contract that reads on finds zeros, a careful one reverts"
    if missing and kind != "address":
        meaning = "incomplete"
    elif kind == "address":
        meaning = names.address(f"0x{number % 2**160:040x}")
        if number >> 160:
            warning = "the 12 bytes before the address are not zero: dirty, a careful contract reverts"
    elif kind == "bool":
        meaning = {0: "false", 1: "true"}.get(number, str(number))
        warning = warning or ("neither 0 nor 1" if number > 1 else "")
    elif _is_dynamic(kind):
        meaning = f"begins {number:,} bytes after the selector"
    elif kind.startswith("bytes"):
        meaning = "0x" + data[: int(kind[5:] or WORD)].hex()
    elif kind.startswith(("uint", "int")):
        meaning = _amount(number)
    elif extra:
        meaning, warning = "more than the function asks for", warning or "left over: nobody reads it"
    else:
        meaning = _amount(number) if number < 2**64 else _as_text(data)
    return Part(at, data, kind, meaning, warning, missing)


def _amount(number: int) -> str:
    """Format a number in digits, or a very large one by its power of ten."""
    if number == MAX_UINT256:
        return "the largest number there is"
    return f"{number:,}" if number < READABLE else f"about 10^{len(str(number)) - 1}"


def _as_text(data: bytes) -> str:
    """Decode the bytes of a string or a note as text."""
    letters = data.rstrip(b"\0")
    return f'"{letters.decode()}" as text' if all(32 <= letter < 127 for letter in letters) else "not known"


def _is_dynamic(kind: str) -> bool:
    return kind in ("bytes", "string") or kind.endswith("]") or kind.startswith("(")


def _hex(part: Part) -> str:
    return part.data.hex() + "··" * part.missing


def _hex_html(part: Part) -> str:
    """Render two lines of 16 bytes. Leading zeros are dimmed so that the significant bytes stand out."""
    digits = _hex(part)
    if part.kind == "selector":
        return digits
    zeros = len(digits) - len(digits.lstrip("0"))
    styled = [_digit(digit, soft=index < zeros) for index, digit in enumerate(digits)]
    return "".join(styled[:WORD]) + "<br>" + "".join(styled[WORD:])


def _digit(digit: str, *, soft: bool) -> str:
    if digit == "·":
        return f"<b style='color:{legible(RED)}'>·</b>"
    return f"<span style='color:{SOFT}'>0</span>" if soft else digit
