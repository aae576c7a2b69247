"""A link to the site that opens a lesson with permissions and calls filled in. What it holds is read, never run.

>>> link = share([{"type": "root"}], site="https://example.org/lab")
>>> shared(link).permissions
[{'type': 'root'}]

The link carries JSON behind its ``#``, which no browser sends to a server. The site's page puts it where ``shared()``
of the browser lab finds it.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from sessionlab.core.base.doors import TEXT, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.call import Call, read_calls
from sessionlab.core.permissions.json_codec import read_permissions
from sessionlab.core.permissions.types import Permission
from sessionlab.study.doors import CALLS, PERMISSIONS
from sessionlab.study.in_browser import DRIVE, IN_BROWSER
from sessionlab.study.json_files import parse, read_text

VERSION = 1
MOST = 6_000  # bytes of JSON: what messengers and browsers take as one link
PAGE = "share.html"
FILE = DRIVE / "shared.json"
ADDRESS = re.compile(r"https?://[^\s#?\"'<>\\]{1,200}")
FIX = "ask for the link again: it was cut, or sl.share() did not make it."


@dataclass(frozen=True)
class Shared:
    """What a link holds: permissions as the JSON of the Wallet API, and calls."""

    permissions: list[dict[str, Any]] = field(hash=False)
    calls: list[Call] = field(hash=False)


@reads(permissions=PERMISSIONS, calls=CALLS, site=maybe(TEXT))
def share(permissions: Sequence[Permission], calls: Sequence[Call] = (), *, site: str | None = None) -> str:
    """Return a link that opens the lesson "Bring your own policy" with these permissions and calls filled in.

    ``site``: the address of a published site; in the browser lab, it is that lab's own. Raises InvalidInput if it is
    missing, or if it all is too long for a link.
    """
    text = _text([permission.to_json() for permission in permissions], calls)
    if len(text) > MOST:
        fix = "share a file: sl.explain and sl.compare take its path."
        message = f"This is too long for a link: {len(text):,} bytes."
        raise InvalidInput(message, field="permissions", asked=len(text), left=MOST, fix=fix)
    return f"{_site(site)}/{PAGE}#{_encoded(text)}"


@reads(link=maybe(TEXT))
def shared(link: str | None = None) -> Shared | None:
    """Return what a link of ``share`` holds; in the browser lab without one, what the link that was opened holds.

    None if none was opened. Raises InvalidInput for anything that ``share`` did not write.
    """
    if link is not None:
        return _read(_decoded(link), "link")
    if not IN_BROWSER or not FILE.exists():
        return None
    try:
        text = read_text(FILE)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"What was shared cannot be read: {error}.", field=FILE.name, fix=FIX) from None
    return _read(text, FILE.name)


def _site(site: str | None) -> str:
    if site is None and IN_BROWSER:
        site = str(import_module("js").location.href).partition("/lite/")[0]
    site = (site or "").rstrip("/")
    if not ADDRESS.fullmatch(site):
        fix = 'give the address of a published site: site="https://OWNER.github.io/REPOSITORY".'
        raise InvalidInput("A link needs a site that it leads to.", field="site", asked=site or None, fix=fix)
    return site


def _text(permissions: list[dict[str, Any]], calls: Sequence[Call]) -> str:
    content = {"version": VERSION, "permissions": permissions, "calls": [call.to_json() for call in calls]}
    return json.dumps(content, separators=(",", ":"))


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(link: str) -> str:
    data = link.strip().rpartition("#")[2]
    try:
        if len(data) > 2 * MOST:
            raise ValueError
        text = base64.b64decode(data + "=" * (-len(data) % 4), altchars=b"-_", validate=True).decode()
        if _encoded(text) != data:
            raise ValueError
        return text
    except (ValueError, binascii.Error):
        raise InvalidInput("This is not a link that was shared.", field="link", asked=link[:80], fix=FIX) from None


def _read(text: str, field: str) -> Shared:
    """Read the JSON of a link, strictly: its members and no others, each written as ``share`` writes it."""
    try:
        if len(text) > MOST:
            raise ValueError(f"it has {len(text):,} characters, and a link up to {MOST:,}")
        content = parse(text)
        if not isinstance(content, dict) or content.keys() != {"version", "permissions", "calls"}:
            raise ValueError("its members are not those of a shared policy")
        if content["version"] != VERSION:
            raise ValueError("another version of sessionlab wrote it")
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"This is not a policy that was shared: {error}.", field=field, fix=FIX) from None
    permissions = [permission.to_json() for permission in read_permissions(content["permissions"])]
    calls = read_calls(content["calls"])
    if _text(permissions, calls) != text:
        message = "This is not a policy that was shared: it says the same as one in another form."
        raise InvalidInput(message, field=field, fix=FIX)
    return Shared(permissions, calls)
