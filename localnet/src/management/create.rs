//! Creating canisters, changing their settings, giving them cycles.

use candid::Principal;
use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};
use sha2::{Digest, Sha256};

use super::{Request, reply};
use crate::network::{
    Network,
    canister::Canister,
    consumed::UseCase,
    context::Origin,
    history::Author,
    pool::Payload,
    rejects::{self, reject},
    settings::{Settings, nat_u128},
};

/// Cycles of a provisionally created canister that names no amount: 100 T.
const DEFAULT_PROVISIONAL_CYCLES: u128 = 100_000_000_000_000;

/// What is needed to create a canister.
struct Creation {
    subnet: Principal,
    id: Option<Principal>,
    settings: Settings,
    author: Author,
}

impl Network {
    pub(super) fn provisional_create(&mut self, request: &mut Request) -> Payload {
        let args: mg::ProvisionalCreateCanisterWithCyclesArgs = request.decode()?;
        let amount = match &args.amount {
            None => DEFAULT_PROVISIONAL_CYCLES,
            Some(amount) => {
                nat_u128(amount).ok_or_else(|| rejects::invalid_payload("amount is too large"))?
            }
        };
        let creation = Creation {
            subnet: self.placement(request),
            id: args.specified_id,
            settings: initial_settings(request.sender, args.settings.as_ref())?,
            author: request.author(args.sender_canister_version),
        };
        let id = self.create(creation)?;
        self.mint(id, amount);
        reply((mg::CanisterIdRecord { canister_id: id },))
    }

    pub(super) fn create_canister(&mut self, request: &mut Request) -> Payload {
        let args: mg::CreateCanisterArgs = request.decode()?;
        let subnet = self.placement(request);
        let fee = self.subnet_tariff(subnet).creation();
        check_creation_fee(fee, request.cycles)?;
        let settings = initial_settings(request.sender, args.settings.as_ref())?;
        let author = request.author(args.sender_canister_version);
        let id = self.create(Creation { subnet, id: None, settings, author })?;
        let cycles = std::mem::take(&mut request.cycles);
        self.consume(id, UseCase::Creation, fee);
        self.credit(id, cycles - fee);
        reply((mg::CanisterIdRecord { canister_id: id },))
    }

    /// Creates a canister on `subnet` for a system canister, which pays with `cycles` that nobody
    /// holds any more. When it is refused the cycles are still the caller's.
    pub(crate) fn create_paid(
        &mut self,
        creator: Principal,
        subnet: Principal,
        settings: &mg::CanisterSettings,
        cycles: u128,
    ) -> Result<Principal, RejectResponse> {
        let fee = self.subnet_tariff(subnet).creation();
        check_creation_fee(fee, cycles)?;
        let author = Author { sender: creator, canister: true, version: None };
        let settings = initial_settings(creator, Some(settings))?;
        let id = self.create(Creation { subnet, id: None, settings, author })?;
        self.consume(id, UseCase::Creation, fee);
        self.credit(id, cycles - fee);
        Ok(id)
    }

    /// The subnet a new canister goes to: the one the request was routed to, or the creator's.
    fn placement(&self, request: &Request) -> Principal {
        let routed = match request.origin {
            Origin::Ingress(id) => self.ingress_record(&id).map(|record| record.subnet_id),
            Origin::Call(_) | Origin::System => Some(self.called_subnet(request)),
        };
        routed.unwrap_or_else(|| self.topology.default_subnet().id)
    }

    /// The subnet whose management canister a canister called: its own, unless it named another.
    pub(super) fn called_subnet(&self, request: &Request) -> Principal {
        let named = self.topology.subnet(request.to).map(|subnet| subnet.id);
        named.unwrap_or_else(|| self.home(request.sender))
    }

    fn create(&mut self, creation: Creation) -> Result<Principal, RejectResponse> {
        let (id, subnet) = match creation.id {
            Some(id) => {
                if self.canisters.contains_key(&id) || self.stands_in(id) {
                    return Err(reject(
                        ErrorCode::CanisterAlreadyInstalled,
                        format!("Canister {id} is already installed"),
                    ));
                }
                let placed = if self.config.any_id {
                    self.topology.place_any(id)
                } else {
                    self.topology.place_specified(id)
                };
                let refused = |why| reject(ErrorCode::CanisterNotHostedBySubnet, why);
                (id, placed.map_err(refused)?)
            }
            None => (self.fresh_id(creation.subnet)?, creation.subnet),
        };
        let mut canister = Canister::new(id, subnet, creation.settings, 0, self.time_ns);
        let details = mg::ChangeDetails::Creation(mg::CreationRecord {
            controllers: canister.settings.controllers.clone(),
            environment_variables_hash: environment_hash(&canister.settings),
        });
        canister.history.push(self.time_ns, canister.version, creation.author, details);
        self.canisters.insert(id, canister);
        Ok(id)
    }

    fn fresh_id(&mut self, subnet: Principal) -> Result<Principal, RejectResponse> {
        loop {
            let id = self.topology.allocate(subnet).ok_or_else(|| {
                reject(
                    ErrorCode::SubnetOversubscribed,
                    format!("Subnet {subnet} has no canister ids left"),
                )
            })?;
            // Where any id may be chosen, somebody may have chosen this one.
            if !self.canisters.contains_key(&id) {
                return Ok(id);
            }
        }
    }

    pub(super) fn provisional_top_up(&mut self, request: &mut Request) -> Payload {
        let args: mg::ProvisionalTopUpCanisterArgs = request.decode()?;
        if !self.canisters.contains_key(&args.canister_id) {
            return Err(rejects::canister_not_found(args.canister_id));
        }
        let amount = nat_u128(&args.amount)
            .ok_or_else(|| rejects::invalid_payload("amount is too large"))?;
        self.mint(args.canister_id, amount);
        reply(())
    }

    pub(super) fn deposit_cycles(&mut self, request: &mut Request) -> Payload {
        let args: mg::DepositCyclesArgs = request.decode()?;
        if !self.canisters.contains_key(&args.canister_id) {
            return Err(rejects::canister_not_found(args.canister_id));
        }
        let cycles = std::mem::take(&mut request.cycles);
        self.credit(args.canister_id, cycles);
        reply(())
    }
}

fn check_creation_fee(fee: u128, cycles: u128) -> Result<(), RejectResponse> {
    if cycles >= fee {
        return Ok(());
    }
    Err(reject(
        ErrorCode::InsufficientCyclesForCreateCanister,
        format!(
            "Creating a canister requires a fee of {fee} that is deducted from the canister's \
             initial balance but only {cycles} cycles were received with the create_canister \
             request."
        ),
    ))
}

fn initial_settings(
    creator: Principal,
    patch: Option<&mg::CanisterSettings>,
) -> Result<Settings, RejectResponse> {
    let settings = Settings::new(creator);
    patch.map_or_else(|| Ok(settings.clone()), |patch| settings.patched(patch))
}

/// Hash of the environment variables a canister was created with; None when it has none.
fn environment_hash(settings: &Settings) -> Option<Vec<u8>> {
    if settings.environment.is_empty() {
        return None;
    }
    let mut pairs: Vec<[u8; 64]> = Vec::new();
    for (name, value) in &settings.environment {
        let mut pair = [0; 64];
        pair[..32].copy_from_slice(&Sha256::digest(name.as_bytes()));
        pair[32..].copy_from_slice(&Sha256::digest(value.as_bytes()));
        pairs.push(pair);
    }
    pairs.sort_unstable();
    Some(Sha256::digest(pairs.concat()).to_vec())
}
