"""nginx in front of a team's servers: the configuration, as somebody would write it who knows what streams need."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from persona_lab.errors import InvalidRequest
from persona_lab.transcripts import LIMIT_BYTES

# Whatever a form adds to the largest file.
BODY_MEGABYTES = LIMIT_BYTES // 1_000_000 + 2

NGINX = """\
# persona_lab behind nginx. Put this into /etc/nginx/conf.d/persona_lab.conf, then: nginx -t && nginx -s reload
# Each stream takes two connections: give nginx worker_connections 20000 and worker_rlimit_nofile 40000, say.

upstream persona_lab {{
    least_conn;
{servers}
    # Connections to the servers that are kept for the next request. Servers keep theirs for 75 s.
    keepalive 64;
    keepalive_timeout 60s;
}}

server {{
    listen {listen};
    server_name {name};
    # With TLS, which a team must have:
    # listen 443 ssl;
    # http2 on;
    # ssl_certificate     /etc/ssl/{name}.pem;
    # ssl_certificate_key /etc/ssl/{name}.key;

    # The largest interview, and the form around it.
    client_max_body_size {megabytes}m;

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    # Servers answer to names they know: set PERSONA_LAB_HOSTS={name} for each.
    proxy_set_header Host $http_host;
    proxy_set_header X-Request-ID $request_id;
    # One that is gone is noticed at once, and left alone for a while. What was sent to it is never sent twice.
    proxy_connect_timeout 3s;
    proxy_next_upstream error timeout;

    # Events: each goes on at once. A stream that is silent has a ping every 30 s.
    location /api/sse/ {{
        proxy_pass http://persona_lab;
        proxy_buffering off;
        proxy_cache off;
        gzip off;
        proxy_read_timeout 90s;
    }}

    # Answers, word by word.
    location ~ ^/api/(chat|interviews/[^/]+/assist) {{
        proxy_pass http://persona_lab;
        proxy_buffering off;
        gzip off;
        proxy_read_timeout 330s;
    }}

    # Somebody may wait 300 s for an analysis.
    location / {{
        proxy_pass http://persona_lab;
        proxy_read_timeout 330s;
    }}
}}
"""


def nginx(upstreams: Sequence[str], *, listen: str = "80", name: str = "lab.example.com") -> str:
    """Return nginx's configuration for these servers.

    Args:
        upstreams: where they listen, `http://127.0.0.1:8001` for example.
        listen: what nginx listens on: a port, or an address with a port.
        name: what people call the site.

    Raises:
        InvalidRequest: one of them isn't the URL of a server.
    """
    servers = "\n".join(f"    server {_place(url)} max_fails=1 fail_timeout=5s;" for url in upstreams)
    return NGINX.format(servers=servers, listen=listen, name=name, megabytes=BODY_MEGABYTES)


def _place(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
        raise InvalidRequest(f"{url} is not where a server listens; that looks like http://127.0.0.1:8001.")
    return parts.netloc
