"""A source that was changed: what it compiles to, what is said of it, and what stops it."""

from __future__ import annotations

import gc
import re
from dataclasses import replace

import pytest

from sessionlab.attacks.mutants.recompile import runtime_of
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.integrations import vyper
from sessionlab.integrations.vyper.changed import contracts_with
from sessionlab.integrations.vyper.functions import functions, with_functions

OLD = '    if asked > left:\n        raw_revert(abi_encode(asked, left, method_id=method_id("ExceededNative'
NEW = OLD.replace("asked > left", "asked > 2 * left")
#: Where a line of spending.vy is broken in the table below.
LINE = "    total: uint256 = 0\n"


def line_of(module: str, text: str) -> int:
    return vyper.source(module)[: vyper.source(module).index(text)].count("\n") + 1


# -- what comes out


def test_a_change_is_compiled_and_shown() -> None:
    changed = vyper.change("allowances", OLD, NEW)
    assert changed.source == vyper.source("allowances").replace(OLD, NEW)
    assert (changed.module, changed.contract, changed.moved) == ("allowances", "SessionWallet", ())
    assert [line for line in changed.diff.splitlines() if re.match(r"[-+] ", line)] == [
        "-    if asked > left:",
        "+    if asked > 2 * left:",
    ]
    assert changed.diff.count("@@") == 2
    pattern = r"<Changed allowances.vy of SessionWallet: 1 line out, 1 in; [\d,]+ bytes, not optimized>"
    assert re.fullmatch(pattern, repr(changed))
    assert str(changed) == f"{changed!r}\n{changed.diff}"
    html = changed._repr_html_()
    assert "+    if asked &gt; 2 * left:" in html
    assert "1 line out, 1 in" in html
    assert "/" not in re.sub(r"</|/ ?>", "", changed.diff)  # no folders


def test_optimized_a_source_compiles_to_what_the_lab_has() -> None:
    same = vyper.rewrite("SponsorPaymaster", vyper.source("SponsorPaymaster"), optimized=True)
    assert same.runtime == artifact("SponsorPaymaster").runtime
    assert same.diff == ""
    assert "nothing changed" in repr(same)
    assert "optimized" in repr(same)
    assert "not optimized" not in repr(same)


def test_a_source_is_compiled_once() -> None:
    source = vyper.source("Counter").replace("self.number += 1", "self.number += 7", 1)
    first, second = vyper.rewrite("Counter", source), vyper.rewrite("Counter", source)
    assert first == second
    slower = replace(second, seconds=second.seconds + 9)
    assert (repr(slower), str(slower), slower._repr_html_()) == (repr(first), str(first), first._repr_html_())
    assert first.runtime == runtime_of("Counter", source, "Counter")
    assert first.runtime != runtime_of("Counter", vyper.source("Counter"), "Counter")
    assert second.seconds < 0.01


def test_storage_that_moves_is_named() -> None:
    before = "number: public(uint256)\n"
    moved = vyper.change("Counter", before, "first: public(uint256)\n" + before)
    assert moved.moved == ("first", "number")
    assert "storage moved: first, number" in moved._repr_html_()
    behind = vyper.change("Counter", before, before + "last: public(uint256)\n")
    assert behind.moved == ("last",)


def test_the_garbage_collector_is_left_as_it_was() -> None:
    source = vyper.source("Strict")
    assert gc.isenabled()
    runtime_of("Strict", source, "Strict")
    with pytest.raises(Exception, match="invalid syntax"):
        runtime_of("Strict", source + "\nnonsense nonsense\n", "Strict")
    assert gc.isenabled()
    gc.disable()
    try:
        runtime_of("Strict", source, "Strict")
        assert not gc.isenabled()
    finally:
        gc.enable()


# -- which contract


@pytest.mark.parametrize(
    ("module", "contracts"),
    [
        ("spending", ["SessionWallet"]),
        ("nonces", ["EntryPoint"]),
        ("operations", ["EntryPoint", "SessionWallet", "SponsorPaymaster"]),
        ("Token", ["Token"]),
    ],
)
def test_a_module_knows_its_contracts(module: str, contracts: list[str]) -> None:
    assert contracts_with(module) == contracts


def test_a_module_of_several_contracts_is_taken_for_the_wallets() -> None:
    nothing = vyper.rewrite("operations", vyper.source("operations"), contract="SponsorPaymaster")
    assert (nothing.contract, nothing.diff) == ("SponsorPaymaster", "")
    with pytest.raises(NotFound, match=r"Token has no operations.vy in it.*EntryPoint, SessionWallet"):
        vyper.rewrite("operations", vyper.source("operations"), contract="Token")


# -- functions alone

SOURCE = '''# pragma version 0.4.3
a: uint256


@external
@view
def one() -> uint256:
    """
    @notice It is one.
    """
    return 1


# why
@internal
def two(
    b: uint256,
):
    self.a = b
    # the end
'''


def test_functions_are_found_with_their_decorators() -> None:
    found = functions(SOURCE)
    assert list(found) == ["one", "two"]
    assert found["one"].startswith("@external\n@view\ndef one")
    assert found["one"].endswith("return 1\n")
    assert found["two"] == "@internal\ndef two(\n    b: uint256,\n):\n    self.a = b\n"


