"""Stands in for regex, of which parsimonious uses what Python's own module has too."""

from re import (
    ASCII,
    DOTALL,
    IGNORECASE,
    LOCALE,
    MULTILINE,
    UNICODE,
    VERBOSE,
    A,
    I,
    L,
    M,
    S,
    U,
    X,
    compile,
    error,
    escape,
    match,
    search,
    sub,
)

__all__ = [
    "ASCII", "DOTALL", "IGNORECASE", "LOCALE", "MULTILINE", "UNICODE", "VERBOSE",
    "A", "I", "L", "M", "S", "U", "X",
    "compile", "error", "escape", "match", "search", "sub",
]  # fmt: skip
