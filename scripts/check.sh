#!/usr/bin/env bash
# Runs everything CI runs.
cd "$(dirname "${BASH_SOURCE[0]}")/.." && exec cargo xtask check "$@"
