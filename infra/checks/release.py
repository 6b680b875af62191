"""The files of a release, made from placeholders of the executables: they are the same if they are made twice, the packaged template
needs no transform, and an application without Rust uses the package.

    python3 infra/checks/release.py TOOLS      TOOLS is the folder of the check's tools"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import product
from expand import expand, load

BUILD = product.ROOT / "infra" / "release" / "build"
# `e_machine` of an ELF header: two bytes at offset 18 (elf(5)).
MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
FUNCTIONS = ("start", "checker")
TEMPLATE = "cloudfront-invalidation.json"
FILES = {f"{name}-{architecture}.zip" for name in FUNCTIONS for architecture in MACHINES} | {
    TEMPLATE, "cloudfront-invalidation-terraform.zip", "SHA256SUMS", *(f"cfi-{architecture}-linux.tar.gz" for architecture in MACHINES)}
# An application of a new user, in plain JavaScript.
APPLICATION = """
const { App, Stack, aws_cloudfront: cloudfront, aws_lambda: lambda } = require('aws-cdk-lib');
const { CloudFrontInvalidator } = require('cloudfront-invalidation-action');
const app = new App({ outdir: 'cdk.out' });
for (const architecture of [lambda.Architecture.ARM_64, lambda.Architecture.X86_64]) {
  const stack = new Stack(app, architecture.name.replace('_', '-'));
  new CloudFrontInvalidator(stack, 'Invalidator', { architecture, allDistributions: true });
}
app.synth();
"""


def executables(folder: Path) -> Path:
    for architecture, machine in MACHINES.items():
        (folder / architecture).mkdir(parents=True)
        for name in (*FUNCTIONS, "cfi"):
            file = folder / architecture / name
            file.write_bytes(b"\x7fELF".ljust(18, b"\0") + machine.to_bytes(2, "little") + name.encode())
            file.chmod(0o755)
    return folder


def made(folder: Path, out: str) -> Path:
    subprocess.run([sys.executable, BUILD, "--out", folder / out, "--executables", folder / "executables"], check=True,
                   stdout=subprocess.DEVNULL)
    return folder / out


def contents(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def faults_of_the_files(folder: Path) -> Iterator[str]:
    found = contents(folder)
    packages = [name for name in found if name.endswith(".tgz")]
    if found.keys() - packages != FILES or len(packages) != 1:
        yield f"the files are {sorted(found)}"
    listed = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    if listed != {name: value for name, value in found.items() if name != "SHA256SUMS"}:
        yield f"SHA256SUMS has {listed}"


def faults_of_the_template(template: dict, expansion: dict) -> Iterator[str]:
    text = json.dumps(template)
    if "Transform" in template or "AWS::Serverless" in text:
        yield "the template needs a transform"
    more, less = template["Parameters"].keys() - expansion["Parameters"].keys(), expansion["Parameters"].keys() - template["Parameters"].keys()
    if (more, less) != ({"CodeBucket", "CodePrefix"}, {"RetainData"}):
        yield f"the template has more parameters: {more}, and fewer: {less}"
    if template["Resources"].keys() != expansion["Resources"].keys() or template["Outputs"] != expansion["Outputs"]:
        yield "the template has other resources or outputs"
    for name, value in template["Resources"].items():
        if not isinstance(value.get("DeletionPolicy", ""), str):
            yield f"a parameter decides the DeletionPolicy of {name}, which needs a transform"


def synthesized(package: Path, tools: Path, folder: Path) -> dict[tuple[str, str], Path]:
    """The assets of the functions, by architecture and logical id, of an application that has Node alone."""
    modules = folder / "node_modules"
    modules.mkdir(parents=True)
    for name in ("aws-cdk-lib", "constructs"):
        (modules / name).symlink_to(tools / "least" / "node_modules" / name)
    shutil.unpack_archive(package, folder)
    (folder / "package").rename(modules / "cloudfront-invalidation-action")
    (folder / "app.js").write_text(APPLICATION)
    node = shutil.which("node")
    assert node, "Node is installed"
    only_node = folder / "bin"
    only_node.mkdir()
    (only_node / "node").symlink_to(node)
    environment = {"PATH": str(only_node), "HOME": str(folder)}
    subprocess.run([node, "app.js"], cwd=folder, env=environment, check=True)
    found = {}
    for architecture in MACHINES:
        template = json.loads((folder / "cdk.out" / f"{architecture.replace('_', '-')}.template.json").read_text())
        for name, resource in template["Resources"].items():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::Lambda::Function" and properties["Handler"] == "bootstrap":
                asset = properties["Code"]["S3Key"].removesuffix(".zip")
                found[architecture, name] = folder / "cdk.out" / f"asset.{asset}"
    return found


def faults_of_the_package(package: Path, tools: Path, folder: Path) -> Iterator[str]:
    assets = synthesized(package, tools, folder)
    if len(assets) != len(MACHINES) * len(FUNCTIONS):
        yield f"the application has the functions {sorted(assets)}"
    for (architecture, name), asset in assets.items():
        bootstrap = asset / "bootstrap"
        machine = int.from_bytes(bootstrap.read_bytes()[18:20], "little")
        if machine != MACHINES[architecture] or not os.access(bootstrap, os.X_OK):
            yield f"{name} cannot be run on {architecture}"


def faults_of_the_module(template: dict) -> Iterator[str]:
    """The Terraform module sets parameters that the packaged template has, and the only one without a default is left to the user."""
    text = product.read("infra/terraform/main.tf")
    [block] = re.findall(r"merge\(var\.parameters, \{\n(.*?)\}\)", text, re.DOTALL)
    given = set(re.findall(r"^ +(\w+) +=", block, re.MULTILINE))
    missing = given - template["Parameters"].keys()
    required = {name for name, value in template["Parameters"].items() if "Default" not in value} - given
    if missing or required:
        yield f"the module sets the unknown parameters {missing}, and leaves out {required}"


def faults_of_the_zips(folder: Path) -> Iterator[str]:
    for architecture, machine in MACHINES.items():
        for name in FUNCTIONS:
            with zipfile.ZipFile(folder / f"{name}-{architecture}.zip") as archive:
                bootstrap = archive.read("bootstrap")
            if bootstrap[18:20] != machine.to_bytes(2, "little") or not bootstrap.endswith(name.encode()):
                yield f"{name}-{architecture}.zip has another bootstrap"


def faults_of_the_terms(folder: Path) -> Iterator[str]:
    """Apache-2.0 requires a copy of the license and of NOTICE in each archive."""
    for file in sorted(folder.iterdir()):
        if file.suffix in (".zip", ".tgz", ".gz"):
            with tempfile.TemporaryDirectory() as name:
                shutil.unpack_archive(file, name)
                missing = {"LICENSE", "NOTICE"} - {each.name for each in Path(name).rglob("*")}
            if missing:
                yield f"{file.name} does not have {', '.join(sorted(missing))}"


def main(tools: Path) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        executables(folder / "executables")
        first, second = made(folder, "first"), made(folder, "second")
        [package] = first.glob("*.tgz")
        template = json.loads((first / TEMPLATE).read_text())
        expansion = expand(load())
        found = [
            *([] if contents(first) == contents(second) else ["two builds differ"]),
            *faults_of_the_files(first),
            *faults_of_the_zips(first),
            *faults_of_the_terms(first),
            *faults_of_the_template(template, expansion),
            *faults_of_the_module(template),
            *faults_of_the_package(package, tools, folder / "application"),
        ]
        lint = subprocess.run([Path(sys.executable).with_name("cfn-lint"), first / TEMPLATE], capture_output=True, text=True, check=False)
        found += lint.stdout.splitlines()
        print(f"the files of a release: {len(found)} faults", *found, sep="\n  ")
        seeded = next(faults_of_the_template(expansion, expansion), "NOT NOTICED")
        print(f"seeded template of the repository: {seeded}")
        bare = folder / "bare"
        bare.mkdir()
        with zipfile.ZipFile(bare / "start-arm64.zip", "w") as archive:
            archive.writestr("LICENSE", "")
        unnoticed = next(faults_of_the_terms(bare), "NOT NOTICED")
        print(f"seeded archive without NOTICE: {unnoticed}")
    return int(bool(found) or "NOT NOTICED" in (seeded, unnoticed))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
