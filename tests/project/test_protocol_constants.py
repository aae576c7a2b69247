"""Constants of the protocols stand in one file each: selectors, magic bytes, addresses, error codes, bounds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .repository import ROOT

PACKAGE = ROOT / "sessionlab"
MAX_UINT256, JSON_RPC = 2**256 - 1, range(-32768, -31999)
#: No selector, and bytes that stand for any.
FILLERS = ("00000000", "01020304")
_HEX = re.compile(r"(?:0x)?((?:[0-9a-f]{2}){3,})", re.IGNORECASE)


def value_of(node: ast.expr) -> Any:
    """The value of ``2**256 - 1``, ``"0x" + "00" * 20``, ``bytes.fromhex("ef0100")``; None if it is not plain."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
        case ast.Call(func=ast.Attribute(attr="fromhex"), args=[argument]):
            return value_of(argument)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Pow(), right=right):
            if None in (value_of(left), value_of(right)):
                return None
            try:
                return eval(compile(ast.Expression(node), "", "eval"), {})  # of literals only
            except Exception:
                return None
    return None


def constants(source: str) -> Iterator[object]:
    """The values in a source, docstrings aside, that a protocol gives a meaning."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        value = value_of(node) if isinstance(node, ast.expr) and id(node) not in prose else None
        if isinstance(value, str) and (found := _HEX.fullmatch(value)) and re.search(r"\d", value):
            yield found[1].lower()
        elif isinstance(value, bytes) and len(value) >= 3 and not value.decode("latin").isprintable():
            yield value.hex()
        elif isinstance(value, int) and (value == MAX_UINT256 or value in JSON_RPC):
            yield value


def copies(sources: Mapping[str, str]) -> dict[object, list[str]]:
    """Each constant that stands in more than one file, and the files."""
    places: dict[object, set[str]] = {}
    for name, source in sources.items():
        for constant in constants(source):
            places.setdefault(constant, set()).add(name)
    return {constant: sorted(files) for constant, files in places.items() if len(files) > 1 and constant not in FILLERS}


def test_each_protocol_constant_stands_in_one_file() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if "course" not in path.relative_to(PACKAGE).parts]  # lessons
    assert copies({str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in files}) == {}


def test_a_second_copy_is_found_however_it_is_written() -> None:
    first = 'A = bytes.fromhex("A9059cbb")\nB = 2**256 - 1\nC = "0x" + "00" * 20\nD = -32602\nE = b"\\xef\\x01\\x00"\n'
    other = '"""0x095ea7b3"""\nA = "0xa9059cbb"\nB = x < 2**256 - 1\nC = "0x" + "0" * 40\nD = -32602\nE = "ef0100"\n'
    found = copies({"first.py": first, "other.py": other, "prose.py": '"""0x095ea7b3"""\n'})
    assert set(found) == {"a9059cbb", MAX_UINT256, "00" * 20, -32602, "ef0100"}
    assert all(files == ["first.py", "other.py"] for files in found.values())
