#!/usr/bin/env bash
# Upgrades the suite on a network of its own while clients keep working, well and badly, and looks
# for every request they were told had happened.
exec "$(dirname "${BASH_SOURCE[0]}")/granary.sh" drill "$@"
