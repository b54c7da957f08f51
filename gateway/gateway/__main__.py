"""`python -m gateway`: one gateway process, configured by its environment (see README.md)."""

import uvloop

from gateway.server import serve
from gateway.settings import read

if __name__ == "__main__":
    uvloop.run(serve(read()))
