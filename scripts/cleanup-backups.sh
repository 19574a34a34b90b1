#!/usr/bin/env bash
# Deletes backups beyond those that are kept.
exec "$(dirname "${BASH_SOURCE[0]}")/granary.sh" backup prune "$@"
