//! The money on its way: payouts that are sent by themselves, a thief with the treasurer's key, and
//! a large payment that was announced.

use std::{collections::BTreeSet, time::Duration};

use candid::Principal;
use granary_api::{
    execution::{
        ApproveIntentArgs, AssetArgs, Destination, EndIntentArgs, Intent, IntentArgs, IntentState,
        Origin, SubmitIntentArgs,
    },
    micro_grants::{ListGrantsArgs, Payout, PayoutState},
    portfolio::{ExternalRef, LedgerAccount},
    risk_guard::{
        AlertArgs, AlertState, AnnounceOutflowArgs, ApprovalTier, ArmSeatArgs, AssetChange,
        AssetLimits, ListAlertsArgs, PolicyChange, Purpose, Rules, Scope, SealArgs,
        SealOutflowsArgs, StewardBound, WindowLimit,
    },
};
use serde::Serialize;

use super::{
    cast::{CENT, Cast, DECIMALS, DOLLAR},
    report::{cents, dollars},
};
use crate::{
    account,
    client::{
        Client,
        execution::{
            ADOPT_ASSET, APPROVE_INTENT, CANCEL_INTENT, GET_INTENT, GET_INTENT_DETAILS,
            SUBMIT_INTENT,
        },
        grants::LIST_PAYOUTS,
        remote::Remote,
        risk_guard::{
            ACKNOWLEDGE_ALERT, ANNOUNCE_OUTFLOW, ARM_SEAT, LIFT_SEAL, LIST_ALERTS, SEAL_OUTFLOWS,
        },
    },
    exit::Exit,
    failure::Failure,
    render::Progress,
};

/// The most that leaves at once, whoever asks.
const MAX_PER_TX: u128 = 250_000 * DOLLAR;
/// What leaves within a day without an announcement: the round's payouts, and little more.
const PER_DAY: u128 = 550_000 * DOLLAR;
/// Up to here nobody is asked.
const ALONE: u128 = 20_000 * DOLLAR;
/// Up to here one person is asked, and above two.
const IN_PAIRS: u128 = 100_000 * DOLLAR;
/// What the thief wants first.
const LOOT: u128 = 400_000 * DOLLAR;
/// What the thief tries when that was too much.
const SECOND_LOOT: u128 = 15_000 * DOLLAR;
/// What is paid on announcement.
pub(crate) const ANNOUNCED: u128 = 200_000 * DOLLAR;
/// What the ledger takes of each transfer.
pub(crate) const FEE: u128 = CENT;

const SECOND_NS: u64 = 1_000_000_000;
const HOUR_NS: u64 = 3_600 * SECOND_NS;
const DAY_NS: u64 = 24 * HOUR_NS;
/// How often, and how many times, something is looked at that happens by itself.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const LOOKS: u32 = 1_200;
/// Payouts, or alerts, asked for in one page.
const PAGE: u32 = 100;

/// What left the treasury, and what did not.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Payments {
    /// What grantees received; whole cents, rounded down.
    pub(crate) paid_usd_cents: u64,
    pub(crate) paid_usd: String,
    /// The ledger's blocks that paid the accepted milestones, one for each.
    pub(crate) payout_blocks: Vec<u64>,
    /// What the rules refused, in order.
    pub(crate) limit_denials: Vec<LimitDenial>,
    pub(crate) announced: AnnouncedPayment,
}

/// A payment that a rule stopped.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LimitDenial {
    pub(crate) what: &'static str,
    pub(crate) amount_usd: String,
    /// The rule of `risk_guard`.
    pub(crate) rule: String,
    /// Its words.
    pub(crate) reason: String,
    /// Whether the intent ended, or waits for the rule.
    pub(crate) is_final: bool,
}

/// The payment that was announced.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct AnnouncedPayment {
    pub(crate) amount_usd: String,
    pub(crate) approvals: u64,
    pub(crate) block: Option<u64>,
}

