"""A connection to one server, and the projects opened on it."""

import asyncio
import atexit
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

from persona_lab import models, settings
from persona_lab.client import local
from persona_lab.client.api import Api
from persona_lab.client.endpoint import Endpoint
from persona_lab.errors import InvalidRequest, PersonaLabError, ProjectPurged, ServerUnreachable
from persona_lab.lab import locales
from persona_lab.lab.background import Background
from persona_lab.lab.following.feed import Feed
from persona_lab.lab.keeping.trash import Trash, frame
from persona_lab.lab.offering import Offering, inner
from persona_lab.lab.project import Project
from persona_lab.models import EngineName, Me, Purged, Trashed
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd

# Cells are run again and again; the same server in the same kernel stays the same connection.
_labs: dict[tuple[str, str], "Lab"] = {}


def connect(
    url: str | None = None,
    *,
    token: str | None = None,
    engine: EngineName | None = None,
    locale: str | None = None,
) -> "Lab":
    """Return the lab: the local server of this folder's workspace, or a team's server.

    Without an address the workspace is `PERSONA_LAB_HOME` or `./.persona_lab`; its
    server is found, or started as a process of its own.

    Args:
        url: a server's address, e.g. `"https://lab.example.org"`.
        token: what that server asks for; default `PERSONA_LAB_TOKEN`.
        engine: who analyses for projects that are new from here on; default is the server's own,
            `PERSONA_LAB_ENGINE` or local.
        locale: `"en"` or `"ko"`, the language of labels from here on; see `Lab.locale`.

    Raises:
        ServerNotStarted: the local server did not come up; the message has its last lines.
        ServerUnreachable: nothing answers at `url`, or that is no address.
        NotAllowed: the token is missing or wrong, has expired or was revoked.
        Forbidden: the account was closed, or belongs to no company.
        InvalidRequest: there are no labels in that language, or there is no such engine.
    """
    if engine is not None and engine not in get_args(EngineName):
        raise InvalidRequest(f"There is no engine {engine!r}. There are: {', '.join(get_args(EngineName))}.")
    found = settings.load()
    workspace = found.home.expanduser().resolve()
    if url is None:
        return _choosing(connect_to_workspace(workspace), engine, locale)
    given = token or (found.token.get_secret_value() if found.token else None)
    if given is None:
        raise InvalidRequest(f"{url} asks for a token: connect({url!r}, token=…), or set PERSONA_LAB_TOKEN.")
    endpoint = Endpoint(_address(url), given)
    if not given.isascii():
        raise InvalidRequest("The token holds letters that no token has. Copy it anew from where it was shown.")
    return _choosing(_lab((endpoint.url, given), lambda: endpoint, workspace), engine, locale)


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (ValueError, AttributeError, TypeError):
        is_one = False
    if not is_one:
        raise ServerUnreachable(
            f"The persona_lab server at {url} does not answer, for that is no address. "
            "Give one such as connect('https://lab.example.org')."
        )
    return url.rstrip("/")


def _choosing(lab: "Lab", engine: EngineName | None, locale: str | None) -> "Lab":
    lab.engine = engine
    if locale is not None:
        lab.locale = locale
    return lab


def connect_to_workspace(workspace: Path) -> "Lab":
    """Return the lab of a workspace folder; its server is found or started."""
    folder = workspace.expanduser().resolve()
    return _lab(("", str(folder)), lambda: local.find_or_start(folder), folder)


def _lab(key: tuple[str, str], locate: Callable[[], Endpoint], workspace: Path) -> "Lab":
    known = _labs.get(key)
    if known is not None:
        known.check()
        return known
    lab = Lab(locate, workspace, forget=lambda: _labs.pop(key, None))
    try:
        lab.check()
        lab.drop_purged()
    except BaseException:
        lab.close()
        raise
    _labs[key] = lab
    # DuckDB wants its files closed before the interpreter goes.
    atexit.register(lab.close)
    return lab


