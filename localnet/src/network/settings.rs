//! Canister settings: their bounds, their defaults and how a request changes them.

use std::collections::BTreeMap;

use candid::{Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};
use serde::{Deserialize, Serialize};

use super::rejects::{self, reject};

const MAX_CONTROLLERS: usize = 10;
const MAX_ALLOWED_VIEWERS: usize = 10;
/// Bytes, the address space a canister may reserve.
const MAX_MEMORY_ALLOCATION: u64 = 1 << 48;
const MAX_ENVIRONMENT_VARIABLES: usize = 20;
const MAX_ENVIRONMENT_BYTES: usize = 128;
/// Seconds: the canister freezes when its cycles would last for less than 30 days.
const DEFAULT_FREEZING_THRESHOLD: u64 = 2_592_000;
const DEFAULT_RESERVED_CYCLES_LIMIT: u128 = 5_000_000_000_000;
/// Bytes of heap a canister may grow to unless it asks for more: 3 GiB.
const DEFAULT_WASM_MEMORY_LIMIT: u64 = 3 * 1024 * 1024 * 1024;
/// Bytes of log records kept.
pub(crate) const DEFAULT_LOG_LIMIT: u64 = 4_096;
const MAX_LOG_LIMIT: u64 = 2 * 1024 * 1024;

/// The settings of one canister, all in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) controllers: Vec<Principal>,
    /// Percent.
    pub(crate) compute_allocation: u64,
    /// Bytes.
    pub(crate) memory_allocation: u64,
    /// Seconds.
    pub(crate) freezing_threshold: u64,
    pub(crate) reserved_cycles_limit: u128,
    /// Cycles that calls of other canisters must carry.
    #[serde(default)]
    pub(crate) minimum_call_cycles: u128,
    pub(crate) log_visibility: mg::LogVisibility,
    /// Bytes.
    pub(crate) log_memory_limit: u64,
    pub(crate) snapshot_visibility: mg::SnapshotVisibility,
    pub(crate) status_visibility: mg::StatusVisibility,
    /// Bytes; 0 means no limit.
    pub(crate) wasm_memory_limit: u64,
    /// Bytes left below which `on_low_wasm_memory` runs.
    pub(crate) wasm_memory_threshold: u64,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Settings {
    pub(crate) fn new(controller: Principal) -> Self {
        Self {
            controllers: vec![controller],
            compute_allocation: 0,
            memory_allocation: 0,
            freezing_threshold: DEFAULT_FREEZING_THRESHOLD,
            reserved_cycles_limit: DEFAULT_RESERVED_CYCLES_LIMIT,
            minimum_call_cycles: 0,
            log_visibility: mg::LogVisibility::default(),
            log_memory_limit: DEFAULT_LOG_LIMIT,
            snapshot_visibility: mg::SnapshotVisibility::default(),
            status_visibility: mg::StatusVisibility::default(),
            wasm_memory_limit: DEFAULT_WASM_MEMORY_LIMIT,
            wasm_memory_threshold: 0,
            environment: BTreeMap::new(),
        }
    }

    /// The settings after `patch`; refused as a whole when one of its fields is out of bounds.
    pub(crate) fn patched(&self, patch: &mg::CanisterSettings) -> Result<Self, RejectResponse> {
        let mut next = self.clone();
        if let Some(controllers) = &patch.controllers {
            next.controllers = valid_controllers(controllers)?;
        }
        next.patch_allocations(patch)?;
        next.patch_visibility(patch)?;
        if let Some(variables) = &patch.environment_variables {
            next.environment = valid_environment(variables)?;
        }
        Ok(next)
    }

    fn patch_allocations(&mut self, patch: &mg::CanisterSettings) -> Result<(), RejectResponse> {
        set(&mut self.compute_allocation, patch.compute_allocation.as_ref(), 100, "Compute")?;
        set(
            &mut self.memory_allocation,
            patch.memory_allocation.as_ref(),
            MAX_MEMORY_ALLOCATION,
            "Memory",
        )?;
        set(
            &mut self.freezing_threshold,
            patch.freezing_threshold.as_ref(),
            u64::MAX,
            "Freezing threshold",
        )?;
        set(
            &mut self.wasm_memory_limit,
            patch.wasm_memory_limit.as_ref(),
            MAX_MEMORY_ALLOCATION,
            "Wasm memory limit",
        )?;
        set(
            &mut self.wasm_memory_threshold,
            patch.wasm_memory_threshold.as_ref(),
            MAX_MEMORY_ALLOCATION,
            "Wasm memory threshold",
        )?;
        set(
            &mut self.log_memory_limit,
            patch.log_memory_limit.as_ref(),
            MAX_LOG_LIMIT,
            "Log memory limit",
        )?;
        if let Some(limit) = &patch.reserved_cycles_limit {
            self.reserved_cycles_limit =
                nat_u128(limit).ok_or_else(|| out_of_range("Reserved cycles limit", u128::MAX))?;
        }
        if let Some(minimum) = &patch.minimum_incoming_canister_call_cycles {
            self.minimum_call_cycles = nat_u128(minimum)
                .ok_or_else(|| out_of_range("Minimum incoming canister call cycles", u128::MAX))?;
        }
        Ok(())
    }

    fn patch_visibility(&mut self, patch: &mg::CanisterSettings) -> Result<(), RejectResponse> {
        if let Some(visibility) = &patch.log_visibility {
            if let mg::LogVisibility::AllowedViewers(viewers) = visibility {
                check_viewers(viewers)?;
            }
            self.log_visibility = visibility.clone();
        }
        if let Some(visibility) = &patch.snapshot_visibility {
            if let mg::SnapshotVisibility::AllowedViewers(viewers) = visibility {
                check_viewers(viewers)?;
            }
            self.snapshot_visibility = visibility.clone();
        }
        if let Some(visibility) = &patch.status_visibility {
            if let mg::StatusVisibility::AllowedViewers(viewers) = visibility {
                check_viewers(viewers)?;
            }
            self.status_visibility = visibility.clone();
        }
        Ok(())
    }

    /// The form the management canister reports.
    pub(crate) fn definite(&self) -> mg::DefiniteCanisterSettings {
        mg::DefiniteCanisterSettings {
            controllers: self.controllers.clone(),
            compute_allocation: Nat::from(self.compute_allocation),
            memory_allocation: Nat::from(self.memory_allocation),
            freezing_threshold: Nat::from(self.freezing_threshold),
            reserved_cycles_limit: Nat::from(self.reserved_cycles_limit),
            minimum_incoming_canister_call_cycles: Nat::from(self.minimum_call_cycles),
            log_visibility: self.log_visibility.clone(),
            log_memory_limit: Nat::from(self.log_memory_limit),
            snapshot_visibility: self.snapshot_visibility.clone(),
            status_visibility: self.status_visibility.clone(),
            wasm_memory_limit: Nat::from(self.wasm_memory_limit),
            wasm_memory_threshold: Nat::from(self.wasm_memory_threshold),
            environment_variables: self
                .environment
                .iter()
                .map(|(name, value)| mg::EnvironmentVariable {
                    name: name.clone(),
                    value: value.clone(),
                })
                .collect(),
        }
    }

    pub(crate) fn is_controller(&self, who: Principal) -> bool {
        self.controllers.contains(&who)
    }
}

