"""Convene: self-hosted scheduling with its own workplace chat."""

__version__ = "0.1.0"
