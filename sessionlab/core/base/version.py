"""The package version, which saved files record too."""

__version__ = "0.2.0"
