"""What a project holds, as files for other people and other tools; and theirs brought in."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from persona_lab import original
from persona_lab.errors import InvalidRequest
from persona_lab.lab import locales
from persona_lab.lab.evidence import Evidence
from persona_lab.lab.outgoing.files import target_of, written
from persona_lab.lab.peopled import Peopled

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import TypeIs

    from persona_lab.lab.drawing.report import Told
    from persona_lab.lab.incoming.coded import Brought

    Table = str | pd.DataFrame
    Tables = Table | Mapping[str, Table] | Iterable[str]

# The sheets of a workbook for which no tables are named.
SHEETS = ("insights", "interviews", "turns", "findings", "quotes", "codings", "personas", "notes", "runs")
NO_TABLE = "That is no table. Give a name that `project.tables` lists, a SELECT, or a DataFrame."
CODED = (".qdpx", ".qdc")
TABLES = (".xlsx", ".csv", ".parquet")


class Leaving(Evidence, Peopled):
    """The part of a project that writes files, and reads those of other tools for coding."""

    def save(self, path: str | Path, tables: "Tables | None" = None) -> Path:
        """Write tables, the database, or the coded text to a file; its ending says as what.

        * `.xlsx`: tables as sheets, one or several; without `tables`, those one wants most.
        * `.csv`, `.parquet`: one table; without `tables`, the one that the file is called after.
        * `.duckdb`: everything, as a DuckDB file for anywhere.
        * `.qdpx`, `.qdc`: the coded interviews, or the codebook, for NVivo, MAXQDA, ATLAS.ti (REFI-QDA 1.5).

        Times are in UTC. Words never become formulas: a workbook has them as text, in CSV an apostrophe stands
        before them. A cell that Excel can't hold is cut, and that is said.

        Args:
            path: such as `"insights.xlsx"`; a file that is there is replaced.
            tables: a name as `project.tables` has it, a SELECT, a DataFrame, several names, or any of these by
                the names of their sheets.

        Raises:
            InvalidRequest: there is no such ending or table, or the file can't be written.
            QueryError: DuckDB can't run the SELECT.
        """
        target = target_of(path)
        ending = target.suffix.lower()
        if tables is not None and ending not in TABLES:
            raise InvalidRequest(
                f"{ending or 'A file without ending'} holds no single tables. Save as {', '.join(TABLES)}."
            )
        if ending in TABLES:
            self._save_tables(target, ending, tables)
        elif ending == ".duckdb":
            self._save_database(target)
        elif ending in CODED:
            self._save_coded(target, ending)
        else:
            known = ", ".join((*TABLES, ".duckdb", *CODED))
            raise InvalidRequest(f"{target.name} can't be saved so. Give a name that ends in {known}.")
        self.told_of_export()
        return target

    def import_qda(self, path: str | Path) -> "Brought":
        """Bring in a project of NVivo, MAXQDA, ATLAS.ti or another tool as REFI-QDA (.qdpx): texts, codes, notes.

        Texts are uploaded, so they are analysed here, too. Codes stay those of who gave them; notes are yours and
        name their writers. Brought in again, nothing is doubled. Pictures, recordings without a transcript and
        what else is no text is left out, and said. Of a codebook (.qdc) the codes are returned as a table.

        Raises:
            InvalidRequest: the file isn't there, or is neither.
            TranscriptError: it is damaged, too large, or made to do harm.
        """
        from persona_lab.lab.incoming import coded

        study = coded.Study(self.api, self.run, self.id, self._handle)
        return coded.bring(study, target_of(path))

    def report(self, path: str | Path = "report.html", *, locale: str | None = None) -> Path:
        """Write the study for people: findings with their quotes, personas, saturation, methods.

        `.html` is one page that needs nothing else and holds no script; `.md` the same as Markdown.

        Args:
            path: where to.
            locale: `"en"` or `"ko"`, the language of its headings; default is `locale` of the project's lab.

        Raises:
            InvalidRequest: it ends in neither, or the file can't be written.
        """
        from persona_lab.lab.drawing.report import report_html, report_text

        writers = {".html": report_html, ".htm": report_html, ".md": report_text}
        write = writers.get(target_of(path).suffix.lower())
        if write is None:
            raise InvalidRequest(f"{path}: a report is a web page or Markdown. Give a name that ends in .html or .md.")
        made = written(path, write(self._told(), locale=locales.checked(locale or self.locale)))
        self.told_of_export()
        return made

    def export(self, path: str | Path = "interviews.json") -> Path:
        """Write every analysed interview in the form of the original's interview workflow, as one JSON file."""
        snapshot = self.run(self.api.snapshot(self.id))
        transcripts = self.run(self.api.transcripts(self.id))
        analyses = [
            {
                "interview_id": record.interview.id,
                "title": record.interview.title,
                "outputs": original.output(
                    record.interview,
                    record.result,
                    transcripts[record.interview.id],
                    topic=snapshot.project.purpose,
                ),
            }
            for record in snapshot.interviews
            if record.result is not None
        ]
        made = written(path, json.dumps(analyses, ensure_ascii=False, indent=2))
        self.told_of_export()
        return made

    def _told(self) -> "Told":
        """Return what a report tells."""
        from persona_lab.lab.drawing.report import Told

        snapshot = self.run(self.api.snapshot(self.id))
        return Told(
            snapshot.project,
            snapshot.interviews,
            self.run(self.api.insights(self.id)),
            self.run(self.api.stale(self.id)),
            self.run(self.api.notes(self.id)),
            self.run(self.api.transcripts(self.id)),
            self.cards(),
            self.saturation(),
            self.agreement() if snapshot.codings else None,
        )

    def _save_tables(self, target: Path, ending: str, tables: "Tables | None") -> None:
        from persona_lab.lab.outgoing.tables import write_csv, write_parquet
        from persona_lab.lab.outgoing.workbooks import write_workbook

        self._level()
        chosen = self._tables(target, ending, tables)
        if ending == ".xlsx":
            for remark in write_workbook(target, chosen):
                print(remark)
            return
        if len(chosen) != 1:
            raise InvalidRequest(f"{ending} holds one table, not {len(chosen)}. Save several as .xlsx.")
        (write_csv if ending == ".csv" else write_parquet)(target, next(iter(chosen.values())))

    def _tables(self, target: Path, ending: str, tables: "Tables | None") -> "dict[str, pd.DataFrame]":
        """Return the tables that are meant, by the names of their sheets."""
        known = set(self.tables["table"])
        if tables is None:
            if target.stem in known:
                tables = target.stem
            elif ending == ".xlsx":
                tables = SHEETS
            else:
                raise InvalidRequest(
                    f'Say which table: project.save("{target.name}", "insights"), or a SELECT. '
                    "`project.tables` lists them."
                )
        if isinstance(tables, str):
            return {tables if tables in known else target.stem: self._table(tables, known)}
        if isinstance(tables, Mapping):
            return {str(name): self._table(table, known) for name, table in tables.items()}
        if _is_frame(tables):
            return {target.stem: tables}
        if not isinstance(tables, Iterable):
            raise InvalidRequest(NO_TABLE)
        return {name: self._table(name, known) for name in tables}

    def _table(self, table: "Table", known: set[str]) -> "pd.DataFrame":
        if not isinstance(table, str):
            if not _is_frame(table):
                raise InvalidRequest(NO_TABLE)
            return table
        if table in known:
            frame = self._replica.frame(f'SELECT * FROM "{table}"')  # noqa: S608 - a table there is
        elif " " not in table.strip():
            raise InvalidRequest(f"There is no table “{table}”. `project.tables` lists them.")
        else:
            frame = self._replica.frame(table)
        # The copy's times are in UTC and don't say so.
        for number, kind in enumerate(frame.dtypes):
            if kind.kind == "M" and getattr(kind, "tz", None) is None:
                frame.isetitem(number, frame.iloc[:, number].dt.tz_localize("UTC"))
        return frame

    def _save_database(self, target: Path) -> None:
        from persona_lab.lab.outgoing.database import write_database

        if target == self.replica_path.resolve():
            raise InvalidRequest(f"{target} is the project's own copy, which is in use. Give another name.")
        self._level()
        write_database(target, self._replica.connection)

    def _save_coded(self, target: Path, ending: str) -> None:
        from persona_lab import refi
        from persona_lab.lab.outgoing import coded
        from persona_lab.lab.outgoing.files import replaced

        study = coded.Study(
            self.run(self.api.snapshot(self.id)),
            self.run(self.api.insights(self.id)),
            self.run(self.api.transcripts(self.id)),
            self.persona_records(),
            self.run(self.api.notes(self.id)),
        )
        made = coded.project(study)
        if ending == ".qdc" and not made.codes:
            raise InvalidRequest(
                "There are no codes yet. They come with the first analysis, or with interview.code(…)."
            )
        raw = refi.write_project(made) if ending == ".qdpx" else refi.codebook_xml(made.codes)
        with replaced(target) as beside:
            beside.write_bytes(raw)


def _is_frame(table: object) -> "TypeIs[pd.DataFrame]":
    import pandas as pd

    return isinstance(table, pd.DataFrame)
