"""Packs files into a zip for Lambda, so that the same files make the same bytes: sorted entries, one time, and fixed modes.

    python3 infra/release/pack.py start-arm64.zip target/lambda/start/bootstrap LICENSE ...
"""

import sys
import zipfile
from pathlib import Path

# The earliest time that a zip can store.
TIME = (1980, 1, 1, 0, 0, 0)
EXECUTABLES = {"bootstrap"}
UNIX = 3


def entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, TIME)
    # "Lambda needs 644 permissions for non-executable files (rw-r--r--) and 755 permissions (rwxr-xr-x) for … executable files"
    # https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
    info.external_attr = (0o100755 if name in EXECUTABLES else 0o100644) << 16
    info.create_system = UNIX
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def pack(target: Path, files: list[Path]) -> None:
    names = [file.name for file in files]
    assert len(set(names)) == len(names), f"two files have one name: {names}"
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(files, key=lambda each: each.name):
            archive.writestr(entry(file.name), file.read_bytes(), compresslevel=9)


if __name__ == "__main__":
    pack(Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]])
