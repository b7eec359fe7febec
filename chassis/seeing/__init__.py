"""Seeing inside: logs, traces, metrics."""
