"""The version of the package, which saved files name too."""

__version__ = "0.1.0"
