#!/usr/bin/env bash
# Backs up the suite.
exec "$(dirname "${BASH_SOURCE[0]}")/granary.sh" backup create "$@"
