#!/usr/bin/env bash
# Builds the canisters named, or all: module hash, size and path of each.
cd "$(dirname "${BASH_SOURCE[0]}")/.." && exec cargo xtask build "$@"
