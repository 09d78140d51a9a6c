"""What a document holds beside what was said, and the sentence that tells the analyst it was left out."""

BOXES = "Text boxes were left out: they stand beside the text."
CHANGES = "Words deleted with changes tracked were left out."
HIDDEN = "Hidden words were left out."
MARGINS = "Running headers, footers or page numbers were left out."
NOTES = "Footnotes, endnotes or comments were left out: nobody said them."
