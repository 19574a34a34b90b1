//! The canisters of the suite, as this tool knows them.

use crate::{exit::Exit, failure::Failure};

/// One canister of the suite.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name: package, interface file, table of ids.
    pub(crate) name: &'static str,
    /// Families of records it exports, in the order an import takes them.
    pub(crate) domains: &'static [&'static str],
}

impl Member {
    /// The families without the journal: it grows by an entry with every upgrade, and its own hash
    /// chain vouches for it.
    pub(crate) fn lasting(&self) -> impl Iterator<Item = &'static str> {
        self.domains.iter().copied().filter(|domain| *domain != "journal")
    }
}

/// Every canister, each behind those it calls.
pub(crate) const SUITE: &[Member] = &[REGISTRY, PORTFOLIO, RISK_GUARD, EXECUTION, MICRO_GRANTS];

/// People.
pub(crate) const REGISTRY: Member = Member {
    name: "registry",
    domains: &["config", "roles", "profiles", "users", "wallets", "grants", "journal"],
};

/// The books.
pub(crate) const PORTFOLIO: Member = Member {
    name: "portfolio",
    domains: &["config", "roles", "portfolios", "transactions", "proofs", "journal"],
};

/// The rules.
pub(crate) const RISK_GUARD: Member = Member {
    name: "risk_guard",
    domains: &["config", "roles", "policy", "reservations", "guards", "watch", "journal"],
};

/// The hands.
pub(crate) const EXECUTION: Member =
    Member { name: "execution", domains: &["config", "roles", "assets", "intents", "journal"] };

/// The grant rounds.
pub(crate) const MICRO_GRANTS: Member = Member {
    name: "micro_grants",
    domains: &[
        "config",
        "roles",
        "programs",
        "applications",
        "reviews",
        "grants",
        "payouts",
        "journal",
    ],
};

/// The constitution. It is deployed beside the suite by `granary governor deploy`, and released by
/// nobody but the committee that repairs it.
pub(crate) const GOVERNOR: Member = Member {
    name: "governor",
    domains: &["config", "roles", "targets", "modules", "proposals", "incidents", "journal"],
};

/// The canister called `name`.
pub(crate) fn member(name: &str) -> Result<&'static Member, Failure> {
    SUITE.iter().find(|member| member.name == name).ok_or_else(|| {
        let known: Vec<_> = SUITE.iter().map(|member| member.name).collect();
        let message = format!("there is no canister `{name}`; there are {}", known.join(", "));
        Failure::new(Exit::Usage, "cli.canister_name", message)
    })
}

/// The canister called `name`, of the suite or beside it.
pub(crate) fn known(name: &str) -> Result<&'static Member, Failure> {
    if name == GOVERNOR.name { Ok(&GOVERNOR) } else { member(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canisters_are_known_by_name() {
        assert_eq!(member("micro_grants").expect("known").name, "micro_grants");
        let failure = member("micro-grants").expect_err("unknown");
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.message.contains("micro_grants"), "{failure}");
    }

    #[test]
    fn the_governor_is_looked_at_like_the_suite_and_released_otherwise() {
        assert_eq!(known("governor").expect("known").name, "governor");
        assert_eq!(known("registry").expect("known").name, "registry");
        assert_eq!(member("governor").expect_err("not of the suite").exit, Exit::Usage);
    }

    #[test]
    fn the_journal_comes_last_and_is_left_out_of_digests() {
        for member in SUITE {
            assert_eq!(member.domains.last(), Some(&"journal"), "{}", member.name);
            assert_eq!(member.lasting().count() + 1, member.domains.len(), "{}", member.name);
        }
    }
}
