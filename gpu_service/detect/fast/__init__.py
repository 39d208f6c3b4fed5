"""The fast mode of detection: the same model, each frame once, and quiet footage not at all."""
