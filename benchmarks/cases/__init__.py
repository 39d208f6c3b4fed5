"""The cases: each module's ``run`` verifies results, then gives figures."""
