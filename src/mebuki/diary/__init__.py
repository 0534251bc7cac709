"""The diary: entries in a database of one's own, their words, what these are tied to, and when."""
