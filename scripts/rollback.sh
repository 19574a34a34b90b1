#!/usr/bin/env bash
# Brings back the code and the state from before the newest upgrade.
exec "$(dirname "${BASH_SOURCE[0]}")/granary.sh" rollback "$@"
