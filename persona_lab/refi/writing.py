"""A project as the XML of REFI-QDA; what stands where is given by the standard's schema."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from persona_lab.refi.markup import CODEBOOK, PROJECT, possible
from persona_lab.refi.words import Case, Code, Coding, Group, Note, Project, Selection, Source, User, guid

ORIGIN = "persona_lab"
# Where the schema wants a name.
UNNAMED = "Untitled"


def project_xml(project: Project) -> bytes:
    """Return `project.qde`; its sources' texts are to be put beside it, as `internal://GUID.txt`."""
    root = _Element(
        "Project", PROJECT, name=project.name or UNNAMED, origin=project.origin or ORIGIN, **_when(project.at)
    )
    users = root.part("Users", project.users)
    for user in project.users:
        _user(users, user)
    if project.codes:
        codes = root.add("CodeBook").add("Codes")
        for code in project.codes:
            _code(codes, code, with_notes=True)
    names = list(dict.fromkeys(name for case in project.cases for name in case.values))
    variables = root.part("Variables", names)
    for name in names:
        variables.add("Variable", guid=guid("variable", name), name=name, typeOfVariable="Text")
    cases = root.part("Cases", project.cases)
    for case in project.cases:
        _case(cases, case)
    sources = root.part("Sources", project.sources)
    for source in project.sources:
        _source(sources, source)
    notes = root.part("Notes", project.notes)
    for note in project.notes:
        _note(notes, note)
    groups = root.part("Sets", project.groups)
    for group in project.groups:
        _group(groups, group)
    root.text("Description", project.description)
    return root.xml()


def codebook_xml(codes: Iterable[Code], origin: str = ORIGIN) -> bytes:
    """Return a codebook; it has at least one code."""
    root = _Element("CodeBook", CODEBOOK, origin=origin)
    its = root.add("Codes")
    for code in codes:
        _code(its, code, with_notes=False)
    return root.xml()


class _Element:
    """An element under construction; attributes that say nothing are left out."""

    def __init__(self, name: str, namespace: str, within: Any = None, /, **attributes: str | None) -> None:
        from lxml import etree

        self._etree = etree
        self._namespace = namespace
        tag, its = f"{{{namespace}}}{name}", {key: possible(value) for key, value in attributes.items() if value}
        self._made = (
            etree.Element(tag, its, nsmap={None: namespace}) if within is None else etree.SubElement(within, tag, its)
        )

    def add(self, name: str, /, **attributes: str | None) -> "_Element":
        return _Element(name, self._namespace, self._made, **attributes)

    def part(self, name: str, things: Iterable[object]) -> "_Element":
        """Return the element that is to hold these, which is there only when there are any."""
        return self.add(name) if list(things) else self

    def text(self, name: str, said: str) -> None:
        if said:
            self.add(name)._made.text = possible(said)

    def xml(self) -> bytes:
        self._etree.indent(self._made)
        made: bytes = self._etree.tostring(self._made, xml_declaration=True, encoding="utf-8")
        return made


def _user(users: _Element, user: User) -> None:
    # A name may be empty, but it is there.
    users.add("User", guid=user.guid, name=user.name, id=user.id)


def _code(into: _Element, code: Code, *, with_notes: bool) -> None:
    made = into.add("Code", guid=code.guid, name=code.name or UNNAMED, isCodable=str(code.is_codable).lower())
    made.text("Description", code.description)
    if with_notes:
        _refer(made, "NoteRef", code.notes)
    for below in code.children:
        _code(made, below, with_notes=with_notes)


def _case(into: _Element, case: Case) -> None:
    made = into.add("Case", guid=case.guid, name=case.name)
    _values(made, case.values)
    _refer(made, "SourceRef", case.sources)


def _values(into: _Element, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        made = into.add("VariableValue")
        made.add("VariableRef", targetGUID=guid("variable", name))
        made.text("TextValue", value)


def _source(into: _Element, source: Source) -> None:
    made = into.add(
        "TextSource",
        guid=source.guid,
        name=source.name,
        plainTextPath=f"internal://{source.guid}.txt",
        creatingUser=source.user,
        **_when(source.at),
    )
    for selection in source.selections:
        _selection(made, selection)


def _selection(into: _Element, selection: Selection) -> None:
    made = into.add(
        "PlainTextSelection",
        guid=selection.guid,
        name=selection.name,
        startPosition=str(selection.start),
        endPosition=str(selection.end),
        creatingUser=selection.user,
        **_when(selection.at),
    )
    made.text("Description", selection.description)
    for coding in selection.codings:
        _coding(made, coding)
    _refer(made, "NoteRef", selection.notes)


def _coding(into: _Element, coding: Coding) -> None:
    made = into.add("Coding", guid=coding.guid, creatingUser=coding.user, **_when(coding.at))
    made.add("CodeRef", targetGUID=coding.code)
    _refer(made, "NoteRef", coding.notes)


def _note(into: _Element, note: Note) -> None:
    made = into.add("Note", guid=note.guid, name=note.name, creatingUser=note.user, **_when(note.at))
    made.text("PlainTextContent", note.text)


def _group(into: _Element, group: Group) -> None:
    made = into.add("Set", guid=group.guid, name=group.name or UNNAMED)
    made.text("Description", group.description)
    _refer(made, "MemberSource", group.sources)


def _refer(into: _Element, name: str, guids: Iterable[str]) -> None:
    for one in guids:
        into.add(name, targetGUID=one)


def _when(at: datetime | None) -> dict[str, str]:
    return {"creationDateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")} if at else {}