class Lab(Offering):
    """The projects of one server. Get it from `persona_lab.connect()`.

    Attributes:
        engine: who analyses for new projects; None is the server's own choice.
    """

    def __init__(self, locate: Callable[[], Endpoint], workspace: Path, *, forget: Callable[[], object]) -> None:
        self.engine: EngineName | None = None
        self._locate_endpoint = locate
        self._workspace = workspace
        self._forget = forget
        self._background = Background()
        self._projects: dict[str, Project] = {}
        self._locale = "en"
        self._api = self._background.run(_open(locate()))
        self._api.locate = self._locate
        self._is_made = True

    def project(
        self,
        name: str,
        *,
        purpose: str = "",
        audience: str = "",
        method: str = "",
        redaction: str = "",
        engine: str = "",
    ) -> Project:
        """Return the project of that name; it is made when there is none.

        Args:
            purpose: what the study wants to find out; engines read it.
            audience: who was interviewed.
            method: how.
            redaction: `"network"`, `"storage"` or `"off"`, see `Project.redaction`; a new project has `"network"`.
            engine: `"local"`, `"miso"` or `"llm"`, see `Project.engine`; a new project has what `connect` was given.
                Each of the five is changed only when given.
        """
        given = {"purpose": purpose, "audience": audience, "method": method, "redaction": redaction, "engine": engine}
        given = {key: value for key, value in given.items() if value}
        new = {"engine": self.engine} if self.engine else {}
        found = self._background.run(self._api.project(name, **{**new, **given}))
        if any(getattr(found, key) != value for key, value in given.items()):
            found = self._background.run(self._api.change_project(found.id, **given))
        return self._opened(found)

    def join(self, project_id: str, password: str) -> Project:
        """Return a project of the company that one becomes a member of by its password.

        Raises:
            WrongPassword: it is wrong, or there is no such project to join by one.
            TooManyAttempts: it was tried five times within a quarter of an hour.
        """
        return self._opened(self._background.run(self._api.join(project_id, password)))

    def accept(self, code: str) -> Project:
        """Return the project that one was invited to, by the code that `project.invite` gave.

        Raises:
            InvitationNotFound: it isn't known, is for somebody else, was used or has ended.
        """
        return self._opened(self._background.run(self._api.accept(code)))

    @property
    def me(self) -> Me:
        """Who the server takes you for: name, company, role in it, and what your token may do until when."""
        return self._background.run(self._api.me())

    @property
    def tokens(self) -> "pd.DataFrame":
        """A row for each of your tokens, revoked ones too; none of them can be seen again."""
        import pandas as pd

        columns = ["name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at", "id"]
        return pd.DataFrame([one.model_dump() for one in self._background.run(self._api.tokens())], columns=columns)

    def revoke_token(self, token_id: str) -> None:
        """End one of your tokens, within seconds.

        Raises:
            TokenNotFound: there is none of that id.
        """
        self._background.run(self._api.revoke_token(token_id))

    def _opened(self, found: models.Project) -> Project:
        known = self._projects.get(found.id)
        if known is None or known.is_closed:
            replica = Replica(self._workspace / "replicas" / f"{found.id}.duckdb")
            if replica.note:
                print(replica.note)
            feed = Feed(self._locate, found.id, replica)
            self._projects[found.id] = Project(self._api, self._background, found, replica, feed)
            self._projects[found.id].locale = self._locale
        return self._projects[found.id]

    @property
    def locale(self) -> str:
        """`"en"` or `"ko"`, the language of labels wherever a call names none.

        Raises:
            InvalidRequest: when it is set to a language that there are no labels in.
        """
        return self._locale

    @locale.setter
    def locale(self, locale: str) -> None:
        self._locale = locales.checked(locale)
        for project in self._projects.values():
            project.locale = self._locale

    @property
    def projects(self) -> "pd.DataFrame":
        """A row for each project, oldest first."""
        import pandas as pd

        found = self._background.run(self._api.projects())
        columns = ["name", "purpose", "audience", "method", "created_at", "id"]
        return pd.DataFrame([project.model_dump() for project in found], columns=columns)

    @property
    def trash(self) -> Trash:
        """The deleted projects that you may bring back: `.table`, `.restore("Study")`, `.purge("Study", sure=True)`."""
        return Trash(self)

    def history(
        self, *, actor: str | None = None, kind: str | None = None, locale: str | None = None
    ) -> "pd.DataFrame":
        """Return who did what in all of the company's projects, and beside them, oldest first; for its admins.

        See `Project.history`.

        Raises:
            Forbidden: you are no admin of the company.
        """
        asked = {"actor": actor, "kind": kind, "locale": locales.checked(locale or self.locale)}
        given = {name: value for name, value in asked.items() if value}
        return frame(self._background.run(self._api.deeds(None, **given)))

    @inner
    def trashed(self) -> list[Trashed]:
        """Return the deleted projects at the moment."""
        return self._background.run(self._api.trash(None))

    @inner
    def restore_trashed(self, one: Trashed) -> None:
        """Bring a project back; `project` opens it."""
        self._background.run(self._api.restore(one.kind, one.id))

    @inner
    def purge_trashed(self, one: Trashed) -> Purged:
        """Remove a project for good, with this workspace's own copies of it."""
        purged = self._background.run(self._api.purge(one.kind, one.id))
        known = self._projects.pop(one.id, None)
        if known is not None:
            known.close()
        for copy in (self._workspace / "replicas").glob(f"{one.id}*"):
            copy.unlink(missing_ok=True)
        return purged

    @inner
    def drop_purged(self) -> None:
        """Remove this workspace's copies of projects that were purged while nobody was here."""
        there = {project.id for project in self._background.run(self._api.projects())}
        for copy in (self._workspace / "replicas").glob("*.duckdb"):
            if copy.stem not in there and self._is_purged(copy.stem):
                copy.unlink(missing_ok=True)

    def _is_purged(self, project_id: str) -> bool:
        try:
            self._background.run(self._api.get_project(project_id))
        except ProjectPurged:
            return True
        except PersonaLabError:
            # Of another server, or in the trash.
            return False
        return False

    def check(self) -> None:
        """Make sure that the server is there and lets us in; a local one is started if it has gone."""
        self._background.run(self._locate())
        self._background.run(self._api.projects())

    def close(self) -> None:
        """End the connection; the server goes on."""
        if self._background.is_closed:
            return
        self._forget()
        atexit.unregister(self.close)
        for project in self._projects.values():
            project.close()
        self._background.run(self._api.close())
        self._background.close()

    def stop(self) -> None:
        """End the connection and the local server; a team's server goes on. What is in flight goes on next time."""
        endpoint = self._api.endpoint
        self.close()
        local.stop(self._workspace, endpoint)

    async def _locate(self) -> Api:
        """Return the server; one that came back at another address is used from here on."""
        endpoint = await asyncio.to_thread(self._locate_endpoint)
        if endpoint != self._api.endpoint:
            self._api.move(endpoint)
        return self._api

    def __repr__(self) -> str:
        return f"persona_lab at {self._api.endpoint.url}"

    def _repr_html_(self) -> str:
        return f"<p>persona_lab at <code>{escape(self._api.endpoint.url)}</code></p>"


async def _open(endpoint: Endpoint) -> Api:
    return Api(endpoint)
