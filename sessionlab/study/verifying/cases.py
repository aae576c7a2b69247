"""Cases of a policy, from a YAML or JSON file: operations that it must allow, and operations that it must refuse.

    names:
      shop: "0x5a700d1124D968B640E329410935Eb2D7ABDBE22"
    cases:
      - name: buys once
        calls: [{to: shop, function: "buy(uint256)", args: [1], value: 0.1 ether}]
        expect: allowed
      - name: spends more than the allowance
        before: [{calls: [{to: shop, value: 0.9 ether}]}]
        calls: [{to: shop, value: 0.2 ether}]
        expect: refused
        reason: ExceededNativeTokenLimit

An operation has ``calls``, and may have ``batch``, ``sponsored`` (the default) or ``gas`` and ``fee``, which the wallet
then pays, and ``times``. A case may have operations ``before`` it, ``at`` (seconds after the grant) and ``rules``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sessionlab.core.base.doors import ADDRESS, integer
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.rulesets import RULESETS, Ruleset
from sessionlab.study.own_policies.operation_json import MOST_TIMES, OPERATION_FIELDS, Repeated, mapping_in, repeated_in

MOST_BYTES, MOST_CASES, MOST_DEPTH = 2**20, 1_000, 20
#: Most letters of a case's name, and of an address's.
MOST_LETTERS = 120
ALLOWED, REFUSED = "allowed", "refused"
FILE_FIELDS = ("names", "cases")
CASE_FIELDS = ("name", *OPERATION_FIELDS, "before", "at", "expect", "reason", "rules")


@dataclass(frozen=True)
class Case:
    """One case: operations in order, of which the last one is judged."""

    name: str
    operations: tuple[Repeated, ...]
    #: Seconds after the grant.
    at: int
    #: ``allowed`` or ``refused``, and for a refusal the reason, if it is given.
    expect: str
    reason: str | None = None
    #: The names of the rulesets under which it holds; None: whichever is asked.
    rules: tuple[str, ...] | None = None

    @property
    def length(self) -> int:
        """How many operations it has."""
        return sum(step.times for step in self.operations)

    def holds_under(self, rules: Ruleset) -> bool:
        """Whether it says anything about these rules."""
        return self.rules is None or rules.name in self.rules

    @property
    def attempt(self) -> tuple[Any, ...]:
        """What is tried, and when: two cases with the same one must not want different things."""
        return self.operations, self.at


def read_cases(path: str | Path) -> tuple[tuple[Case, ...], dict[str, str]]:
    """Read a file; returns its cases, and its names of addresses by lower-case address. Raises InvalidInput."""
    return cases_from(load(Path(path)))


def cases_from(value: Any) -> tuple[tuple[Case, ...], dict[str, str]]:
    """Read the parsed content of a file. Raises InvalidInput with the field, and for cases that contradict others."""
    content = mapping_in(value, "cases file", FILE_FIELDS)
    names = {
        _name(name): ADDRESS(address, f"names.{name}")
        for name, address in mapping_in(content.get("names") or {}, "names", None).items()
    }
    items = content.get("cases")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_CASES:
        asked = len(items) if isinstance(items, list) else items
        raise InvalidInput(f"cases is a list of 1 to {MOST_CASES:,}.", field="cases", asked=asked, left=MOST_CASES)
    cases = tuple(_case(item, f"cases[{number}]", names) for number, item in enumerate(items))
    _distinct(cases)
    return cases, {address.lower(): name for name, address in names.items()}


def _name(value: Any) -> str:
    known = isinstance(value, str) and value.strip() and value.isprintable() and len(value) <= MOST_LETTERS
    if not known or value[:2].lower() == "0x":
        fix = "write a word, such as shop, that is not an address."
        raise InvalidInput(f"{value!r} does not name an address.", field="names", asked=value, fix=fix)
    return str(value)


def load(path: Path) -> Any:
    """Parse a YAML or JSON file. Raises InvalidInput if it is too large, nested too deep, or names one key twice."""
    import yaml  # type: ignore[import-untyped]  # yaml is not typed

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # yaml is not typed
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases (*name) are not read here")
            self.depth = getattr(self, "depth", 0) + 1
            if self.depth > MOST_DEPTH:
                raise yaml.YAMLError(f"more than {MOST_DEPTH} lists and mappings within each other")
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [self.construct_object(key) for key, _ in node.value]
            twice = [key for number, key in enumerate(keys) if key in keys[:number]]
            if twice:
                raise yaml.YAMLError(f"{twice[0]!r} appears twice, in line {node.start_mark.line + 1}")
            return super().construct_mapping(node, deep)

    # An address without quotes would be read as a number.
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":int", ":timestamp"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9_]*)$"), list("-0123456789"))
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InvalidInput(
                f"{path} is larger than {MOST_BYTES:,} bytes.",
                field="cases",
                asked=path.stat().st_size,
                left=MOST_BYTES,
            )
        return yaml.load(path.read_text(encoding="utf-8"), Loader)
    except OSError as error:
        fix = "give the path of a YAML file."
        raise InvalidInput(
            f"{path} cannot be read: {error.strerror}.", field="cases", asked=str(path), fix=fix
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:  # a list cannot be a key
        raise InvalidInput(f"{path} is not YAML: {' '.join(str(error).split())[:300]}.", field="cases") from None


def _case(item: Any, where: str, names: Mapping[str, str]) -> Case:
    values = mapping_in(item, where, CASE_FIELDS)
    name = values.get("name")
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput(f"{where} has no name.", field=f"{where}.name", asked=name, fix="name the case.")
    if not name.strip().isprintable() or len(name) > MOST_LETTERS:
        fix = f"write one line of up to {MOST_LETTERS} letters that print."
        raise InvalidInput(f"{where} has no good name.", field=f"{where}.name", asked=name, fix=fix)
    expect = values.get("expect")
    if expect not in (ALLOWED, REFUSED):
        fix = f"write {ALLOWED} or {REFUSED}."
        raise InvalidInput(f"{where} does not say what to expect.", field=f"{where}.expect", asked=expect, fix=fix)
    reason = values.get("reason")
    if reason is not None and (expect == ALLOWED or not isinstance(reason, str)):
        fix = "give the reason of a refusal, as production names it, or leave it out."
        raise InvalidInput(f"{reason!r} is not a known reason.", field=f"{where}.reason", asked=reason, fix=fix)
    before = values.get("before") or []
    if not isinstance(before, list):
        raise InvalidInput("before is a list of operations.", field=f"{where}.before", asked=before)
    steps = [repeated_in(step, f"{where}.before[{n}]", names) for n, step in enumerate(before)]
    steps.append(repeated_in({name: values[name] for name in OPERATION_FIELDS if name in values}, where, names))
    if sum(step.times for step in steps) > MOST_TIMES:
        raise InvalidInput(f"{where} has more than {MOST_TIMES:,} operations.", field=where, left=MOST_TIMES)
    at = integer(values.get("at", 0), f"{where}.at", most=2**40, fix="give seconds after the grant.")
    return Case(name.strip(), _joined(steps), at, expect, reason, _rules(values.get("rules"), where))


def _joined(steps: Sequence[Repeated]) -> tuple[Repeated, ...]:
    """The steps with equal neighbours as one, so that the same attempt is always written alike."""
    result: list[Repeated] = []
    for step in steps:
        if result and result[-1].operation == step.operation:
            step = Repeated(step.operation, result.pop().times + step.times)
        result.append(step)
    return tuple(result)


def _rules(value: Any, where: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    named = tuple(value) if isinstance(value, list) else (value,)
    if not named or any(name not in RULESETS for name in named):
        fix = f"use {' or '.join(RULESETS)}, or leave it out for both."
        raise InvalidInput(f"{value!r} names no ruleset.", field=f"{where}.rules", asked=value, fix=fix)
    return named


def _distinct(cases: Sequence[Case]) -> None:
    names: dict[str, int] = {}
    for number, case in enumerate(cases):
        if case.name in names:
            raise InvalidInput(
                f"Two cases are called {case.name!r}.",
                field=f"cases[{number}].name",
                asked=case.name,
                fix=f"rename one; the other is cases[{names[case.name]}].",
            )
        names[case.name] = number
    alike: dict[tuple[Any, ...], list[Case]] = {}
    for number, case in enumerate(cases):
        others = alike.setdefault(case.attempt, [])
        others.append(case)
        for earlier in others[:-1]:
            if _together(earlier, case):
                same = earlier.expect == case.expect and None in (earlier.reason, case.reason)
                same = same or (earlier.expect, earlier.reason) == (case.expect, case.reason)
                what = "is the same case as" if same else "contradicts"
                raise InvalidInput(
                    f"{case.name!r} {what} {earlier.name!r}: the same operations at the same time.",
                    field=f"cases[{number}]",
                    asked=case.name,
                    fix="keep one of them.",
                )


def _together(case: Case, other: Case) -> bool:
    """Whether there are rules under which both hold."""
    return case.rules is None or other.rules is None or bool({*case.rules} & {*other.rules})