/// The number, when it fits.
pub(crate) fn nat_u128(nat: &Nat) -> Option<u128> {
    u128::try_from(&nat.0).ok()
}

fn set(
    field: &mut u64,
    value: Option<&Nat>,
    max: u64,
    name: &'static str,
) -> Result<(), RejectResponse> {
    if let Some(value) = value {
        *field = u64::try_from(&value.0)
            .ok()
            .filter(|number| *number <= max)
            .ok_or_else(|| out_of_range(name, u128::from(max)))?;
    }
    Ok(())
}

fn out_of_range(name: &str, max: u128) -> RejectResponse {
    rejects::contract_violation(format!("{name} setting must be between 0 and {max}"))
}

fn valid_controllers(controllers: &[Principal]) -> Result<Vec<Principal>, RejectResponse> {
    if controllers.len() > MAX_CONTROLLERS {
        return Err(reject(
            ErrorCode::InvalidManagementPayload,
            format!("Invalid settings: {} controllers, at most 10 allowed", controllers.len()),
        ));
    }
    let mut unique = controllers.to_vec();
    unique.sort_unstable();
    unique.dedup();
    Ok(unique)
}

fn check_viewers(viewers: &[Principal]) -> Result<(), RejectResponse> {
    if viewers.len() > MAX_ALLOWED_VIEWERS {
        return Err(reject(
            ErrorCode::InvalidManagementPayload,
            format!("Invalid settings: {} allowed viewers, at most 10 allowed", viewers.len()),
        ));
    }
    Ok(())
}

fn valid_environment(
    variables: &[mg::EnvironmentVariable],
) -> Result<BTreeMap<String, String>, RejectResponse> {
    let mut environment = BTreeMap::new();
    for variable in variables {
        let fits = (1..=MAX_ENVIRONMENT_BYTES).contains(&variable.name.len())
            && variable.value.len() <= MAX_ENVIRONMENT_BYTES;
        if !fits {
            return Err(rejects::contract_violation(format!(
                "Environment variable '{}' has a name or value longer than 128 bytes, or no name",
                variable.name
            )));
        }
        if environment.insert(variable.name.clone(), variable.value.clone()).is_some() {
            return Err(rejects::contract_violation(format!(
                "Environment variable '{}' is given twice",
                variable.name
            )));
        }
    }
    if environment.len() > MAX_ENVIRONMENT_VARIABLES {
        return Err(rejects::contract_violation(format!(
            "{} environment variables, at most 20 allowed",
            environment.len()
        )));
    }
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_taken_whole_or_not_at_all() {
        let settings = Settings::new(Principal::anonymous());
        let patch = mg::CanisterSettings {
            freezing_threshold: Some(Nat::from(7u8)),
            compute_allocation: Some(Nat::from(101u8)),
            ..Default::default()
        };
        let error = settings.patched(&patch).expect_err("101 %");
        assert_eq!(error.error_code, ErrorCode::CanisterContractViolation);
        let patch = mg::CanisterSettings {
            freezing_threshold: Some(Nat::from(7u8)),
            controllers: Some(vec![]),
            ..Default::default()
        };
        let patched = settings.patched(&patch).expect("valid");
        assert_eq!((patched.freezing_threshold, patched.controllers.len()), (7, 0));
        assert_eq!(settings.freezing_threshold, DEFAULT_FREEZING_THRESHOLD);
    }

    #[test]
    fn bounds_of_lists_hold() {
        let settings = Settings::new(Principal::anonymous());
        let many: Vec<_> = (0..11u8).map(|n| Principal::from_slice(&[n])).collect();
        let patch = mg::CanisterSettings { controllers: Some(many.clone()), ..Default::default() };
        assert!(settings.patched(&patch).is_err());
        let patch = mg::CanisterSettings {
            log_visibility: Some(mg::LogVisibility::AllowedViewers(many)),
            ..Default::default()
        };
        assert!(settings.patched(&patch).is_err());
        let twice = mg::EnvironmentVariable { name: "A".into(), value: "1".into() };
        let patch = mg::CanisterSettings {
            environment_variables: Some(vec![twice.clone(), twice]),
            ..Default::default()
        };
        assert!(settings.patched(&patch).is_err());
    }
}
