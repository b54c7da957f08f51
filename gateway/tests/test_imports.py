"""The gateway stands on the chassis without what only services need: it is installed without it."""

import subprocess
import sys

ALONE = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, *rest):
        if name.partition(".")[0] in {"eventlet", "kombu", "nameko"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import gateway
for module in pkgutil.iter_modules(gateway.__path__, "gateway."):
    if module.name != "gateway.__main__":
        importlib.import_module(module.name)
"""


def test_the_gateway_needs_neither_nameko_nor_what_comes_with_it():
    ran = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
