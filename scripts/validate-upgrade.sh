#!/usr/bin/env bash
# What must hold after new code came in: invariants, journals, and that the canisters reach each other.
exec "$(dirname "${BASH_SOURCE[0]}")/granary.sh" validate --connections "$@"
