"""How fast services are asked, in virtual time: rates hold, people go first, nobody waits for long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convene.ports.calendars import Priority, ProviderError
from convene.providers.request_pace import PATIENCE_SECONDS, Rate, RequestPace

ACCOUNT, PROJECT = Rate(8, 60), Rate(120, 600)
PRIORITIES: tuple[Priority, ...] = ("interactive", "write_back", "background")


class Time:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def ticks(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def pace(time: Time, account: Rate = ACCOUNT, project: Rate = PROJECT) -> RequestPace:
    return RequestPace(account, project, ticks=time.ticks, sleep=time.sleep)


async def test_an_account_keeps_its_rate():
    time = Time()
    asked, began = pace(time), time.now
    for _ in range(60 + 80):
        await asked.take("ana", "interactive")
    assert time.now - began == pytest.approx(10)
    # Others are not held up by it.
    before = time.now
    await asked.take("bo", "background")
    assert time.now == before


async def test_all_accounts_together_keep_the_project_s_rate():
    time = Time()
    asked, began = pace(time), time.now
    for n in range(600 + 120):
        await asked.take(f"acc{n}", "interactive")
    assert time.now - began == pytest.approx(1)


async def test_people_go_before_writes_and_writes_before_reads():
    time = Time()
    asked = pace(time)
    at_once = dict.fromkeys(PRIORITIES, 0)
    for priority in reversed(PRIORITIES):
        before = time.now
        while asked._wait("ana", priority) == 0:
            await asked.take("ana", priority)
            at_once[priority] += 1
        assert time.now == before
    assert at_once == {"background": 30, "write_back": 15, "interactive": 15}


async def test_who_would_wait_too_long_is_told_when():
    time = Time()
    asked = pace(time, account=Rate(1, 60))
    for _ in range(60):
        await asked.take("ana", "interactive")
    # For a background read half of the bucket must be there again.
    with pytest.raises(ProviderError) as caught:
        await asked.take("ana", "background")
    assert (caught.value.code, caught.value.kind) == ("rate_limited", "temporary")
    assert caught.value.retry_after_seconds == pytest.approx(30.5)
    assert time.now == 100.0
    time.now += 30.5
    await asked.take("ana", "background")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(PRIORITIES), st.floats(0, 3)), max_size=60))
async def test_no_window_holds_more_than_its_share(calls):
    time, account, project = Time(), Rate(2, 5), Rate(3, 7)
    asked, sent = pace(time, account, project), []
    for name, priority, rest in calls:
        time.now += rest
        before = time.now
        try:
            await asked.take(name, priority)
        except ProviderError:
            assert time.now - before <= PATIENCE_SECONDS
            continue
        assert time.now - before <= PATIENCE_SECONDS + 1e-6
        sent.append((time.now, name))
    for first, (began, _) in enumerate(sent):
        for last in range(first, len(sent)):
            window = sent[first : last + 1]
            seconds = sent[last][0] - began
            assert len(window) <= project.burst + project.per_second * seconds + 1e-6
            for name in "ab":
                mine = sum(who == name for _, who in window)
                assert mine <= account.burst + account.per_second * seconds + 1e-6
