"""A kind without its row turns a check red: mypy for every ``match``, these tests for every table.

The tables and matches are found in the sources, so one that is written tomorrow is held to the same.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sessionlab
from sessionlab.core.denials.reasons import REASONS
from sessionlab.core.erc4337.wallet_encoding import install_call
from sessionlab.core.permissions import EXTENSIONS, LIMITS, PERMISSION_TYPES, GrantKind, GrantRow, LimitKind
from sessionlab.core.permissions.types import types_under
from sessionlab.study.widgets.rules import LIMIT_RULES, RULES

PACKAGE = Path(sessionlab.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
ENUMS = {"LimitKind": {kind.name for kind in LimitKind}, "GrantKind": {kind.name for kind in GrantKind}}


def named(node: ast.expr | ast.pattern | None) -> tuple[str, str] | None:
    """``LimitKind.GAS`` as enum and member."""
    if isinstance(node, ast.MatchValue):
        node = node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ENUMS:
        return node.value.id, node.attr
    return None


def tables(tree: ast.AST) -> Iterator[tuple[ast.Dict, str, set[str]]]:
    """Every dict that is written with kinds as its keys."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            found = [key for key in map(named, node.keys) if key]
            if found:
                yield node, found[0][0], {member for _, member in found}


def matches(tree: ast.AST) -> Iterator[ast.Match]:
    """Every ``match`` with kinds among its cases."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Match) and any(named(case.pattern) for case in node.cases):
            yield node


def ends_in_assert_never(match: ast.Match) -> bool:
    last = match.cases[-1]
    (only,) = last.body
    return (
        isinstance(last.pattern, ast.MatchAs)
        and last.pattern.pattern is None
        and isinstance(only, ast.Expr)
        and isinstance(only.value, ast.Call)
        and getattr(only.value.func, "id", "") == "assert_never"
    )


def chains(tree: ast.AST) -> Iterator[ast.If]:
    """``if kind is A: … elif kind is B: …``: two branches about kinds without an exhaustive end."""

    def about_kinds(test: ast.expr) -> bool:
        return any(named(node) for node in ast.walk(test) if isinstance(node, ast.expr))

    for node in ast.walk(tree):
        if isinstance(node, ast.If) and about_kinds(node.test) and len(node.orelse) == 1:
            other = node.orelse[0]
            if isinstance(other, ast.If) and about_kinds(other.test):
                yield node


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if "LimitKind." in text or "GrantKind." in text:
            yield str(path.relative_to(PACKAGE)), ast.parse(text)


def test_every_table_of_kinds_is_complete() -> None:
    found = [(where, node.lineno, enum, rows) for where, tree in trees() for node, enum, rows in tables(tree)]
    assert {where for where, *_ in found} == {"core/permissions/limits.py"}, "a second table: read LIMITS"
    for where, line, enum, rows in found:
        assert rows == ENUMS[enum], f"{where}:{line} lacks {ENUMS[enum] - rows}"


def test_every_match_over_kinds_ends_where_mypy_looks() -> None:
    found = [(where, match) for where, tree in trees() for match in matches(tree)]
    assert {where for where, _ in found} == {"core/permissions/policy.py", "study/explain/permission_answers.py"}
    for where, match in found:
        assert ends_in_assert_never(match), f"{where}:{match.lineno} does not end in assert_never"


def test_no_chain_of_branches_stands_in_for_a_match() -> None:
    assert [f"{where}:{chain.lineno}" for where, tree in trees() for chain in chains(tree)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("T = {LimitKind.GAS: 1}", tables),
        ("match kind:\n    case GrantKind.ROOT:\n        pass", matches),
        ("if kind is LimitKind.GAS:\n    a()\nelif kind is LimitKind.NATIVE:\n    b()", chains),
    ],
)
def test_the_search_finds_what_it_looks_for(source: str, found: object) -> None:
    assert list(found(ast.parse(source)))  # type: ignore[operator]


#: Of what the kinds do not come from, nothing is read: it takes a while.
MYPY = """[mypy]
strict = true
follow_imports = skip
[mypy-sessionlab.core.permissions.*]
follow_imports = silent
"""


@pytest.mark.parametrize("enum", ["GrantKind", "LimitKind"])
def test_a_kind_that_is_forgotten_turns_mypy_or_a_table_red(enum: str, tmp_path: Path) -> None:
    """Add a member to the enum, and nothing else: every match that lists members is an error of mypy.

    A limit is matched as a whole, so mypy has nothing to say of a new one; the table says it.
    """
    copy = tmp_path / "sessionlab"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "artifacts", "notebooks"))
    kinds = copy / "core" / "permissions" / "limits.py"
    text = kinds.read_text()
    first = next(line for line in text[text.index(f"class {enum}(") :].splitlines() if " = " in line)
    kinds.write_text(text.replace(first, f"    FORGOTTEN = 77\n{first}", 1))
    code = f"from sessionlab.core.permissions.limits import LIMITS, {enum}; print({{*{enum}}} - {{*LIMITS}})"
    lacking = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "FORGOTTEN" in lacking.stdout
    if enum == "LimitKind":
        return
    wanted = [copy / "core" / "permissions" / "policy.py", copy / "study" / "explain" / "permission_answers.py"]
    (tmp_path / "mypy.ini").write_text(MYPY)
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", str(tmp_path / "c")]
    run = subprocess.run([*command, *map(str, wanted)], cwd=tmp_path, capture_output=True, text=True)
    errors = [line for line in run.stdout.splitlines() if "assert_never" in line and "FORGOTTEN" in line]
    assert {line.split(":")[0] for line in errors} == {str(path.relative_to(tmp_path)) for path in wanted}, run.stdout


# -- the table against everything that is made from it


@pytest.mark.parametrize("kind", LimitKind)
def test_a_limit_is_known_to_every_table(kind: LimitKind) -> None:
    limit = LIMITS[kind]
    assert limit.permission in PERMISSION_TYPES
    assert (limit.of_operation is None) != (limit.of_call is None), "counted by operation, or by call"
    assert limit.error in REASONS
    assert LIMIT_RULES[kind] in RULES
    assert bool(limit.exempt) or limit.of_operation is None or limit.extension
    if limit.extension:
        assert EXTENSIONS[limit.permission] is kind


def test_each_permission_type_that_counts_has_one_limit_and_one_amount() -> None:
    by_type = {limit.permission: kind for kind, limit in LIMITS.items()}
    for name, kind in PERMISSION_TYPES.items():
        amounts = [field for field, form in kind.fields().items() if form == "amount"]
        assert len(amounts) == (name in by_type and LIMITS[by_type[name]].counts), name


def test_production_types_are_no_extensions() -> None:
    assert list(types_under(sessionlab.Lab().rules)) == [name for name in PERMISSION_TYPES if name not in EXTENSIONS]


@pytest.mark.parametrize("kind", [*LimitKind, *GrantKind], ids=lambda kind: kind.name)
def test_the_contract_installs_a_row_of_each_kind_and_of_no_other(kind: LimitKind | GrantKind) -> None:
    lab = sessionlab.Lab(extensions=EXTENSIONS)
    wallet = lab.wallet()
    binds = isinstance(kind, LimitKind) and LIMITS[kind].binds_target
    about = binds or kind in (GrantKind.CONTRACT, GrantKind.FUNCTION_ON_CONTRACT)
    row = GrantRow(kind, lab.token.lower() if about else "0x" + "00" * 20, b"\1\2\3\4", 5)
    assert lab.chain.call(wallet.address, _install(row), sender=wallet.address).success
    unknown = max(*map(int, LimitKind), *map(int, GrantKind)) + 1
    refused = lab.chain.call(wallet.address, _install(row._replace(kind=unknown)), sender=wallet.address)  # type: ignore[arg-type]
    assert not refused.success


@pytest.mark.parametrize("name", EXTENSIONS)
def test_the_contract_of_a_lab_without_an_extension_refuses_its_rows(name: str) -> None:
    lab = sessionlab.Lab()
    wallet = lab.wallet()
    call = _install(GrantRow(EXTENSIONS[name], amount=5))
    assert not lab.chain.call(wallet.address, call, sender=wallet.address).success


def _install(row: GrantRow) -> bytes:
    return install_call(entity_id=1, key="0x" + "11" * 20, rows=[row])
