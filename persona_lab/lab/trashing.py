"""What was deleted from a study, and who did what in it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from persona_lab.errors import Forbidden, InvalidRequest, NotFound, ServerUnreachable
from persona_lab.lab import locales
from persona_lab.lab.keeping.participant import Participant
from persona_lab.lab.keeping.trash import Trash, frame
from persona_lab.lab.offering import inner
from persona_lab.lab.study import Study
from persona_lab.models import Erasure, Purged, Trashed

if TYPE_CHECKING:
    import pandas as pd


DELETED = {
    "en": "“{name}” is in the trash, for everybody. To bring it back: lab.trash.restore({which!r})",
    "ko": "“{name}” 프로젝트가 모두에게서 휴지통으로 옮겨졌습니다. 되돌리려면: lab.trash.restore({which!r})",
}


class Trashing(Study):
    """The part of a project that knows what was deleted, and who did what."""

    def delete(self) -> None:
        """Put the whole project into the trash, for everybody, and say how to bring it back; this handle is closed.

        Nothing of it is lost: `lab.trash.restore(…)` brings it back with all that is in it, and `lab.project(…)` opens
        it again.

        Raises:
            ProjectNotFound: it was deleted before.
            Forbidden: only who owns or administers the project may do this.
        """
        self.run(self.api.delete_project(self.id))
        titles = [one.title for one in self.run(self.api.trash(None))]
        which = self.name if titles.count(self.name) == 1 else self.id
        print(DELETED[self.locale].format(name=self.name, which=which))
        self.close()

    @property
    def trash(self) -> Trash:
        """What was deleted, by whom and when: `.table`, `.restore("Mina")`, `.purge("Mina", sure=True)`.

        Who deleted something may bring it back, and so may who owns or administers the project; only they may purge.
        """
        return Trash(self)

    def history(
        self, *, actor: str | None = None, kind: str | None = None, locale: str | None = None
    ) -> "pd.DataFrame":
        """Return who did what, oldest first: at, actor, words, type, and what it was done to. For the project's admins.

        What nobody did follows from what somebody did. Looking at what pseudonyms hide, downloading a file and taking
        the project along as files are in it; signing in and reading are not.

        Args:
            actor: only what this person did.
            kind: only what begins so, e.g. `"interview"`, `"coding"`, `"trash"`, `"file"`.
            locale: `"en"` or `"ko"`, the language of the sentences.

        Raises:
            Forbidden: you don't administer the project.
        """
        asked = {"actor": actor, "kind": kind, "locale": locales.checked(locale or self.locale)}
        return frame(self.run(self.api.deeds(self.id, **{name: value for name, value in asked.items() if value})))

    def participant(self, name: str) -> Participant:
        """Return one person who took part, by name, with all that is kept by and about them.

        `.export("mina.zip")` writes it down for them, `.erase(sure=True)` removes it for good. Whoever goes
        by that name in several interviews is taken for one person; `speakers` lists and
        `correct_speakers` tells apart.

        Raises:
            InvalidRequest: nobody of that name took part; the message says who did.
        """
        self._level()
        found = self.rows_of(
            "SELECT DISTINCT unnest([speaker, label]) AS name FROM turns WHERE role = 'participant' ORDER BY 1", {}
        )
        known = [one for one in found["name"] if isinstance(one, str) and one]
        return Participant(self, name, [*known, name] if name not in known and self._took_part(name) else known)

    def _took_part(self, name: str) -> bool:
        """Say whether the server knows somebody of that name, in the trash or where an analysis isn't complete."""
        try:
            self.erase_participant(name, sure=False)
        except (NotFound, Forbidden, InvalidRequest, ServerUnreachable):
            return False
        return True

    @inner
    def erase_participant(self, name: str, *, sure: bool) -> Erasure:
        """Erase somebody, from this project's own copy, too; without `sure` only say what would go."""
        erasure = self.run(self.api.erase(self.id, name, sure=sure))
        if sure:
            self._level()
        return erasure

    @inner
    def rows_of(self, query: str, parameters: Mapping[str, object]) -> "pd.DataFrame":
        """Run SQL with named parameters on the local copy."""
        return self._replica.connection.cursor().execute(query, dict(parameters)).df()

    @inner
    def trashed(self) -> list[Trashed]:
        """Return what is in the trash at the moment."""
        return self.run(self.api.trash(self.id))

    @inner
    def restore_trashed(self, one: Trashed) -> None:
        """Bring something back, and wait until this project's own copy has it."""
        self.run(self.api.restore(one.kind, one.id))
        self._level()

    @inner
    def purge_trashed(self, one: Trashed) -> Purged:
        """Remove something for good, from this project's own copy, too."""
        purged = self.run(self.api.purge(one.kind, one.id))
        self._level()
        return purged
