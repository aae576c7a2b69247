"""Links that carry a policy: what is read of them is what was shared, and nothing else is taken."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

import sessionlab as sl

SITE = "https://example.org/lab"
ADDRESS = "0x" + "11" * 20


def link_of(content: Any) -> str:
    text = content if isinstance(content, bytes) else json.dumps(content, separators=(",", ":")).encode()
    return f"{SITE}/share.html#{base64.urlsafe_b64encode(text).decode().rstrip('=')}"


GOOD = {"version": 1, "permissions": [{"type": "root"}], "calls": [{"to": ADDRESS, "value": "0x5"}]}


def test_what_is_shared_is_read_again() -> None:
    permissions = [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.ContractAccess(address=ADDRESS)]
    calls = [sl.Call(ADDRESS, 7, b"\1\2\3\4"), sl.Call(ADDRESS)]
    held = sl.shared(sl.share(permissions, calls, site=SITE + "/"))
    assert held is not None
    assert held.permissions == [permission.to_json() for permission in permissions]
    assert held.calls == calls


def test_a_link_carries_it_behind_the_mark_that_no_server_sees() -> None:
    link = sl.share([sl.Root()], site=SITE)
    assert link.partition("#")[0] == f"{SITE}/share.html"
    assert link == link_of(
        json.dumps({"version": 1, "permissions": [{"type": "root"}], "calls": []}, separators=(",", ":")).encode()
    )


def test_what_share_writes_is_the_only_form_that_is_read() -> None:
    """Two readers of one text must not read two policies: no member twice, no other spelling of a number."""
    link = link_of(GOOD)
    assert sl.shared(link) == sl.shared(f" {link}\n") is not None
    text = json.dumps(GOOD, separators=(",", ":"))
    for other in (
        text.replace('"version":1', '"version":1,"version":1'),
        text.replace('"version":1', '"version":true'),
        text.replace('"version":1', '"version":1.0'),
        text.replace('"0x5"', '"0x05"'),
        text.replace('"root"', '"ro\\u006ft"'),
        json.dumps(GOOD),
        text + "\n",
    ):
        with pytest.raises(sl.InvalidInput):
            sl.shared(link_of(other.encode()))
    for other in (f"{link}=", link + "A", link[:-1] + chr(ord(link[-1]) + 1)):
        with pytest.raises(sl.InvalidInput):
            sl.shared(other)


@pytest.mark.parametrize("end", range(1, 12))
def test_a_link_that_was_cut_is_refused(end: int) -> None:
    with pytest.raises(sl.InvalidInput):
        sl.shared(link_of(GOOD)[:-end])


def test_outside_of_a_browser_no_link_was_opened() -> None:
    assert sl.shared() is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[" * 5_000,
        b"\xff\xfe",
        [],
        {**GOOD, "code": "print(1)"},
        {**GOOD, "version": 2},
        {**GOOD, "permissions": [{"type": "ro\0ot"}]},
        {**GOOD, "permissions": [{"type": "gas-limit", "data": {"limit": float("nan")}}]},
        {**GOOD, "calls": [{"to": ADDRESS, "value": "0x" + "f" * 65}]},
        {"version": 1, "permissions": []},
        {**GOOD, "permissions": "root"},
        {**GOOD, "permissions": [{"type": "everything"}]},
        {**GOOD, "permissions": [{"type": "root", "data": {"x": 1}}]},
        {**GOOD, "calls": [{"to": "merchant"}]},
        {**GOOD, "calls": [{"to": ADDRESS, "gas": 1}]},
        {**GOOD, "calls": {"to": ADDRESS}},
        {**GOOD, "calls": [{"to": ADDRESS, "data": "0x" + "00" * 7_000}]},
    ],
    ids=lambda content: str(content)[:40],
)
def test_what_was_not_shared_is_refused(content: Any) -> None:
    with pytest.raises(sl.InvalidInput):
        sl.shared(link_of(content))


@pytest.mark.parametrize("link", ["", "#", "no link", f"{SITE}/share.html#%%%", f"{SITE}/share.html#a b"])
def test_what_is_no_link_is_refused(link: str) -> None:
    with pytest.raises(sl.InvalidInput):
        sl.shared(link)


@pytest.mark.parametrize(
    "site", [None, "", "example.org", "javascript:alert(1)", "https://example.org/#x", 'https://a"b']
)
def test_a_link_needs_the_address_of_a_site(site: str | None) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        sl.share([sl.Root()], site=site)
    assert refused.value.field == "site"


def test_what_is_too_long_for_a_link_says_how_long_it_may_be() -> None:
    calls = [sl.Call(ADDRESS, data=bytes(4_000))]
    with pytest.raises(sl.InvalidInput) as refused:
        sl.share([sl.Root()], calls, site=SITE)
    assert refused.value.left == 6_000 and refused.value.asked > 8_000
