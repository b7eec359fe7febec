"""The embedded mail server: takes every mail, delivers none, and shows them on a page of its own."""
