"""What is wrong with the settings, said to the operator."""

from __future__ import annotations

from collections.abc import Iterable


class SettingsError(Exception):
    """One or more settings cannot be used. Each problem names the variable and the remedy."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
