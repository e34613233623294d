"""Passwords are argon2id hashes; an absent account costs the same work."""

import threading

import anyio
from argon2 import PasswordHasher

from convene.security.passwords import Passwords


async def test_a_password_verifies_and_another_does_not():
    passwords = Passwords()
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(stored, "correct horse")
    assert not await passwords.verify(stored, "correct horse ")
    assert stored != await passwords.hash("correct horse")


async def test_no_stored_hash_and_a_damaged_one_say_no():
    passwords = Passwords()
    assert not await passwords.verify(None, "anything")
    assert not await passwords.verify("not a hash", "anything")


async def test_an_absent_account_spends_a_real_verification(monkeypatch):
    passwords = Passwords()
    await passwords.warm_up()
    calls = []
    original = PasswordHasher.verify
    monkeypatch.setattr(
        PasswordHasher,
        "verify",
        lambda self, stored, given: calls.append(stored) or original(self, stored, given),
    )
    await passwords.verify(None, "anything")
    assert len(calls) == 1
    assert calls[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_hashes_of_other_parameters_are_renewed():
    passwords = Passwords()
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("correct horse")
    assert await passwords.verify(old, "correct horse")
    assert passwords.needs_rehash(old)
    assert not passwords.needs_rehash(await passwords.hash("correct horse"))


async def test_few_run_at_once_and_none_on_the_event_loop(monkeypatch):
    passwords = Passwords(at_once=2)
    running, most, threads = 0, 0, set()
    guard = threading.Lock()
    overlap = threading.Barrier(2)

    def slow(self, password):
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
            threads.add(threading.get_ident())
        overlap.wait(10)  # returns only when two are inside together
        with guard:
            running -= 1
        return "hash"

    monkeypatch.setattr(PasswordHasher, "hash", slow)
    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(passwords.hash, "x")
    assert most == 2
    assert threading.get_ident() not in threads
