"""How a connected account is used: which way it is kept in step, what others learn of it, what its edits may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Literal, get_args

from convene.core.errors import Invalid

Direction = Literal["both", "in", "out"]
Shares = Literal["details", "busy", "nothing"]
OnMove = Literal["reschedule", "propose"]
OnDelete = Literal["cancel", "ask"]
ConflictRule = Literal["ours", "theirs", "ask"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of one connection.

    direction: `in` reads only, meetings are never written there; `out` writes only, its events do not block.
    shares: what other members may learn of the account's own entries beyond free and busy.
    on_move, on_delete: what becomes of a meeting that is moved or deleted in the account's calendar.
    conflict_rule: whose change stands where both sides changed the same thing.
    """

    direction: Direction = "both"
    shares: Shares = "busy"
    on_move: OnMove = "reschedule"
    on_delete: OnDelete = "cancel"
    conflict_rule: ConflictRule = "ask"

    @property
    def reads(self) -> bool:
        """Whether its events take its owner's time."""
        return self.direction != "out"

    @property
    def writes(self) -> bool:
        """Whether meetings are written there."""
        return self.direction != "in"


_WORDS: Mapping[str, tuple[str, ...]] = {
    "direction": get_args(Direction),
    "shares": get_args(Shares),
    "on_move": get_args(OnMove),
    "on_delete": get_args(OnDelete),
    "conflict_rule": get_args(ConflictRule),
}


def policy_of(stored: Mapping[str, str]) -> Policy:
    """Return stored choices; a member that is absent, or has a word of another version, has its default."""
    known = {name: word for name, word in stored.items() if word in _WORDS.get(name, ())}
    return Policy(**known)  # type: ignore[arg-type]


def changed_policy(policy: Policy, changes: Mapping[str, str | None]) -> Policy:
    """Return a policy with some choices changed; None leaves one.

    Raises:
        Invalid: `policy.<member>` is none of its words, or there is no such member.
    """
    chosen = {name: word for name, word in changes.items() if word is not None}
    for name, word in chosen.items():
        if name not in _WORDS:
            raise Invalid(f"policy.{name[:40]}", f"policy has no member {name[:40]!r}.")
        if word not in _WORDS[name]:
            raise Invalid(f"policy.{name}", f"policy.{name} must be one of: {', '.join(_WORDS[name])}.")
    return replace(policy, **chosen)  # type: ignore[arg-type]


def policy_json(policy: Policy) -> dict[str, str]:
    """Return every choice, as it is stored and told."""
    return asdict(policy)


MEMBERS = tuple(item.name for item in fields(Policy))
