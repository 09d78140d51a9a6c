"""What people change by hand: judgements, codings, notes, personas, and the trash."""
