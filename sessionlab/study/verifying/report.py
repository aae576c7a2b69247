"""A verification as text for a terminal, and as annotations and a comment for a pull request on GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from textwrap import wrap
from typing import TYPE_CHECKING

from sessionlab.study.text import count

if TYPE_CHECKING:
    from sessionlab.study.verifying.verification import PolicyCheck, Verification

WIDTH = 100
#: Lines of each part of a text, rows of a comment, and notices next to the code: GitHub shows ten of a step.
MOST_ROWS, MOST_NOTICES = 50, 10
#: Letters that mean something in Markdown, or in HTML within it.
MARKDOWN = frozenset("\\`*_[]~|!@#<>&")
#: Whose wallet a policy in a repository is audited for.
ASSUMED = "for a wallet with 10 ETH that holds of each limited token ten times the limit"
TITLES = {
    "grant": "Grant",
    "audit": "Audit",
    "case": "Cases",
    "baseline": "Against the baseline",
    "coverage": "Coverage",
}


def as_text(verification: Verification) -> str:
    """What was judged, part by part, with the reason for whatever is wrong; the verdict comes last."""
    return "\n".join(_lines(verification))


def as_annotations(verification: Verification, path: str) -> str:
    """Workflow commands that GitHub shows next to the policy's file, then the same as text, in which it reads none."""
    wrong = [check for check in verification.checks if not check.ok]
    errors, notices = ([check for check in wrong if check.counts is counts] for counts in (True, False))
    text = as_text(verification)
    stop = sha256(text.encode()).hexdigest()  # nobody can write a text that has its own hash in it
    lines = [_annotation(check, path) for check in (*errors, *notices[:MOST_NOTICES])]
    return "\n".join([*lines, f"::stop-commands::{stop}", text, f"::{stop}::"])


def _annotation(check: PolicyCheck, path: str) -> str:
    level = "error" if check.counts else "notice"
    title = f"{TITLES[check.about]}{_under(check)}: {check.title}"
    message = check.detail or check.title
    return f"::{level} file={_escaped(path, True)},title={_escaped(title, True)}::{_escaped(message)}"


def as_comment(verification: Verification) -> str:
    """A comment for a pull request, in Markdown."""
    told = [check for check in verification.checks if not check.ok or check.about in ("audit", "baseline")]
    lines = [f"### {_cell(_verdict(verification))}", "", "| | what | why |", "| --- | --- | --- |"]
    for check in told[:MOST_ROWS]:
        cells = (f"{TITLES[check.about]}{_under(check)}: {check.title}", check.detail if not check.ok else "")
        lines.append(f"| {_sign(check)} | " + " | ".join(_cell(text) for text in cells) + " |")
    if more := len(told) - MOST_ROWS if len(told) > MOST_ROWS else 0:
        lines.append(f"| | and {more:,} more | |")
    return "\n".join(lines)


def _lines(verification: Verification) -> Iterator[str]:
    for about, title in TITLES.items():
        checks = [check for check in verification.checks if check.about == about]
        if not checks:
            continue
        yield f"{title}, {ASSUMED}" if about == "audit" else title
        shown = list(_together(checks))
        failing = [told for told in shown if not told[0].ok and told[0].counts]
        kept = shown if len(shown) <= MOST_ROWS else [*failing, *(told for told in shown if told not in failing)]
        yield from (line for told in kept[:MOST_ROWS] for line in _shown(*told))
        if len(kept) > MOST_ROWS:
            yield f"    and {len(kept) - MOST_ROWS:,} more; --format json has all of them"
        yield ""
    yield _verdict(verification)


def _together(checks: Sequence[PolicyCheck]) -> Iterator[tuple[PolicyCheck, str]]:
    """Checks that say the same under several rulesets are told once."""
    said: dict[tuple[object, ...], tuple[PolicyCheck, list[str]]] = {}
    for check in checks:
        same = (check.about, check.ok, check.title, "" if check.ok and check.about != "audit" else check.detail)
        said.setdefault(same, (check, []))[1].append(check.rules)
    for check, rules in said.values():
        yield check, ", ".join(name for name in rules if name)


def _shown(check: PolicyCheck, rules: str) -> Iterator[str]:
    yield f"  {_sign(check)} {check.title}" + (f"  [{rules}]" if rules else "")
    if check.detail and (not check.ok or check.about == "audit"):
        yield from (f"      {line}" for line in wrap(check.detail, WIDTH))


def _sign(check: PolicyCheck) -> str:
    return "✓" if check.ok else "✗" if check.counts else "!"


def _under(check: PolicyCheck) -> str:
    return f" ({check.rules})" if check.rules else ""


def _verdict(verification: Verification) -> str:
    failed = len(verification.failures)
    if not failed:
        return f"✓ {verification.policy}: nothing is wrong."
    return f"✗ {verification.policy}: {count(failed, 'check')} failed."


def _escaped(text: str, is_property: bool = False) -> str:
    """As GitHub's workflow commands want it."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if is_property else text


def _cell(text: str) -> str:
    """A text as Markdown shows it, whatever it says: no link, no image, nobody who is mentioned."""
    escaped = "".join(f"&#{ord(letter)};" if letter in MARKDOWN else letter for letter in " ".join(text.split()))
    return escaped.replace("://", "&#58;//")