/// The canisters that move money, for one asset.
pub(crate) struct Hands<C> {
    pub(crate) execution: Remote<C>,
    pub(crate) guard: Remote<C>,
    pub(crate) ledger: Principal,
    pub(crate) asset: u64,
    pub(crate) cast: Cast,
}

/// What the programme's treasury may do.
pub(crate) fn policy(asset: u64) -> PolicyChange {
    // The guard counts values with eight decimal places; a test dollar is worth one.
    let value = |units: u128| units * 10_u128.pow(8) / DOLLAR;
    let tier = |up_to: Option<u128>, approvals| ApprovalTier {
        up_to_value: up_to.map(|units| value(units).into()),
        approvals,
        delay_ns: 0,
    };
    PolicyChange {
        rules: Some(Rules {
            allow_list_only: false,
            first_use_delay_ns: 0,
            approval_tiers: vec![tier(Some(ALONE), 0), tier(Some(IN_PAIRS), 1), tier(None, 2)],
            max_price_age_ns: DAY_NS,
            max_price_deviation_bps: 500,
            concentration_bps: 10_000,
            drawdown_bps: 10_000,
            solvency_buffer_bps: 0,
            // Nobody waits days in a demo that lasts a minute; the profile allows it.
            loosen_delay_ns: SECOND_NS,
            announce_delay_ns: SECOND_NS,
            steward: StewardBound { max_change_bps: 1_000, min_delay_ns: DAY_NS },
            floor: None,
        }),
        assets: vec![AssetChange {
            asset,
            limits: Some(AssetLimits {
                decimals: DECIMALS,
                max_per_tx_units: MAX_PER_TX.into(),
                windows: vec![WindowLimit {
                    seconds: 86_400,
                    max_amount_units: PER_DAY.into(),
                    max_bps_of_treasury: None,
                }],
                max_tx_per_window: 1_000,
                min_retained_bps: 0,
                min_amount_to_limit_units: 0_u8.into(),
                reference_value: 10_u128.pow(8).into(),
            }),
        }],
        destinations: Vec::new(),
    }
}

impl<C: Client> Hands<C> {
    /// Lets `execution` pay the asset.
    pub(crate) async fn adopt(&self) -> Result<(), Failure> {
        let operator = self.execution.acting_as(&self.cast.named("operator"))?;
        operator.update(ADOPT_ASSET, &AssetArgs { asset: self.asset }).await.map(drop)
    }

