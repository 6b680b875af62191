#!/usr/bin/env bash
# Mutation testing of the pure core: every small change to a decision, a parser or a text must make a unit test fail.
#
#   cargo install cargo-mutants --version 27.1.0
#   tests/mutants.sh [arguments for cargo mutants]
#
# The pure files know neither the AWS SDK nor a runtime, so they are built as a crate of their own, in a second; only so is
# a mutant cheap enough to try a thousand of them.
set -euo pipefail
cd "$(dirname "$0")/.."

core=target/mutants/core
rm -rf "$core"
mkdir -p "$core/src"
modules="config event execution identifiers invalidation json_object message parameters paths queue record time_budget timestamp token"
for module in $modules; do
  cp "shared/src/$module.rs" "$core/src/"
  if [ -d "shared/src/$module" ]; then cp -r "shared/src/$module" "$core/src/"; fi
  echo "pub mod $module;" >> "$core/src/lib.rs"
done
cp -r shared/core/src/input/snapshots "$core/src/"
cp Cargo.lock "$core/"
cat > "$core/Cargo.toml" <<'MANIFEST'
[package]
name = "shared"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
serde = { version = "1", features = ["derive"] }
serde_json = { version = "1", features = ["raw_value"] }
strsim = "0.11"
thiserror = "2"
time = { version = "0.3", default-features = false, features = ["formatting"] }

[dev-dependencies]
insta = { version = "1.49", default-features = false }
proptest = { version = "1.12", default-features = false, features = ["std"] }
MANIFEST

cd "$core"
# A property of a few cases is enough to notice a mutant, and a thousand mutants are tried.
export PROPTEST_CASES="${PROPTEST_CASES:-64}"
exec cargo mutants --in-place --output .. "$@"
