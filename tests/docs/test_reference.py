"""``make docs`` builds without a warning, and the reference has everything: names, codes, methods, flags, keys."""

from __future__ import annotations

import inspect
import re
from html import unescape
from html.parser import HTMLParser

import pytest

import sessionlab as sl
from sessionlab import cli
from sessionlab.cli import COMMANDS
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import CONTRACTS
from sessionlab.core.denials.reasons import REASONS
from sessionlab.core.permissions.grant_rules import BUILDER_RULES
from sessionlab.core.permissions.types import PERMISSION_TYPES
from sessionlab.node.bundler.debug_methods import DEBUG_METHODS
from sessionlab.node.methods import METHODS
from sessionlab.node.reference import LEFT_OUT
from sessionlab.server.manifest import make_demo_wallet, manifest
from sessionlab.study.diagnosis.table import STATE_REASONS

from .conftest import Built
from .guides import guides

MODULES = sorted(sl._PUBLIC_MODULES)


def anchors(page: str) -> set[str]:
    return set(re.findall(r'<dt class="sig[^>]*id="([\w.]+)"', page))


def headings(page: str) -> list[str]:
    found = re.findall(r"<h[1-6]>(.*?)<a class=\"headerlink\"", page)
    return [unescape(re.sub(r"<[^>]+>", "", text)) for text in found]


def cells(page: str) -> set[str]:
    """The code at the beginning of each row of each table."""
    row = r"<tr class=\"row-\w+\"><td><p>(?:<a[^>]*>)?<code[^>]*><span class=\"pre\">(.*?)</span>"
    return set(re.findall(row, page))


def test_the_pages_are_built_without_a_warning(built: Built) -> None:
    assert (built.code, built.said) == (0, "")
    assert {"--fail-on-warning", "--fresh-env"} <= set(built.command)


def test_the_pages_ask_the_network_for_nothing(built: Built) -> None:
    for name, page in built.pages().items():
        loaded = re.findall(r"<(?:script|img|iframe|link)[^>]*(?:src|href)=\"((?:https?:)?//[^\"]+)\"", page)
        assert loaded == [], name
    for style in built.folder.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", style.read_text(encoding="utf-8")), style.name


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.code = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.code += tag in ("code", "pre", "script", "style", "title")

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag in ("code", "pre", "script", "style", "title")

    def handle_data(self, data: str) -> None:
        if not self.code:
            self.text.append(data)


def test_no_markup_is_left_in_the_text(built: Built) -> None:
    for name, page in built.pages().items():
        reader = _Text()
        reader.feed(page.partition("<article")[2].partition("</article>")[0])
        text = "".join(reader.text)
        assert not re.search(r"``|\]\(|:py:|<!--|\\[*_`|]", text), name


def test_every_public_name_is_in_the_reference(built: Built) -> None:
    there = {anchor for page in built.pages().values() for anchor in anchors(page)}
    names = {f"sessionlab.{name}" for name in sl.__all__ if name not in MODULES}
    names |= {f"sessionlab.{module}.{name}" for module in MODULES for name in getattr(sl, module).__all__}
    assert names - there == set()


def test_every_public_module_has_a_page(built: Built) -> None:
    titles = {headings(page)[0] for name, page in built.pages().items() if name.startswith("reference/")}
    assert {f"sl.{module}" for module in MODULES if module != "pictures"} <= titles
    assert "Pictures" in titles


def test_the_members_of_a_class_are_told(built: Built) -> None:
    there = anchors(built.page("reference/sessions")) | anchors(built.page("reference/labs"))
    wanted = ("Session.send_calls", "Session.explain", "Session.allowances", "Lab.travel", "Lab.gas_policy")
    assert {f"sessionlab.{name}" for name in wanted} <= there


def test_every_denial_code_is_in_the_reference(built: Built) -> None:
    codes = [heading.partition(" ")[0] for heading in headings(built.page("reference/denials"))]
    declared = {error.name for name in CONTRACTS for error in artifact(name).errors.values()}
    wanted = {key.partition(":")[0] for key in (*REASONS, *STATE_REASONS)} | {rule for rule, _ in BUILDER_RULES}
    wanted |= declared - {"FailedOp", "FailedOpWithRevert"}  # they wrap the EntryPoint's codes
    wanted |= {"NotSponsored", "OutOfFunds", "OutOfGas", "CallWithoutFunction", "UnknownError"}
    assert wanted - set(codes) == set()


def test_each_denial_code_has_a_fix(built: Built) -> None:
    page = built.page("reference/denials")
    sections = re.split(r"<h3>", page)[1:]
    assert len(sections) > 80
    for section in sections:
        assert re.search(r"<blockquote>", section) and ">Fix<" in section, section[:80]


def test_every_method_is_in_the_reference(built: Built) -> None:
    named = cells(built.page("reference/methods"))
    assert {*METHODS, *sl.Lab._api_methods, *DEBUG_METHODS} | {*LEFT_OUT} == named


def test_every_flag_permission_picture_command_and_manifest_key_is_in_the_reference(built: Built) -> None:
    flags = headings(built.page("reference/rulesets"))
    assert [heading for heading in flags if heading.startswith("R")][1:] == [f"{f.number}: {f.name}" for f in sl.FLAGS]
    assert set(sl.pictures.SESSION_PICTURES) <= cells(built.page("reference/pictures"))
    permissions = built.page("reference/permissions")
    assert all(f">{name}<" in permissions for name in PERMISSION_TYPES)
    commands = headings(built.page("reference/commands"))
    assert {f"sessionlab {module.__name__.rpartition('.')[2]}" for module in COMMANDS} <= set(commands)
    lab = sl.Lab(extensions=["call-limit"])
    keys = manifest(lab, *make_demo_wallet(lab), "http://127.0.0.1:1", "key")
    assert set(keys) == cells(built.page("reference/manifest"))


def test_what_help_says_of_a_permission_is_on_its_page(built: Built) -> None:
    entries = re.split(r"<dl class=\"py class\">", built.page("reference/permissions"))
    for kind in PERMISSION_TYPES.values():
        (entry,) = (part for part in entries if f'id="sessionlab.{kind.__name__}"' in part)
        text = " ".join(unescape(re.sub(r"<[^>]+>", "", entry)).split())
        assert all(
            word in text for word in ("Grants ", "Unit: ", "Accepts: ", "Rules: ", ">>> import sessionlab as sl")
        )


def test_every_option_of_every_command_is_in_the_reference(built: Built) -> None:
    page = built.page("reference/commands")
    (group,) = (action for action in cli.parser()._actions if action.dest == "command")
    options = {
        option
        for command in dict(group.choices or {}).values()
        for action in command._actions
        for option in action.option_strings[-1:]
    }
    assert len(options) > 25
    assert {option for option in options - {"--help"} if f'<span class="pre">{option}</span>' not in page} == set()


def test_the_exit_codes_are_those_of_the_command_line(built: Built) -> None:
    table = built.page("reference/commands").partition("Exit codes")[2].partition("</table>")[0]
    codes = [int(code) for code in re.findall(r"<td><p>(\d+)</p></td>", table)]
    assert codes == sorted({0, 1, 2, 130})
    source = inspect.getsource(cli)
    returned = {int(code) for code in re.findall(r"return (\d+)$", source, re.MULTILINE)}
    assert returned | {1} == set(codes)  # 1 is a command's own


@pytest.mark.parametrize("guide", guides(), ids=lambda path: path.stem)
def test_every_guide_is_a_page(built: Built, guide: object) -> None:
    assert headings(built.page(f"guides/{guide.stem}"))  # type: ignore[attr-defined]
