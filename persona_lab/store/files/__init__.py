"""The uploaded bytes: in a folder or a bucket, kept once, and removed when nobody needs them."""
