"""PDF: what stands on its pages, as lines (see `pages`).

pypdf rather than pdfminer.six: it was a third faster on the interviews at hand, limits
what streams may unpack to, and gives the places of words on the page.
"""

from collections.abc import Iterator
from io import BytesIO
from logging import CRITICAL, getLogger
from typing import Any

from persona_lab.errors import FileTooLarge, NoSpeech, UnreadableText
from persona_lab.transcripts.formats import left_out
from persona_lab.transcripts.formats.characters import fit
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.formats.pages import Line, Piece, lines_of, text_of, without_line_numbers
from persona_lab.transcripts.speech import Reading

LIMIT_PAGES = 2_000
# Forms may be drawn within forms, ten of each in the next: what looks small can be without end.
LIMIT_OPERATIONS = 1_000_000
LIMIT_CONTENT_BYTES = 16 * 1024 * 1024
LIMIT_CHARACTERS = 10_000_000
# About how wide a letter is, in its height; the file's own widths say where the next piece begins.
LETTER_WIDTH = 0.5
UNTOLD_SHARE = 0.3


def read_pdf(raw: bytes) -> Reading:
    pages = [lines_of(pieces) for pieces in without_line_numbers(list(_pages(raw)))]
    text, has_margins = text_of(pages)
    _check(text, pages, raw)
    remarks = (left_out.MARGINS,) if has_margins else ()
    return read_layout(text, "utf-8", is_line_paragraph="\n\n" not in text, remarks=remarks)


def _check(text: str, pages: list[list[Line]], raw: bytes) -> None:
    if not any(character.isalpha() for character in text):
        if b"/Image" in raw or not any(pages):
            raise NoSpeech(
                "it is scanned: its pages are pictures without text. Run text recognition (OCR) on it, "
                "or type the transcript out."
            )
        raise NoSpeech("it holds no speech. Check that it is the transcript and not a cover page.")
    untold = sum(character == "\ufffd" or "\ue000" <= character <= "\uf8ff" for character in text)
    if untold > len(text) * UNTOLD_SHARE:
        raise UnreadableText(
            "its fonts don't say which letters they show. Save the document it was made from as .docx or .txt."
        )


def _pages(raw: bytes) -> Iterator[list[Piece]]:
    # Loaded here: pypdf takes 0.2 s, and most transcripts are text.
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

    # What it logs about slips in the file is nothing an analyst could do something about.
    getLogger("pypdf").setLevel(CRITICAL)
    try:
        reader = PdfReader(BytesIO(raw))
        # Many are locked against changes only; those open with an empty password.
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise FileNotDecryptedError
        if len(reader.pages) > LIMIT_PAGES:
            raise FileTooLarge(f"it has {len(reader.pages):,} pages; {LIMIT_PAGES:,} are the most. Split it.")
        budget = Budget()
        for page in reader.pages:
            yield budget.pieces(page)
    except (FileNotDecryptedError, DependencyError, NotImplementedError) as error:
        raise UnreadableText("it has a password. Open it, remove the password and save it again.") from error
    except LimitReachedError as error:
        raise FileTooLarge("it unpacks to more than a transcript has. Save the transcript as .txt.") from error
    except (PyPdfError, RecursionError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableText(
            "it is damaged and can't be read as a PDF. Open it, print it to a new PDF, or save the transcript as .txt."
        ) from error


class Budget:
    """How much of a document has been drawn; pieces are taken page by page until it is used up."""

    def __init__(self) -> None:
        self._operations = 0
        self._characters = 0
        self._bytes = 0

    def pieces(self, page: Any) -> list[Piece]:
        """Return the pieces of text that stand on the page itself, not beyond its edges."""
        contents = page.get_contents()
        self._bytes += len(contents.get_data()) if contents is not None else 0
        if self._bytes > LIMIT_CONTENT_BYTES:
            raise FileTooLarge("its pages hold more than text. Save the transcript as .txt.")
        box = page.mediabox
        left, right, bottom, top = float(box.left), float(box.right), float(box.bottom), float(box.top)
        found: list[list[Any]] = []

        def visit(text: str, matrix: list[float], text_matrix: list[float], _font: Any, size: float) -> None:
            x, y = _place(matrix, text_matrix)
            if found and found[-1][1] is None and y == found[-1][2] and x > found[-1][0]:
                # The next call begins where this piece ends.
                found[-1][1] = x
            words = fit(text).strip("\n")
            if not words.strip():
                return
            self._characters += len(words)
            if self._characters > LIMIT_CHARACTERS:
                raise FileTooLarge("it holds more text than an interview. Split it.")
            height = abs(size * _scale(matrix, text_matrix)) or 10.0
            if left <= x <= right and bottom <= y <= top:
                found.append([x, None, y, height, words.replace("\t", " ").replace("\n", " ")])

        page.extract_text(visitor_operand_before=self._count, visitor_text=visit)
        return [
            Piece(x, end if end is not None else x + LETTER_WIDTH * height * len(text), y, height, text)
            for x, end, y, height, text in found
        ]

    def _count(self, *operation: Any) -> None:
        self._operations += 1
        if self._operations > LIMIT_OPERATIONS:
            raise FileTooLarge("its pages draw without end. Save the transcript as .txt.")


def _place(matrix: list[float], text_matrix: list[float]) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    x, y = text_matrix[4], text_matrix[5]
    return a * x + c * y + e, b * x + d * y + f


def _scale(matrix: list[float], text_matrix: list[float]) -> float:
    return float(matrix[3] * text_matrix[3] or matrix[1] * text_matrix[2])
