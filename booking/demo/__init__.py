"""The demo: a believable clinic on this machine, with its own mail server and mailbox page."""
