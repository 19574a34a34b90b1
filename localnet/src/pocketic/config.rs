//! What a client asks of a new instance, and which of it localnet has.

use std::time::Duration;

use pocket_ic::common::rest::{
    CanisterCyclesCostSchedule, ExtendedSubnetConfigSet, IcpConfig, IcpConfigFlag, IcpFeatures,
    IncompleteStateFlag, InitialTime, InstanceConfig, SubnetInstructionConfig, SubnetKind,
    SubnetSpec,
};

use crate::{
    instance::InstanceSpec,
    network::{Network, NetworkConfig},
};

/// The instance a client asks for; an error names what localnet does not have.
pub(super) fn instance_spec(config: &InstanceConfig) -> Result<InstanceSpec, String> {
    // A state that is resumed brings its own subnets.
    if !config.state_dir.as_deref().is_some_and(Network::is_saved_in) {
        config.subnet_config_set.validate()?;
    }
    check_features(config)?;
    let (initial_time_ns, live, round_delay) = match &config.initial_time {
        None => (None, false, None),
        Some(InitialTime::Timestamp(time)) => (Some(time.nanos_since_epoch), false, None),
        Some(InitialTime::AutoProgress(progress)) => {
            (None, true, progress.artificial_delay_ms.map(Duration::from_millis))
        }
    };
    let subnets = subnets(&config.subnet_config_set)?;
    let benchmarking = |(position, (_, limits)): (usize, &(_, _))| {
        (*limits == SubnetInstructionConfig::Benchmarking).then_some(position)
    };
    Ok(InstanceSpec {
        network: NetworkConfig {
            initial_time_ns,
            benchmarking: subnets.iter().enumerate().filter_map(benchmarking).collect(),
            subnets: subnets.into_iter().map(|(kind, _)| kind).collect(),
            ..NetworkConfig::default()
        },
        state_dir: config.state_dir.clone(),
        live,
        round_delay,
        trust_ingress: config.disable_ingress_validation.unwrap_or(false),
    })
}

fn check_features(config: &InstanceConfig) -> Result<(), String> {
    let missing = |what: &str| Err(format!("localnet does not support {what} yet"));
    if let Some(feature) = config.icp_features.as_ref().and_then(first_feature) {
        return missing(&format!("icp_features.{feature}: it has no Wasm of system canisters"));
    }
    if config.bitcoind_addr.is_some() {
        return missing("bitcoind_addr");
    }
    if config.dogecoind_addr.is_some() {
        return missing("dogecoind_addr");
    }
    if config.mainnet_nns_subnet_id == Some(true) {
        return missing("mainnet_nns_subnet_id");
    }
    if config.incomplete_state == Some(IncompleteStateFlag::Enabled) {
        return missing("incomplete_state");
    }
    match config.icp_config.as_ref().and_then(unsupported_flag) {
        Some(flag) => missing(&format!("icp_config.{flag}")),
        None => Ok(()),
    }
}

/// The first flag that asks for something other than what localnet does.
fn unsupported_flag(config: &IcpConfig) -> Option<&'static str> {
    let IcpConfig { beta_features, function_name_length_limits, canister_execution_rate_limiting } =
        config;
    let asks = |flag: &Option<IcpConfigFlag>, for_what| flag.as_ref() == Some(&for_what);
    if asks(beta_features, IcpConfigFlag::Enabled) {
        return Some("beta_features");
    }
    if asks(function_name_length_limits, IcpConfigFlag::Disabled) {
        return Some("function_name_length_limits");
    }
    asks(canister_execution_rate_limiting, IcpConfigFlag::Enabled)
        .then_some("canister_execution_rate_limiting")
}

fn first_feature(features: &IcpFeatures) -> Option<&'static str> {
    let IcpFeatures {
        registry,
        cycles_minting,
        icp_token,
        cycles_token,
        nns_governance,
        sns,
        ii,
        nns_ui,
        bitcoin,
        dogecoin,
        canister_migration,
    } = features;
    [
        (registry, "registry"),
        (cycles_minting, "cycles_minting"),
        (icp_token, "icp_token"),
        (cycles_token, "cycles_token"),
        (nns_governance, "nns_governance"),
        (sns, "sns"),
        (ii, "ii"),
        (nns_ui, "nns_ui"),
        (bitcoin, "bitcoin"),
        (dogecoin, "dogecoin"),
        (canister_migration, "canister_migration"),
    ]
    .into_iter()
    .find_map(|(feature, name)| feature.is_some().then_some(name))
}