def test_a_function_takes_the_place_of_the_one_of_its_name() -> None:
    text = "\n# other\n@external\ndef one() -> uint256:\n    return 2\n\n"
    whole = with_functions(SOURCE, text, "m")
    assert whole == SOURCE.replace(functions(SOURCE)["one"], "@external\ndef one() -> uint256:\n    return 2\n")
    assert with_functions(SOURCE, functions(SOURCE)["two"], "m") == SOURCE
    assert with_functions(SOURCE, SOURCE.rstrip("\n"), "m") == SOURCE.rstrip("\n") + "\n"


@pytest.mark.parametrize(
    "text", ["", "# only words\n", "a: uint256\n", "b: uint256\n@internal\ndef two():\n    pass\n"]
)
def test_neither_a_source_nor_functions_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"neither a whole source of m.vy nor functions of it.*pragma version"):
        with_functions(SOURCE, text, "m")


def test_a_function_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"m.vy has no function 'three'.*it has one, two"):
        with_functions(SOURCE, "def three():\n    pass\n", "m")


# -- what does not compile


@pytest.mark.parametrize(
    ("instead", "kind", "message", "column", "fix"),
    [
        ('b"x"', "TypeMismatch", "Expected uint256 but literal can only be cast as Bytes[1].", 21, "convert"),
        ("nothing", "UndeclaredDefinition", "'nothing' has not been declared.", 21, "declare it"),
        ("self.a", "UndeclaredDefinition", "Storage variable 'a' has not been declared.", 21, "self.name"),
        ("calls._reed()", "UnknownAttribute", "calls.vy has no member '_reed'.", 21, "_read"),
        ("0 +", "SyntaxException", "invalid syntax", 24, "just before it"),
    ],
)
def test_an_error_shows_the_line_and_what_was_expected(
    instead: str, kind: str, message: str, column: int, fix: str
) -> None:
    line = f"    total: uint256 = {instead}"
    with pytest.raises(vyper.CompileError) as failed:
        vyper.change("spending", LINE, line + "\n")
    error = failed.value
    assert (error.module, error.kind) == ("spending", kind)
    assert error.message == message
    assert fix in (error.fix or "")
    (place,) = error.places
    assert (place.file, place.line) == ("spending.vy", line_of("spending", LINE))
    shown = str(error).splitlines()
    assert shown[0] == f"spending.vy does not compile: {message}"
    at = next(n for n, text in enumerate(shown) if text.endswith(f"{place.line} | {line}"))
    assert shown[at + 1].strip(" |") == "^"
    assert shown[at + 1].index("^") == shown[at].index("|") + 2 + column
    assert shown[-1].startswith("Next step: ")
    assert "/" not in str(error)
    assert error._render_traceback_() == [f"CompileError: {error}"]


def test_an_error_in_another_module_says_so() -> None:
    with pytest.raises(vyper.CompileError, match=r"spending.vy has no member 'TRANSFER'") as failed:
        vyper.rewrite("spending", "# pragma version 0.4.3\n")
    (place,) = failed.value.places
    assert (place.file, place.function) == ("installing.vy", "_write_row")
    assert "spending.TRANSFER" in place.excerpt


@pytest.mark.parametrize(
    ("source", "message", "line", "column"),
    [
        ("# pragma version 0.3.10\n", "is not compatible", 1, 0),
        ("# pragma version 0.4.3\nimport nothing\n", "There is no module 'nothing'", 2, 0),
        ("# pragma version 0.4.3\nx: uint256 = (1\n", "EOF in multi-line statement", 2, None),
        ("# pragma version 0.4.3\n@external\ndef f():\n      pass\n    pass\n", "unindent does not match", 5, None),
        ("# pragma version 0.4.3\n@external\ndef f():\n    pass\n  }\n", "in", 5, None),
    ],
)
def test_any_source_that_does_not_compile_is_a_compile_error(
    source: str, message: str, line: int, column: int | None
) -> None:
    with pytest.raises(vyper.CompileError, match=message) as failed:
        vyper.rewrite("Counter", source)
    (place,) = failed.value.places
    assert (place.file, place.line) == ("Counter.vy", line)
    assert column is None or place.column == column
    assert re.search(r"\n    \|  *\^", str(failed.value))
    assert "<" not in str(failed.value)


def test_several_errors_are_all_shown() -> None:
    with pytest.raises(vyper.CompileError) as failed:
        vyper.rewrite("Counter", "# pragma version 0.4.3\nx: uint25\ny: uint26\n")
    error = failed.value
    assert error.message.splitlines() == [
        "No builtin or user-defined type named 'uint25'.",
        "No builtin or user-defined type named 'uint26'.",
    ]
    assert [(place.file, place.line, place.column) for place in error.places] == [
        ("Counter.vy", 2, 3),
        ("Counter.vy", 3, 3),
    ]
    assert "  2 | x: uint25\n    |    ^" in str(error)
    assert "  3 | y: uint26\n    |    ^" in str(error)
    assert "uint256" in (error.fix or "")


# -- what is not there to be changed


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ("    totl: uint256 = 0", r"has this 0 times.*did you mean 'total: uint256 = 0'\?"),
        ("there is no such text", r"has this 0 times.*copy it from vyper.source"),
        ("", "has this 0 times"),
        ("uint256", "has this [0-9]+ times.*more of the lines around it"),
    ],
)
def test_what_is_changed_stands_there_once(old: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        vyper.change("spending", old, "x")
    assert refused.value.field == "old"


def test_a_module_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound, match="did you mean 'spending'"):
        vyper.change("spendings", "a", "b")
    with pytest.raises(NotFound, match=r"use one of: .*Counter"):
        vyper.source("qqq")