    /// Waits until every payout of the programme has its block, and reads the blocks.
    pub(crate) async fn payouts(
        &self,
        grants: &Remote<C>,
        program: u64,
        progress: &Progress,
    ) -> Result<Vec<u64>, Failure> {
        for _ in 0..LOOKS {
            let payouts = list(grants, program).await?;
            let paid = payouts.iter().filter(|payout| payout.state == PayoutState::Settled).count();
            progress.say(format!("paying {paid}/{}", payouts.len()));
            if paid == payouts.len() {
                return self.blocks(&payouts).await;
            }
            if let Some(stuck) = payouts.iter().find(|payout| is_stuck(payout.state)) {
                let why = stuck.reason.clone().unwrap_or_default();
                let message = format!("payout {} is {:?}: {why}", stuck.id, stuck.state);
                return Err(Failure::new(Exit::Failed, "cli.demo", message));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(late("the payouts"))
    }

    async fn blocks(&self, payouts: &[Payout]) -> Result<Vec<u64>, Failure> {
        let auditor = self.execution.acting_as(&self.cast.named("auditor"))?;
        let mut blocks = Vec::with_capacity(payouts.len());
        for intent in payouts.iter().filter_map(|payout| payout.intent) {
            let intent = auditor.query(GET_INTENT, &IntentArgs { intent }).await?;
            blocks.extend(block_of(&intent));
        }
        Ok(blocks)
    }

    /// A thief with the treasurer's key, and what stops them; then an honest payment that is too
    /// large for the day, and goes through once it was announced.
    pub(crate) async fn theft_and_announcement(
        &self,
        progress: &Progress,
    ) -> Result<(Vec<LimitDenial>, AnnouncedPayment), Failure> {
        progress.say("a theft");
        self.arm().await?;
        let mut denials = vec![self.denied("a theft", "thief", LOOT, "loot").await?];
        let seal = self.seal().await?;
        denials.push(self.denied("the next try", "thief", SECOND_LOOT, "loot again").await?);
        let governor = self.guard.acting_as(&self.cast.named("governor"))?;
        let lifted = governor.update(LIFT_SEAL, &SealArgs { seal }).await?;
        progress.say("a large payment");
        let unannounced = self.denied("unannounced", "reserve", ANNOUNCED, "unannounced").await?;
        denials.push(unannounced);
        let announced = self.announced(lifted.at_ns).await?;
        self.look_after_alerts().await?;
        Ok((denials, announced))
    }

    /// A day's limit that is nearly used up is a warning, and stays one until somebody has seen it.
    async fn look_after_alerts(&self) -> Result<(), Failure> {
        let operator = self.guard.acting_as(&self.cast.named("operator"))?;
        let open = ListAlertsArgs { only_open: true, after: None, limit: PAGE };
        for alert in operator.query(LIST_ALERTS, &open).await?.items {
            if alert.state == AlertState::Firing {
                operator.update(ACKNOWLEDGE_ALERT, &AlertArgs { alert: alert.id }).await?;
            }
        }
        Ok(())
    }

    async fn arm(&self) -> Result<(), Failure> {
        let governor = self.guard.acting_as(&self.cast.named("governor"))?;
        let seat = ArmSeatArgs {
            scope: Scope::Purpose(Purpose::Manual),
            holder: self.cast.named("guardian").principal()?,
            heartbeat_ns: DAY_NS,
        };
        governor.update(ARM_SEAT, &seat).await.map(drop)
    }

    async fn seal(&self) -> Result<u64, Failure> {
        let guardian = self.guard.acting_as(&self.cast.named("guardian"))?;
        let seal = SealOutflowsArgs {
            scope: Scope::Purpose(Purpose::Manual),
            duration_ns: HOUR_NS,
            reason: "somebody has the treasurer's key".to_owned(),
        };
        guardian.update(SEAL_OUTFLOWS, &seal).await.map(|receipt| receipt.id)
    }

    /// A payment that a rule stops, and which; one that waits is taken back.
    async fn denied(
        &self,
        what: &'static str,
        to: &str,
        amount_units: u128,
        key: &str,
    ) -> Result<LimitDenial, Failure> {
        let treasurer = self.execution.acting_as(&self.cast.named("treasurer"))?;
        let intent = self.submit(&treasurer, to, amount_units, key, None).await?;
        let stopped = |intent: &Intent| {
            intent.reason.is_some()
                && matches!(intent.state, IntentState::Denied | IntentState::Assessed)
        };
        let seen = self.until(intent, "the denial", stopped).await?;
        if seen.state != IntentState::Denied {
            let end = EndIntentArgs { intent, reason: "shown".to_owned() };
            treasurer.update(CANCEL_INTENT, &end).await?;
        }
        let words = seen.reason.unwrap_or_default();
        let (rule, reason) = words.split_once(": ").unwrap_or((&words, ""));
        Ok(LimitDenial {
            what,
            amount_usd: dollars(amount_units),
            rule: rule.to_owned(),
            reason: reason.to_owned(),
            is_final: seen.state == IntentState::Denied,
        })
    }

    async fn announced(&self, now_ns: u64) -> Result<AnnouncedPayment, Failure> {
        let steward = self.guard.acting_as(&self.cast.named("steward"))?;
        let to = self.cast.named("reserve").principal()?;
        let announcement = AnnounceOutflowArgs {
            asset: self.asset,
            amount_units: (ANNOUNCED + FEE).into(),
            destination: account::destination(self.ledger, &LedgerAccount::from(to)),
            earliest_at_ns: now_ns + 3 * SECOND_NS,
            latest_at_ns: now_ns + DAY_NS,
            idempotency_key: None,
        };
        let announcement = steward.update(ANNOUNCE_OUTFLOW, &announcement).await?.id;
        let treasurer = self.execution.acting_as(&self.cast.named("treasurer"))?;
        let key = "announced";
        let intent = self.submit(&treasurer, "reserve", ANNOUNCED, key, Some(announcement)).await?;
        let asks = |intent: &Intent| intent.state == IntentState::AwaitingApproval;
        let seen = self.until(intent, "the approvals", asks).await?;
        for name in ["approver-1", "approver-2"] {
            let approver = self.execution.acting_as(&self.cast.named(name))?;
            let details = approver.query(GET_INTENT_DETAILS, &IntentArgs { intent }).await?;
            let approval = ApproveIntentArgs { intent, digest: details.digest };
            approver.update(APPROVE_INTENT, &approval).await?;
        }
        let settled = self.until(intent, "the announced payment", |intent| intent.booked).await?;
        Ok(AnnouncedPayment {
            amount_usd: dollars(ANNOUNCED),
            approvals: u64::from(seen.approvals_needed),
            block: block_of(&settled),
        })
    }

    async fn submit(
        &self,
        treasurer: &Remote<C>,
        to: &str,
        amount_units: u128,
        key: &str,
        announcement: Option<u64>,
    ) -> Result<u64, Failure> {
        let to = self.cast.named(to).principal()?;
        let intent = SubmitIntentArgs {
            idempotency_key: key.to_owned(),
            origin: Origin::Manual,
            asset: self.asset,
            destination: Destination::Icrc(LedgerAccount::from(to)),
            amount_units,
            announcement,
            expires_at_ns: None,
        };
        treasurer.update(SUBMIT_INTENT, &intent).await.map(|receipt| receipt.id)
    }

    /// The intent as soon as `is_there`.
    async fn until(
        &self,
        intent: u64,
        what: &str,
        is_there: impl Fn(&Intent) -> bool,
    ) -> Result<Intent, Failure> {
        let auditor = self.execution.acting_as(&self.cast.named("auditor"))?;
        for _ in 0..LOOKS {
            let seen = auditor.query(GET_INTENT, &IntentArgs { intent }).await?;
            if is_there(&seen) {
                return Ok(seen);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(late(what))
    }
}

impl Payments {
    /// True when every accepted milestone has a block of its own.
    pub(crate) fn one_block_each(&self, milestones: u64) -> bool {
        let distinct: BTreeSet<_> = self.payout_blocks.iter().collect();
        let (all, distinct) = (self.payout_blocks.len(), distinct.len());
        all == distinct && u64::try_from(all) == Ok(milestones)
    }

    /// What the grantees received.
    pub(crate) fn received(&mut self, units: u128) {
        self.paid_usd_cents = cents(units);
        self.paid_usd = dollars(units);
    }
}

const fn is_stuck(state: PayoutState) -> bool {
    matches!(state, PayoutState::Failed | PayoutState::Quarantined)
}

/// Payouts of the programme.
async fn list<C: Client>(grants: &Remote<C>, program: u64) -> Result<Vec<Payout>, Failure> {
    let (mut payouts, mut after) = (Vec::new(), None);
    loop {
        let which = ListGrantsArgs { program: Some(program), after, limit: PAGE };
        let page = grants.query(LIST_PAYOUTS, &which).await?;
        payouts.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(payouts);
        }
    }
}

const fn block_of(intent: &Intent) -> Option<u64> {
    match intent.external_ref {
        Some(ExternalRef::Icrc { block, .. }) => Some(block),
        _ => None,
    }
}

fn late(what: &str) -> Failure {
    Failure::new(Exit::Degraded, "cli.demo", format!("{what} did not come in time"))
}
