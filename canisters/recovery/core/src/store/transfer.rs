//! Export and import: the one family of records this canister adds to the kernel's.
//!
//! Figures and jobs are made anew by an import. What was seen of the governor stays behind, and so
//! does a call that was under way: whoever is filled from a backup looks for itself.

use granary_kernel::Fault;
use granary_kernel::transfer::{Domain, Families, Found, Held, tools};
use granary_stable::record;
use ic_stable_structures::Memory;

use crate::records::{Request, State};
use crate::store::Store;
use crate::types::{RequestId, Timestamp};

/// One kind of record. The number is part of the format and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 2: requests.
    Request,
}

impl<M: Memory + 'static> Families for Store<M> {
    type Family = Family;
    const DOMAINS: &'static [Domain<Family>] = &[
        Domain { name: "config", families: &[Held::Config] },
        Domain { name: "roles", families: &[Held::Roles] },
        Domain { name: "requests", families: &[Held::Own(Family::Request)] },
        Domain { name: "journal", families: &[Held::Events] },
    ];

    fn number(_: Family) -> u8 {
        2
    }

    fn record_from(&self, _: Family, from: &[u8]) -> Found {
        let (key, _) = tools::numbered_tree(&self.requests, from)?;
        let (_, mut request) = self.request(tools::number(&key)?).ok()?;
        if let State::Executing(run) = &mut request.state {
            run.busy_until = None;
        }
        Some((key, record::encode(&request)))
    }

    fn rows(&self, _: Family) -> Option<u64> {
        Some(self.requests.len())
    }

    fn fits(_: Family, key: &[u8], value: &[u8]) -> bool {
        key.len() == 4 && tools::reads::<Request>(value)
    }

    fn put_record(&mut self, _: Family, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let id = tools::number(key).and_then(RequestId::from_wire);
        let id = id.ok_or_else(|| tools::gap("request"))?;
        self.put(id, record::decode_or_trap(value), Timestamp::ZERO);
        Ok(())
    }
}
