"""A study's findings as one page that can be mailed, printed and kept; and the same as Markdown."""

from persona_lab.lab.drawing.report.markdown import report_text
from persona_lab.lab.drawing.report.page import report_html
from persona_lab.lab.drawing.report.told import Told

__all__ = ["Told", "report_html", "report_text"]
