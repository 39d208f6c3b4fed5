"""Encoding: a picture becomes a JPEG, and a session's JPEGs a contact sheet."""
