//! What the registry may hold people to.

use granary_kernel::Profile;

use crate::errors::{InputFault, RegistryError};
use crate::limits;
use crate::records::Policies;

/// Refuses policies outside their ranges. Short times need the profile Testing.
pub fn check(policies: &Policies, profile: Profile) -> Result<(), RegistryError> {
    let short = profile == Profile::Testing;
    let least = |nanos: u64| if short { 1 } else { nanos };
    let Policies {
        grant_delay,
        heartbeat,
        max_delegation_age,
        max_pending,
        max_registrations_per_hour,
        max_users,
    } = *policies;
    let ranges = [
        (
            "policies.grant_delay_ns",
            grant_delay.as_nanos(),
            if short { 0 } else { limits::MIN_GRANT_DELAY.as_nanos() },
            limits::MAX_GRANT_DELAY.as_nanos(),
        ),
        (
            "policies.heartbeat_ns",
            heartbeat.as_nanos(),
            least(limits::MIN_HEARTBEAT.as_nanos()),
            limits::MAX_HEARTBEAT.as_nanos(),
        ),
        (
            "policies.max_delegation_age_ns",
            max_delegation_age.as_nanos(),
            1,
            limits::MAX_DELEGATION_AGE.as_nanos(),
        ),
        ("policies.max_pending", max_pending, 1, limits::MAX_PENDING),
        (
            "policies.max_registrations_per_hour",
            max_registrations_per_hour,
            1,
            limits::MAX_REGISTRATIONS_PER_HOUR,
        ),
        ("policies.max_users", max_users, 1, limits::MAX_USERS),
    ];
    for (field, given, min, max) in ranges {
        if given < min || given > max {
            return Err(InputFault::PolicyRange { field, given, min, max }.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Duration;

    #[test]
    fn the_defaults_are_allowed_and_short_times_need_testing() {
        assert_eq!(check(&Policies::DEFAULT, Profile::Production), Ok(()));
        let short = Policies { grant_delay: Duration::ZERO, ..Policies::DEFAULT };
        assert_eq!(check(&short, Profile::Testing), Ok(()));
        for profile in [Profile::Production, Profile::Development] {
            assert!(matches!(check(&short, profile), Err(RegistryError::Input(_))));
        }
        let none = Policies { max_pending: 0, ..Policies::DEFAULT };
        assert!(check(&none, Profile::Testing).is_err());
        let many = Policies { max_users: limits::MAX_USERS + 1, ..Policies::DEFAULT };
        assert!(check(&many, Profile::Testing).is_err());
    }
}
