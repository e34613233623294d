"""The choices of a connected account: defaults, changes, and what is refused."""

from __future__ import annotations

import pytest

from convene.core.calendar_policy import Policy, changed_policy, policy_json, policy_of
from convene.core.errors import Invalid


def test_what_is_absent_or_unknown_has_its_default():
    assert policy_of({}) == Policy("both", "busy", "reschedule", "cancel", "ask")
    assert policy_of({"direction": "sideways", "later": "x", "shares": "nothing"}) == Policy(shares="nothing")


def test_only_what_is_named_changes():
    changed = changed_policy(Policy(on_move="propose"), {"direction": "in", "shares": None})
    assert changed == Policy(direction="in", on_move="propose")
    assert policy_of(policy_json(changed)) == changed
    assert (changed.reads, changed.writes) == (True, False)
    assert (Policy(direction="out").reads, Policy(direction="out").writes) == (False, True)


@pytest.mark.parametrize("member", ["direction", "shares", "on_move", "on_delete", "conflict_rule"])
def test_a_word_that_is_none_is_refused_by_name(member: str):
    with pytest.raises(Invalid, match=f"policy.{member} must be one of") as refused:
        changed_policy(Policy(), {member: "sideways"})
    assert refused.value.field == f"policy.{member}"


def test_a_member_that_is_none_is_refused():
    with pytest.raises(Invalid, match="no member 'color'"):
        changed_policy(Policy(), {"color": "red"})
