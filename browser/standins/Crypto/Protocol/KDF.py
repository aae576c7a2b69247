"""For key files."""

from sessionlab_standins import Missing

scrypt = Missing("An encrypted key file")
