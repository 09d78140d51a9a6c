"""Questions and answers over a project's interviews, and what is drawn and summed up from them."""
