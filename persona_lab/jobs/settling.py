"""Merging a project's findings once all its interviews are analysed, whichever process was at the last of them."""

import logging
import threading
from collections.abc import Mapping

from persona_lab.engines import indexing
from persona_lab.engines.meaning.encoder import DIMENSIONS, MODEL
from persona_lab.engines.merging import judging, merge, opposing
from persona_lab.engines.tags.model import version as tagger_version
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import PersonaLabError
from persona_lab.models import Analysis, InsightMember, Merge
from persona_lab.store import insights, interviews, judgements, meanings, praises, transaction, transcripts
from persona_lab.store.database import Store

log = logging.getLogger(__name__)


class Settling:
    """Merges findings; of one process, for all projects."""

    def __init__(self, store: Store, workroom: Workroom) -> None:
        self._store = store
        self._workroom = workroom
        # So that threads don't all work out the same merge.
        self._merging = threading.Lock()

    def settle(self, project_id: str) -> None:
        """Merge the project's findings, once its last interview in flight has ended."""
        while not self._is_settled(project_id):
            pass

    def praised(self, analyses: Mapping[str, Analysis]) -> dict[str, opposing.Praises]:
        """Return what participants of each interview are pleased with; interviews analysed anew are read anew."""
        with self._store.reading() as connection:
            kept = praises.get(connection, analyses)
        made_by = f"{tagger_version()}:{MODEL}"
        found = {}
        for interview_id, analysis in analyses.items():
            wanted = f"{made_by}:{analysis.provenance.run_id}"
            known = kept.get(interview_id)
            if known is None or known.made_by != wanted:
                known = self._read_for_praises(interview_id, analysis.provenance.run_id, wanted)
            if known is not None:
                said = [opposing.Praise.model_validate(one) for one in known.said]
                found[interview_id] = opposing.Praises(said, known.vectors)
        return found

    def _is_settled(self, project_id: str) -> bool:
        """Merge what is there; say whether it still is when that is done, here and in other processes."""
        with self._merging:
            with self._store.reading() as connection:
                if interviews.in_flight(connection, project_id):
                    return True
                analyses = interviews.results(connection, project_id)
            runs = {interview_id: analysis.provenance.run_id for interview_id, analysis in analyses.items()}
            meant = self._meanings(analyses)
            found = [
                (InsightMember(interview_id=interview_id, finding=number), finding)
                for interview_id, analysis in analyses.items()
                for number, finding in enumerate(analysis.insights)
            ]
            vectors = [meant[member.interview_id][member.finding] for member, _ in found]
            merged = opposing.with_contradictions(merge.merge(found, vectors), found, vectors, self.praised(analyses))
            made_by = Merge(model=merge.MODEL, rules_hash=merge.RULES_HASH, runs=runs)
            with self._store.writing() as connection:
                transaction.hold(connection, project_id)
                # Never an older merge over a newer one: another process may have been quicker.
                if interviews.runs(connection, project_id) != runs:
                    return False
                evidence = judging.evidence(analyses, interviews.of_project(connection, project_id))
                shown = judging.judged(merged, judgements.of_project(connection, project_id), evidence)
                insights.save(connection, project_id, merged, made_by, shown=shown)
        return True

    def _read_for_praises(self, interview_id: str, run_id: str, made_by: str) -> praises.Kept | None:
        with self._store.reading() as connection:
            transcript = transcripts.get(connection, interview_id)
        try:
            its = self._workroom.run(opposing.praises, transcript)
        except PersonaLabError as error:
            # Insights without this interview's contradictions are better than none.
            log.warning("interview %s was not searched for contradictions: %s", interview_id, error)
            return None
        kept = praises.Kept(made_by, [one.model_dump(mode="json") for one in its.said], its.meanings)
        with self._store.writing() as connection:
            transaction.hold_interviews(connection, interview_id)
            if interviews.has_run(connection, interview_id, run_id):
                praises.save(connection, interview_id, kept)
        return kept

    def _meanings(self, analyses: Mapping[str, Analysis]) -> dict[str, list[bytes]]:
        """Return the packed meaning of every finding; what is kept from an earlier run is made anew."""
        with self._store.reading() as connection:
            kept = meanings.get(connection, analyses, "findings")
        found = {}
        for interview_id, analysis in analyses.items():
            wanted = f"{MODEL}:{analysis.provenance.run_id}"
            made_by, data = kept.get(interview_id, ("", b""))
            if made_by != wanted:
                data = self._workroom.run(indexing.findings, analysis)
                with self._store.writing() as connection:
                    transaction.hold_interviews(connection, interview_id)
                    if interviews.has_run(connection, interview_id, analysis.provenance.run_id):
                        meanings.save(connection, interview_id, "findings", made_by=wanted, vectors=data)
            found[interview_id] = [data[at : at + DIMENSIONS] for at in range(0, len(data), DIMENSIONS)]
        return found
