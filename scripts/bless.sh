#!/usr/bin/env bash
# Rewrites every generated file.
cd "$(dirname "${BASH_SOURCE[0]}")/.." && exec cargo xtask bless "$@"
