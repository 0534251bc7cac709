"""What a diary remembers of itself, in its database: names, and a text for each.

regrow      when something was forgotten: a model grown before can still recite it, and is to be grown again
unfinished  what is still to be done to the database, and is done when it is opened next
"""

from __future__ import annotations

import sqlite3

REGROW, UNFINISHED = "regrow", "unfinished"


def setting(database: sqlite3.Connection, name: str) -> str | None:
    """What was set last; None: nothing."""
    found = database.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return found and found[0]


def set_to(database: sqlite3.Connection, name: str, value: str | None) -> None:
    """Set it; None takes it away."""
    if value is None:
        database.execute("DELETE FROM settings WHERE name = ?", (name,))
    else:
        database.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, value))
