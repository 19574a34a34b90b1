#!/usr/bin/env bash
# The eight categories of tests that run against canisters; --list names them.
cd "$(dirname "${BASH_SOURCE[0]}")/.." && exec cargo test --release --workspace --test it -- \
  basic_communication:: application_submission_workflow:: error_handling:: concurrent_operations:: \
  system_metrics_collection:: heartbeat_monitoring:: upgrade_resilience:: error_propagation:: "$@"
