"""What is wrong with the settings, all of it at once, each with the key's name and the remedy."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with one key."""

    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: {self.wrong}. {self.remedy}."


class SettingsError(Exception):
    """The settings cannot be used; `problems` says everything that is wrong with them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"the settings cannot be used:\n{lines}")


class Problems:
    """Collects what is wrong, so that one start tells everything."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, key: str, wrong: str, remedy: str) -> None:
        """Remember that something is wrong with a key."""
        problem = Problem(key=key, wrong=wrong, remedy=remedy)
        if problem not in self._found:
            self._found.append(problem)

    def raise_if_any(self) -> None:
        """End the start here where anything is wrong."""
        if self._found:
            raise SettingsError(self._found)
