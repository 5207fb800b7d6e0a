"""There is always an owner who can sign in, also when two stop each other at one moment."""

from threading import Barrier, Thread

import pytest
from flask import Flask

from booking.access.policy import Actor, Role
from booking.accounts import actions, queries
from booking.core import clock
from booking.core.db import db, transaction
from booking.core.errors import WrongState
from tests.factories import Clinic


@pytest.fixture
def two(app: Flask, clinic: Clinic) -> list[int]:
    """The ids of two owners."""
    with app.app_context(), transaction():
        second = actions.join(
            name="Una Second",
            email="una@canalstreet.example",
            roles=[Role.OWNER],
            password_hash="x",
            now=clock.now(),
        )
        return [clinic.owner_user, second.id]


@pytest.mark.both
def test_two_owners_who_stop_each_other_at_once_leave_one(app: Flask, two: list[int]) -> None:
    barrier, refused = Barrier(2), []

    def stop(by: int, whom: int) -> None:
        with app.app_context():
            public_id = queries.user(whom).public_id
            db.session.rollback()
            barrier.wait()
            try:
                with transaction():
                    actions.stop(Actor(user_id=by), public_id, now=clock.now())
            except WrongState as why:
                refused.append(why)
            db.session.remove()

    threads = [Thread(target=stop, args=pair) for pair in (two, two[::-1])]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(refused) == 1
    with app.app_context(), transaction():
        assert len(queries.owners_who_may_sign_in()) == 1


def test_with_another_owner_left_one_can_be_stopped(app: Flask, two: list[int]) -> None:
    with app.app_context():
        public_id = queries.user(two[1]).public_id
        with transaction():
            actions.stop(Actor(user_id=two[0]), public_id, now=clock.now())
        with transaction():
            assert queries.owners_who_may_sign_in() == {two[0]}
