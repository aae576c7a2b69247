"""What the parts of the library hand each other is private: no public class shows it to people."""

from __future__ import annotations

import inspect

import sessionlab as sl

#: How the parts go back in time, are saved, put together and drawn.
INTERNAL = {
    "act", "allows_calls", "api_methods", "button", "capture", "card", "check_handle", "choice", "client_type",
    "controls", "explained_by", "fill", "from_data", "go_to", "known_of", "look_again", "moment", "node_methods",
    "offered", "on", "over", "reader", "restore", "saved", "session_type", "to_save", "try_calls", "with_context",
    "with_names",
}  # fmt: skip


def test_no_public_class_shows_internals() -> None:
    modules = [sl, *(getattr(sl, name) for name in sl._PUBLIC_MODULES)]
    public = {value for module in modules for name in module.__all__ if inspect.isclass(value := getattr(module, name))}
    assert len(public) > 60
    shown = {(kind.__name__, name) for kind in public for name in dir(kind) if name in INTERNAL}
    assert shown == set()


def test_no_object_shows_internals() -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.Root()])
    for thing in (lab, wallet, session, session.send_calls([sl.Call(lab.merchant)])):
        assert INTERNAL & set(dir(thing)) == set()