/// The subnets in the order in which they are created, each with its limits.
fn subnets(
    set: &ExtendedSubnetConfigSet,
) -> Result<Vec<(SubnetKind, SubnetInstructionConfig)>, String> {
    let named = [
        (SubnetKind::NNS, &set.nns),
        (SubnetKind::SNS, &set.sns),
        (SubnetKind::II, &set.ii),
        (SubnetKind::Fiduciary, &set.fiduciary),
        (SubnetKind::Bitcoin, &set.bitcoin),
        (SubnetKind::TestThresholdKeys, &set.test_threshold_keys),
    ];
    let unnamed = [
        (SubnetKind::System, &set.system),
        (SubnetKind::Application, &set.application),
        (SubnetKind::CloudEngine, &set.cloud_engine),
        (SubnetKind::VerifiedApplication, &set.verified_application),
    ];
    let named = named.into_iter().flat_map(|(kind, spec)| spec.iter().map(move |s| (kind, s)));
    let unnamed = unnamed.into_iter().flat_map(|(kind, list)| list.iter().map(move |s| (kind, s)));
    let checked = |(kind, spec)| check_subnet(spec).map(|()| (kind, spec.get_instruction_config()));
    named.chain(unnamed).map(checked).collect()
}

fn check_subnet(spec: &SubnetSpec) -> Result<(), String> {
    let missing = |what: &str| Err(format!("localnet does not support {what} of a subnet yet"));
    if spec.get_state_path().is_some() || !spec.is_supported() {
        return missing("the state directory");
    }
    if spec.get_cost_schedule() != CanisterCyclesCostSchedule::Normal {
        return missing("the free cost schedule");
    }
    if spec.get_subnet_admins().is_some() {
        return missing("the admins");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use pocket_ic::common::rest::{IcpFeaturesConfig, RawTime, SubnetConfigSet};

    use super::*;

    fn with_application_subnet() -> InstanceConfig {
        InstanceConfig {
            subnet_config_set: SubnetConfigSet { application: 1, ..Default::default() }.into(),
            ..Default::default()
        }
    }

    #[test]
    fn named_subnets_come_first() {
        let mut config = with_application_subnet();
        config.subnet_config_set.nns = Some(SubnetSpec::default());
        config.initial_time = Some(InitialTime::Timestamp(RawTime { nanos_since_epoch: 7 }));
        let spec = instance_spec(&config).expect("supported");
        assert_eq!(spec.network.subnets, [SubnetKind::NNS, SubnetKind::Application]);
        assert_eq!(spec.network.initial_time_ns, Some(7));
        assert!(!spec.live);
    }

    #[test]
    fn what_is_missing_is_named() {
        let check = |change: fn(&mut InstanceConfig), name: &str| {
            let mut config = with_application_subnet();
            change(&mut config);
            let error = instance_spec(&config).expect_err(name);
            assert!(error.contains(name), "{error}");
        };
        check(|c| c.bitcoind_addr = Some(Vec::new()), "bitcoind_addr");
        check(|c| c.mainnet_nns_subnet_id = Some(true), "mainnet_nns_subnet_id");
        check(|c| c.subnet_config_set.application.clear(), "must contain at least one subnet");
        check(
            |c| {
                let icp_token = Some(IcpFeaturesConfig::DefaultConfig);
                c.icp_features = Some(IcpFeatures { icp_token, ..Default::default() });
            },
            "icp_features.icp_token",
        );
        check(
            |c| {
                let free = CanisterCyclesCostSchedule::Free;
                let spec = SubnetSpec::default().with_cost_schedule(free);
                c.subnet_config_set.application = vec![spec];
            },
            "free cost schedule",
        );
    }

    #[test]
    fn subnets_for_benchmarks_are_known_by_their_place() {
        let mut config = with_application_subnet();
        config.subnet_config_set.nns = Some(SubnetSpec::default());
        let spec = SubnetSpec::default().with_benchmarking_instruction_config();
        config.subnet_config_set.application.push(spec);
        let network = instance_spec(&config).expect("supported").network;
        let kinds = [SubnetKind::NNS, SubnetKind::Application, SubnetKind::Application];
        assert_eq!(network.subnets, kinds);
        assert_eq!(network.benchmarking, [2].into());
    }
}
