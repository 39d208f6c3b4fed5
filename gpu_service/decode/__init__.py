"""Decoding: one demuxer for every backend, detector frames in one pass, exact pictures by PTS."""
