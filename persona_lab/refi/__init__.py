"""Coded text as other tools of qualitative research exchange it: REFI-QDA, projects (.qdpx) and codebooks (.qdc).

The standard is "REFI-QDA", version 1.5 of 2019 (www.qdasoftware.org, MIT licence), its schemas are Project.xsd and
Codebook.xsd 1.0. A .qdpx is a zip with `project.qde` and the texts in `sources/`, named by their GUIDs.
"""

from persona_lab.refi.container import read_project, write_project
from persona_lab.refi.reading import read_codebook
from persona_lab.refi.writing import codebook_xml

__all__ = ["codebook_xml", "read_codebook", "read_project", "write_project"]
