"""The internal HTTP trigger; :mod:`.server` joins its parts. It has no authentication."""
