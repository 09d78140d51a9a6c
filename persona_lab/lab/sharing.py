"""Who takes part in a project, on a team's server."""

from typing import TYPE_CHECKING, Literal

from persona_lab.lab.study import Study
from persona_lab.models import Visibility

if TYPE_CHECKING:
    import pandas as pd


class Sharing(Study):
    """The part of a project that is about who takes part."""

    @property
    def members(self) -> "pd.DataFrame":
        """A row for each person who takes part, the owner first: name, role, e-mail address, since when, by whom."""
        import pandas as pd

        columns = ["name", "role", "email", "added_at", "added_by", "user_id"]
        return pd.DataFrame([one.model_dump() for one in self.run(self.api.members(self.id))], columns=columns)

    def add_member(self, who: str, role: Literal["admin", "member"] = "member") -> None:
        """Let a colleague take part, or in another role than before.

        Args:
            who: their name, e-mail address or id.
            role: an admin of the project may also decide who takes part.

        Raises:
            UserNotFound: nobody in the company is called so.
            Forbidden: only who owns or administers the project may do this.
        """
        added = self.run(self.api.add_member(self.id, who, role))
        print(f"{added.name} takes part in “{self.name}” as {added.role}.")

    def remove_member(self, who: str) -> None:
        """Take somebody out of the project; what they did stays.

        Args:
            who: their name, e-mail address or id.

        Raises:
            UserNotFound: they aren't a member.
            Conflict: the project is theirs.
            Forbidden: only who owns or administers the project may do this.
        """
        there = self.run(self.api.members(self.id))
        found = next((one.user_id for one in there if who in (one.user_id, one.name, one.email)), who)
        self.run(self.api.remove_member(self.id, found))

    def invite(
        self, email: str | None = None, *, role: Literal["admin", "member"] = "member", days: float = 7.0
    ) -> str:
        """Return a code that lets somebody join by `lab.accept(code)`; it is shown this once.

        Args:
            email: who alone may use it; None is whoever of the company has it. It can be used once.
            role: what they are then.
            days: how long it holds.

        Raises:
            Forbidden: only who owns or administers the project may do this.
        """
        return self.run(self.api.invite(self.id, email=email, role=role, days=days)).code

    @property
    def visibility(self) -> Visibility:
        """`"public"` where the whole company may read the project, or `"private"`. Set it so."""
        return self.run(self.api.get_project(self.id)).visibility

    @visibility.setter
    def visibility(self, wanted: Visibility) -> None:
        self.run(self.api.set_visibility(self.id, wanted))

    def set_password(self, password: str | None) -> None:
        """Let people of the company join by a password, `lab.join(project.id, password)`; None is by none any more.

        Args:
            password: at least 8 characters. It is kept as a hash, and nobody can see it again.

        Raises:
            Forbidden: only who owns or administers the project may do this.
        """
        self.run(self.api.set_password(self.id, password))
