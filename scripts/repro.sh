#!/usr/bin/env bash
# Builds every canister in two folders and compares the bytes.
cd "$(dirname "${BASH_SOURCE[0]}")/.." && exec cargo xtask repro "$@"
