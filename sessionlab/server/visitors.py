"""Who may talk to a server: requests by a loopback name, from pages of this machine, with JSON.

A server on loopback has no key, and any web page that is open in a browser here can reach it: directly, or by a name of
its own that it points at 127.0.0.1 (DNS rebinding). A browser says both in its headers, and a page cannot change them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sessionlab.core.base.errors import InvalidInput

ANY = "*"
_METHODS = {
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "content-type, alchemy-aa-sdk-version, authorization",
    "access-control-max-age": "600",
}
_ORIGIN_FIX = "write an origin as a browser sends it, such as https://app.example:3000, or * for every page."


@dataclass(frozen=True, slots=True)
class Visitors:
    """``cors``: origins besides those of this machine, or ``*``. ``any_host``: also by names that are not loopback's.

    A server that other machines reach asks for a key, which takes the place of both checks.
    """

    cors: tuple[str, ...] = ()
    any_host: bool = False

    def refused(self, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Return the HTTP status and what to tell, for a request that is not answered; None for any other."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self.any_host and not _is_loopback(host):
            reason = f"This server was addressed as {host[:80]!r}, and answers only to loopback names."
            return 403, f"{reason} Use localhost or 127.0.0.1, or serve with --host and --api-key."
        if origin is not None and not self._welcome(origin):
            reason = f"A page of {origin[:80]} asked, and this server answers only pages of this machine."
            named = "://" in origin
            fix = f"with --cors {origin[:80]}" if named else "it from http://localhost, or with --cors '*',"
            return 403, f"{reason} Serve {fix} to allow it."
        return None

    def headers(self, origin: str | None) -> dict[str, str]:
        """Return the CORS headers of a response."""
        if ANY in self.cors:
            return {"access-control-allow-origin": ANY, **_METHODS}
        if origin is None or not self._welcome(origin):
            return {"vary": "origin"}
        return {"access-control-allow-origin": origin, "vary": "origin", **_METHODS}

    def _welcome(self, origin: str) -> bool:
        if self.any_host or ANY in self.cors or origin in self.cors:
            return True
        scheme, separator, host = origin.partition("://")
        return bool(separator) and scheme in ("http", "https") and _is_loopback(host)


def read_origins(origins: Sequence[str]) -> tuple[str, ...]:
    """Check origins that are to be let in. Raises InvalidInput for anything that no browser would send."""
    for origin in origins:
        try:
            parts = urlsplit(origin)
            whole = f"{parts.scheme}://{parts.netloc}" == origin and parts.scheme and parts.hostname
        except ValueError:
            whole = False
        if origin != ANY and not whole:
            raise InvalidInput("This is not an origin.", field="--cors", asked=origin, fix=_ORIGIN_FIX)
    return tuple(origins)


def is_json(content_type: str) -> bool:
    """Whether a content type is JSON's: pages can send any other without asking first."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _is_loopback(host: str) -> bool:
    """Whether a host, with its port or without, is a loopback name."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname or "", parts.port  # raises for a port that is not a number
    except ValueError:
        return False
    if any(sign in host for sign in "@/?#\\"):
        return False
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
