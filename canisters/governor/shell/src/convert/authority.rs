//! Every way to change something, from the core to the wire.

use governor_core::rules::authority::{Power, Way, Who};
use granary_api::governor as g;

const fn power(power: Power) -> g::Power {
    match power {
        Power::Code => g::Power::Code,
        Power::CodeUnproven => g::Power::CodeUnproven,
        Power::Rollback => g::Power::Rollback,
        Power::Settings => g::Power::Settings,
        Power::Call => g::Power::Call,
        Power::Control => g::Power::Control,
        Power::Members => g::Power::Members,
        Power::Rules => g::Power::Rules,
        Power::Committee => g::Power::Committee,
        Power::Repair => g::Power::Repair,
    }
}

fn way(way: Way) -> g::Way {
    g::Way {
        power: power(way.power),
        target: way.target,
        who: match way.who {
            Who::Members { needed, of, vetoers } => g::Who::Members { needed, of, vetoers },
            Who::Committee { needed, of } => g::Who::Committee { needed, of },
            Who::Alone { principal } => g::Who::Alone { principal },
        },
        shortest_ns: way.shortest.as_nanos(),
        is_weak: way.is_weak,
    }
}

/// Every way there is.
pub fn authority(epoch: u64, ways: Vec<Way>) -> g::Authority {
    g::Authority { epoch, ways: ways.into_iter().map(way).collect() }
}
