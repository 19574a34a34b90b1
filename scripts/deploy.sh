#!/usr/bin/env bash
# Deploys the suite; with --upgrade replaces its code, with a snapshot and a way back.
here="$(dirname "${BASH_SOURCE[0]}")"
[ "${1-}" = --upgrade ] && exec "$here/granary.sh" upgrade "${@:2}"
exec "$here/granary.sh" deploy "$@"
