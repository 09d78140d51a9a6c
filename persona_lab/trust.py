"""Whom a connection trusts, read once for all of them: to read the certificates takes longer than most calls."""

import functools
import ssl

import httpx


def trusted(url: str) -> ssl.SSLContext:
    """Return what the client of a server at that address gives as `verify`.

    Certificates are those of certifi, or of SSL_CERT_FILE or SSL_CERT_DIR where these are set. Without TLS there are
    none to read; were such a client led to an address with TLS, it would trust nobody there.
    """
    return _certificates() if url.lower().startswith("https:") else _nobody()


@functools.cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@functools.cache
def _nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
