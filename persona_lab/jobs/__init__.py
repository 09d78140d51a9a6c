"""The work that goes on after an upload has answered: durable, shared by processes, and paid for once."""
