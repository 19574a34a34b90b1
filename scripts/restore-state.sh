#!/usr/bin/env bash
# Brings a backup back.
exec "$(dirname "${BASH_SOURCE[0]}")/granary.sh" restore "$@"
