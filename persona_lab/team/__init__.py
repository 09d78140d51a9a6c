"""A whole team set-up on one machine, for trying: PostgreSQL, a bucket, servers and workers, each a real process."""
