"""`persona-lab nginx`."""

import argparse

DESCRIPTION = """\
Print a configuration of nginx for several servers: streams and answers unbuffered, time-outs that fit them, room for
uploads, and another server where one doesn't answer. TLS is there to be filled in."""
EPILOG = """\
examples:
  persona-lab nginx --upstream http://10.0.0.1:8000 http://10.0.0.2:8000 --name lab.example.com > lab.conf"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--upstream", nargs="+", required=True, metavar="URL", help="where the servers listen")
    parser.add_argument("--listen", default="80", help="port, or address:port, that nginx listens on (default: 80)")
    parser.add_argument(
        "--name", default="lab.example.com", help="what people call the site (default: lab.example.com)"
    )


def run(chosen: argparse.Namespace) -> int:
    from persona_lab.server.proxying import nginx

    print(nginx(chosen.upstream, listen=chosen.listen, name=chosen.name), end="")
    return 0
