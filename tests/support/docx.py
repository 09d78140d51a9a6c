"""Word documents for tests."""

from io import BytesIO

from docx import Document


def docx_of(*paragraphs: str) -> bytes:
    """Return a Word document of these paragraphs."""
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    file = BytesIO()
    document.save(file)
    return file.getvalue()
