"""The demo: the real commands against servers on this machine."""
