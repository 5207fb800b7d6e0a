"""There is always an owner who can sign in, whatever is stopped, changed or deleted."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from booking.access.policy import Actor, Role
from booking.accounts import actions, queries
from booking.core import clock
from booking.core.db import db, session, transaction
from booking.core.errors import WrongState
from tests.browser import Browser, Page
from tests.conftest import Cast
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


@pytest.mark.both
@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE "user" SET disabled_at = created_at WHERE id = :owner',
        "DELETE FROM user_role WHERE user_id = :owner",
        "UPDATE user_role SET role = 'reception' WHERE user_id = :owner",
        'DELETE FROM "user" WHERE id = :owner',
    ],
)
def test_the_database_refuses_to_lose_the_last_owner(
    app: Flask, clinic: Clinic, statement: str
) -> None:
    with app.app_context():
        with pytest.raises(DBAPIError), transaction():
            session().execute(db.text(statement), {"owner": clinic.owner_user})
        assert queries.roles_of(clinic.owner_user) == {Role.OWNER}


@pytest.mark.both
def test_two_owners_who_take_the_part_from_each_other_at_once_leave_one(
    app: Flask, two: list[int]
) -> None:
    barrier, refused = Barrier(2), []

    def demote(whom: int) -> None:
        """Past all that the product asks: only the database stands in the way."""
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    session().execute(
                        db.text("DELETE FROM user_role WHERE user_id = :whom"), {"whom": whom}
                    )
            except DBAPIError as why:
                refused.append(why)
            db.session.remove()

    threads = [Thread(target=demote, args=(each,)) for each in two]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(refused) == 1
    with app.app_context(), transaction():
        assert len(queries.owners_who_may_sign_in()) == 1


# --- what somebody does here ---


def change(browser: Browser, name: str, *roles: str) -> Page:
    page = browser.get("/people").click(f"what {name} does here")
    return page.submit({"roles": list(roles)}, button="Save")


@pytest.mark.both
def test_the_owner_changes_what_somebody_does_and_her_open_pages_stop(
    app: Flask, cast: Cast, clinic: Clinic
) -> None:
    dana = cast["reception"]
    assert dana.get("/forms").status == 200
    page = change(cast["owner"], "Dana Whitlock", "owner")
    assert page.url == "/people"
    assert dana.client.get("/forms").headers["Location"].startswith("/sign-in")
    with app.app_context():
        assert queries.roles_of(clinic.reception_user) == {Role.OWNER}


def test_the_last_owner_stays_one_and_is_told_why(cast: Cast, app: Flask, clinic: Clinic) -> None:
    page = change(cast["owner"], "Olive Hart", "reception")
    assert page.status == 422
    assert "needs an owner who can sign in" in page.text
    with app.app_context():
        assert queries.roles_of(clinic.owner_user) == {Role.OWNER}
    assert change(cast["owner"], "Olive Hart").status == 422


def test_changing_it_takes_a_fresh_code(cast: Cast) -> None:
    owner = cast["owner"]
    clock.travel(clock.now() + timedelta(minutes=11))
    assert "Once more, please" in change(owner, "Dana Whitlock", "owner").text


def test_the_owner_ends_anyones_sign_ins(cast: Cast) -> None:
    """Holds sec_B4."""
    assert cast["mei"].get("/sign-ins").status == 200
    cast["owner"].get("/people").submit(button="Sign out everywhere Mei Tan")
    assert cast["mei"].client.get("/sign-ins").status_code == 303


def test_the_list_says_how_everybody_signs_in_and_when_last(cast: Cast) -> None:
    """Holds sec_H7."""
    assert "Last signed in on" in cast["owner"].get("/people").text
