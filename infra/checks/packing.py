"""The zips of a release are the same if they are built twice, and Lambda can run what is in them."""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACK = Path(__file__).parents[1] / "release" / "pack.py"
FILES = {"bootstrap": b"\x7fELF" * 9_000, "LICENSE": b"Apache\n", "THIRD-PARTY-NOTICES.txt": b"notifications\n"}


def packed(folder: Path, order: list[str], modified: int, umask: int) -> Path:
    """A zip of the files, made in this order, at this time and with this umask."""
    folder.mkdir()
    for name in order:
        (folder / name).write_bytes(FILES[name])
        (folder / name).chmod(0o777 & ~umask)
        os.utime(folder / name, (modified, modified))
    target = folder / "start-arm64.zip"
    subprocess.run([sys.executable, "-B", PACK, target, *(folder / name for name in order)], check=True)
    return target


def faults(first: Path, second: Path) -> list[str]:
    found = [] if first.read_bytes() == second.read_bytes() else ["two builds differ"]
    with zipfile.ZipFile(first) as archive:
        if archive.namelist() != sorted(FILES):
            found.append(f"the entries are {archive.namelist()}")
        for info in archive.infolist():
            mode = info.external_attr >> 16 & 0o7777
            if mode != (0o755 if info.filename == "bootstrap" else 0o644):
                found.append(f"{info.filename} has the mode {mode:o}")
            if archive.read(info) != FILES[info.filename]:
                found.append(f"{info.filename} has other content")
    return found


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = list(FILES)
        first = packed(folder / "one", names, 1_000_000_000, 0o022)
        second = packed(folder / "two", names[::-1], 1_700_000_000, 0o077)
        found = faults(first, second)
        print(f"{first.name}: {len(found)} faults", *found, sep="\n  ")
        # A zip as the usual tool makes it.
        plain = folder / "plain.zip"
        with zipfile.ZipFile(plain, "w") as archive:
            for each in names:
                archive.write(folder / "two" / each, each)
        seeded = faults(plain, first)
        print(f"seeded zip with times and modes: {seeded[0] if seeded else 'NOT NOTICED'}")
    return int(bool(found) or not seeded)


if __name__ == "__main__":
    raise SystemExit(main())
