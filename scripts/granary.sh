#!/usr/bin/env bash
# The operator's program in the folder it is called from: the one GRANARY names, or this checkout's.
[ -n "${GRANARY-}" ] && exec "$GRANARY" "$@"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
exec cargo run --release --quiet --manifest-path "$root/Cargo.toml" -- "$@"
