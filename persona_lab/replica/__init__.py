"""The analyst's DuckDB copy of a project."""

from persona_lab.replica.changes import wanted
from persona_lab.replica.copy import Replica
from persona_lab.replica.tables import TABLES
from persona_lab.replica.views import VIEWS

__all__ = ["TABLES", "VIEWS", "Replica", "wanted"]
