"""For key files."""

from sessionlab_standins import Missing

new = Missing("An encrypted key file")
MODE_CTR = MODE_CBC = 0
