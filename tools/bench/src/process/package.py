"""Prints how many bytes a deployment package has, zipped: the given files, and all that the given distributions bring."""
import argparse
import importlib.metadata
import io
import re
import zipfile


def family(name, found):
    """The distribution and those that it requires."""
    if name in found:
        return
    found[name] = importlib.metadata.distribution(name)
    for requirement in found[name].requires or []:
        if "extra ==" not in requirement:
            family(re.match(r"[\w.-]+", requirement)[0], found)


parser = argparse.ArgumentParser()
parser.add_argument("--distribution", action="append", default=[])
parser.add_argument("files", nargs="*")
options = parser.parse_args()
found = {}
for distribution in options.distribution:
    family(distribution, found)

package = io.BytesIO()
with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for file in options.files:
        archive.write(file, "bootstrap")
    for distribution in found.values():
        for file in distribution.files:
            # With the bytecode, as `pip install --target` leaves it; what is outside are commands for a shell.
            if ".." not in file.parts:
                archive.write(file.locate(), str(file))
print(package.tell())
