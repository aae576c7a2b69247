"""Reasons about sizes: what the wallet and the EntryPoint have no room for."""

from __future__ import annotations

from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.reasons.table import Args, DenialText, ordinal, reason

_BOUNDS = {
    "TooManyCalls": (
        "{asked:,} calls are too many: an operation holds up to {limit:,}.",
        "Split it into several operations.",
    ),
    "CallDataTooLarge": (
        "A call has {asked:,} bytes of data; the bound is {limit:,}.",
        "Send less data in one call.",
    ),
    "TooManyRows": (
        "The session's permissions come to {asked:,} rows, and a wallet installs up to {limit:,} at once.",
        "Name fewer functions, or make two sessions.",
    ),
    "DeferredInstallTooLarge": (
        "The first operation of a session carries its install, and its bundle of {asked:,} bytes is too large for "
        "that: the bound is {limit:,}.",
        "Send less in the session's first operation.",
    ),
    "BundleTooLarge": (
        "The bundle has {asked:,} operations, and this EntryPoint takes up to {limit:,}.",
        "Bundle fewer operations.",
    ),
    "OperationTooLarge": (
        "The {place} operation of the bundle has {asked:,} bytes, and this EntryPoint takes up to {limit:,}.",
        "Send less data in one operation.",
    ),
    "InitCodeTooLarge": (
        "The operation's factory and factoryData have {asked:,} bytes, and this EntryPoint takes up to {limit:,}.",
        "Use a factory that needs less data.",
    ),
    "ContextTooLarge": (
        "The paymaster answers with a context of {asked:,} bytes, and this EntryPoint keeps up to {limit:,}.",
        "Use a paymaster with a smaller context, or let the wallet pay.",
    ),
}


def _enter_bound(name: str, sentence: str, fix: str) -> None:
    @reason(name)
    def _too_large(args: Args, context: Context) -> DenialText:
        text = sentence.format(**args, place=ordinal(args.get("index", 0)))
        return DenialText("the contracts have bounds", text, fix, asked=args["asked"], left=args["limit"])


for _name, _words in _BOUNDS.items():
    _enter_bound(_name, *_words)
