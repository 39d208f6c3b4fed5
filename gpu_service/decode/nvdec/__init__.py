"""Decoding on NVIDIA's hardware, with PyNvVideoCodec's core decoder."""
