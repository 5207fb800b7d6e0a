"""Assembly: the only module that knows all others. Settings, extensions, gate, pages, errors."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from booking import cli, outside, shell
from booking.access import gate
from booking.accounts import views as accounts
from booking.api import views as api
from booking.appointments import jobs as appointment_jobs
from booking.appointments import views as appointments
from booking.appointments.queries.named import name_visits
from booking.audit import jobs as audit_jobs
from booking.audit import models as audit_models
from booking.availability import models as availability_models
from booking.availability import queries as availability_queries
from booking.availability import views as availability
from booking.calendars import views as calendars
from booking.calendars.jobs import incoming
from booking.calendars.jobs import outside as outside_calendars
from booking.calendars.jobs import own as own_calendars
from booking.care import views as care
from booking.cli import backing_up
from booking.clinic import actions as clinic_actions
from booking.clinic import jobs as clinic_jobs
from booking.clinic import queries as clinic_queries
from booking.clinic import views as clinic
from booking.conversations import views as conversations
from booking.core import (
    clock,
    error_pages,
    guard,
    headers,
    health,
    names_shown,
    origin,
    starting,
    translating,
    words,
)
from booking.core.db import db, engine_options, let_go, watch
from booking.core.languages import SOURCE
from booking.core.retry import RetryingFlask
from booking.core.sealed import KeyRing
from booking.core.sessions import Sessions
from booking.core.settings import Settings
from booking.demo import views as demo
from booking.intake import jobs as intake_jobs
from booking.intake import models as intake_models
from booking.intake import views as intake
from booking.intake.queries import board as intake_board
from booking.mail import delivery, jobs
from booking.mail import models as mail_models
from booking.occupancy import actions as occupancy_actions
from booking.occupancy import models as occupancy_models
from booking.occupancy.models import ResourceKind
from booking.owner import views as owner
from booking.records import views as records
from booking.reminders import jobs as reminders
from booking.reminders import views as worklist
from booking.rights import jobs as rights_jobs
from booking.rights import views as rights
from booking.today import views as today
from booking.waiting import jobs as waiting_jobs
from booking.waiting import views as waiting
from booking.waiting.actions.readdressing import tell_of_record

ROOT = Path(__file__).parent.parent
MEBIBYTE = 1024 * 1024
# Tables of features whose pages are not listed below must be known too.
ALL_TABLES = (audit_models, availability_models, intake_models, mail_models, occupancy_models)
# One folder each under templates/email/, with subject.txt, body.txt and body.html.
MAIL_KINDS = (
    "accounts/address_changed",
    "accounts/new_address",
    "accounts/new_browser",
    "accounts/new_password",
    "accounts/password_changed",
    "accounts/patient_browser",
    "accounts/sign_in_link",
    "accounts/staff_invite",
    "accounts/way_in_changed",
    "appointments/another_time",
    "appointments/cancelled",
    "appointments/confirmation",
    "appointments/declined",
    "appointments/expired",
    "appointments/moved",
    "appointments/requested",
    "appointments/withdrawn",
    "calendars/visit",
    "calendars/visit_off",
    "clinic/runs_out",
    "conversations/waiting",
    "intake/question",
    "intake/staff_urgent",
    "reminders/check",
    "intake/to_read",
    "reminders/reminder",
    "rights/address_changed",
    "rights/emergency",
    "rights/many_openings",
    "rights/new_address",
    "waiting/joined",
    "waiting/offer",
)
PAGES = (
    *accounts.BLUEPRINTS,
    *api.BLUEPRINTS,
    *appointments.BLUEPRINTS,
    *clinic.BLUEPRINTS,
    *availability.BLUEPRINTS,
    *intake.BLUEPRINTS,
    *rights.BLUEPRINTS,
    *waiting.BLUEPRINTS,
    *care.BLUEPRINTS,
    *calendars.BLUEPRINTS,
    *worklist.BLUEPRINTS,
    *conversations.BLUEPRINTS,
    *records.BLUEPRINTS,
    *today.BLUEPRINTS,
    *owner.BLUEPRINTS,
)

# What the worker does beside delivering, each in a thread of its own.
JOBS = (
    jobs.chore("requests", appointment_jobs.expire_late_requests, every=2.0),
    jobs.chore("waiting", waiting_jobs.offer_freed, every=30.0),
    jobs.chore("credentials", clinic_jobs.warn, every=3600.0),
    jobs.chore("backup-age", backing_up.tell_when_old, every=3600.0),
    jobs.chore("openings", rights_jobs.watch_openings, every=300.0),
    jobs.chore("retention", rights_jobs.keep_to_schedule, every=3600.0),
    jobs.chore("anchor", audit_jobs.anchor_daily, every=600.0),
    jobs.chore("reminders", reminders.plan, every=20.0),
    jobs.chore("rules", intake_jobs.ask_rules_again, every=60.0),
    jobs.chore("births", intake_jobs.look_up_births, every=86400.0),
    jobs.Job(name="own-calendars", run=own_calendars.plan),
    jobs.Job(name="calendar-servers", run=own_calendars.push),
    jobs.Job(name="answers", run=incoming.run),
    jobs.Job(name="outside-calendars", run=outside_calendars.run),
)

csrf = CSRFProtect()
migrate = Migrate()


def assemble(settings: Settings | None) -> Flask:
    """Build the application from `settings`, or from the environment."""
    settings = settings or Settings.from_env(os.environ)
    starting.check(settings)
    if settings.clock_shift_seconds:
        clock.shift(timedelta(seconds=settings.clock_shift_seconds))
    app = RetryingFlask(
        "booking",
        root_path=str(ROOT),
        template_folder="templates",
        static_folder="static",
        instance_path=str(settings.instance),
    )
    app.config.from_mapping(_config(settings))
    app.session_interface = Sessions()
    app.extensions["settings"] = settings
    app.extensions["post"] = delivery.post_for(
        settings, MAIL_KINDS, own_words=lambda kind: clinic_queries.own_words(f"mail/{kind}")
    )
    app.extensions["jobs"] = JOBS
    app.extensions["key_ring"] = (
        KeyRing.read(settings.key_ring) if settings.key_ring.exists() else None
    )
    _install_extensions(app, settings)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    clinic.install(
        app,
        find_soonest=availability_queries.soonest,
        new_resource=clinic_actions.NewResource(
            room=lambda: occupancy_actions.new_resource(ResourceKind.ROOM),
            practitioner=lambda: occupancy_actions.new_resource(ResourceKind.PRACTITIONER),
        ),
    )
    for view in (app.view_functions["static"], *health.install(app)):
        gate.public(view)
    error_pages.install(
        app, sign_in_address=accounts.sign_in_address, note_refusal=accounts.note_refusal
    )
    appointments.board.install(app, badges=intake_board.badges_for, calls=intake_board.calls_now)
    appointments.visits.install(app, asked=intake_board.told_to_patient, readdressed=tell_of_record)
    app.extensions["desk.notices"] = lambda actor, now: [
        *worklist.notices(actor, now),
        *availability.notices(actor, now),
        *rights.notices(actor),
    ]
    app.extensions["desk.answer"] = worklist.answer_words
    availability.install(app, name_visits=name_visits)
    demo.install(app)
    cli.install(app, assemble=assemble)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.secret_key or None,
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        "MAX_CONTENT_LENGTH": MEBIBYTE,
        "TRUSTED_HOSTS": list(settings.trusted_hosts) or None,
        "SESSION_COOKIE_NAME": "__Host-session" if settings.https else "session",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": SOURCE,
        "TEMPLATES_AUTO_RELOAD": False,
    }


def _install_extensions(app: Flask, settings: Settings) -> None:
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0
        )
    db.init_app(app)
    app.teardown_appcontext(let_go)  # before the extension's own, which a broken one stops
    with app.app_context():
        watch(db.engine)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=False)
    origin.install(app)
    translating.install(app, offered=shell.languages)
    guard.install(app)
    csrf.init_app(app)
    gate.install(app, find_actor=accounts.install(app, outside=outside.of_accounts()))
    headers.install(app, https=settings.https)
    starting.log_requests(app, settings)
    app.jinja_env.filters.update(words.FILTERS)
    app.jinja_env.filters["shown_name"] = names_shown.shown_name
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(shell.frame)
