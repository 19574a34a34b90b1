//! Three canisters of the suite under a governor with five members, on one network.

use std::path::Path;

use candid::Principal;
use granary_api::{
    common::{Profile, Receipt, Version},
    governor as g, registry,
};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::{
    caller::Caller,
    clock::SECOND,
    people::{Who, person},
    reply::Expect,
    subject::{GOVERNOR, SetRole},
    suite::Suite,
    world::{World, encode},
};

/// How long each wait of the rules is.
pub const WAIT: u64 = 60 * SECOND;
/// How long a release is observed.
pub const OBSERVED: u64 = 120 * SECOND;
/// Looks until something that goes on by itself is over.
const LOOKS: u32 = 1_000;

/// The network: what is governed, and who governs.
#[derive(Debug)]
pub struct Governed {
    /// What is governed.
    pub suite: Suite,
    /// Who governs.
    pub governor: World,
}

/// Member `n` of five.
pub fn member(n: u8) -> Principal {
    person(&format!("member {n}"))
}

/// A member who may do everything.
pub fn seat(n: u8) -> g::MemberSpec {
    use g::Permission::{Approve, Execute, Propose, Veto};
    g::MemberSpec {
        principal: member(n),
        permissions: vec![Propose, Approve, Execute, Veto],
        weight: 1,
        expires_at_ns: None,
    }
}

/// Three of five approve; every wait is a minute, the long one two.
pub fn rules() -> g::Rules {
    g::Rules {
        threshold: 3,
        voting: g::VotingRule::OneMemberOneVote,
        min_delay_ns: WAIT,
        long_delay_ns: 2 * WAIT,
        approval_ttl_ns: 3_600 * SECOND,
        discussion_ns: 0,
        voting_period_ns: 600 * SECOND,
        execution_window_ns: 600 * SECOND,
        observation_ns: OBSERVED,
        rehearsal_ttl_ns: 3_600 * SECOND,
        late_quorum_ns: 0,
        late_extension_ns: 0,
        heartbeat_ns: 3_600 * SECOND,
        attestations: 0,
    }
}

/// What a governor over the suite is installed with: five members, and nobody who repairs it.
pub fn first(suite: &Suite) -> g::InitArgs {
    let target = |world: &World, name: &str, phase, order, dependencies: &[&str]| {
        let dependencies = dependencies.iter().map(|name| (*name).to_owned()).collect();
        let placement = g::Placement { name: name.to_owned(), phase, order, dependencies };
        g::TargetSpec { canister: world.canister, placement }
    };
    g::InitArgs {
        governor: Who::Governor.principal(),
        roles: vec![],
        profile: Profile::Testing,
        members: (1..=5).map(seat).collect(),
        rules: Some(rules()),
        recovery: None,
        methods: vec![g::Method {
            target: "registry".to_owned(),
            method: "define_risk_profile".to_owned(),
        }],
        escalation: None,
        targets: vec![
            target(&suite.portfolio, "portfolio", 1, 1, &[]),
            target(&suite.registry, "registry", 1, 2, &[]),
            target(&suite.micro_grants, "micro_grants", 2, 1, &["registry"]),
        ],
        importing: None,
    }
}

impl Governed {
    /// A fresh network: the governor controls the canisters and holds their role `Governor`,
    /// beside the people of the tests.
    ///
    /// # Panics
    /// When a canister does not build, or refuses what wires it.
    pub fn new(localnet: &Path) -> Self {
        let suite = Suite::new(localnet);
        let governor = World::on(suite.registry.shared(), &GOVERNOR);
        let args = first(&suite);
        Self::installed(suite, governor, args)
    }

    /// The same with other arguments, for a governor whose place is there already.
    ///
    /// # Panics
    /// When a canister refuses what wires it.
    pub fn installed(suite: Suite, governor: World, args: g::InitArgs) -> Self {
        governor.install_encoded(encode(&g::InstallArgs::Init(args)));
        let governed = Self { suite, governor };
        for world in governed.suite.worlds() {
            governed.adopt(world);
        }
        governed
    }

    /// Gives the governor control over a canister, and its role there.
    fn adopt(&self, world: &World) {
        let controller = Who::Controller.principal();
        let controllers = vec![controller, self.governor.canister];
        let network = world.network();
        network
            .set_controllers(world.canister, Some(controller), controllers)
            .expect("its controller");
        let role = registry::Role::Governor;
        let role = SetRole { role, holder: self.governor.canister, granted: true };
        world.caller(Who::Governor).receipt("set_role", &role).value("the governor governs");
    }

    /// The governor, called by member `n`.
    pub fn as_member(&self, n: u8) -> Caller<'_> {
        self.governor.caller_principal(member(n))
    }

    /// Uploads a module in chunks of at most half a megabyte, and completes it.
    ///
    /// # Panics
    /// When the governor refuses.
    pub fn stage(&self, module: &[u8]) -> ByteBuf {
        let hash = ByteBuf::from(Sha256::digest(module).to_vec());
        let chunks: Vec<&[u8]> = module.chunks(512 * 1_024).collect();
        let of = u32::try_from(chunks.len()).expect("a module has few chunks");
        for (place, chunk) in (0..).zip(chunks) {
            let chunk = ByteBuf::from(chunk.to_vec());
            let args = g::StageWasmChunkArgs { module: hash.clone(), of, place, chunk };
            self.as_member(1).receipt("stage_wasm_chunk", &args).value("a chunk");
        }
        let args = g::ModuleArgs { module: hash.clone() };
        self.as_member(1).receipt("finalize_wasm", &args).value("complete");
        hash
    }

    /// A release of these modules.
    ///
    /// # Panics
    /// When a canister has no code.
    pub fn release(&self, modules: &[(&World, &[u8])]) -> g::Payload {
        let item = |(world, module): &(&World, &[u8])| {
            let runs = world.module_hash();
            let version: Version = world.caller(Who::Stranger).plain("get_version").value("asked");
            g::ReleaseItem {
                target: world.canister,
                module: self.stage(module),
                from_module: ByteBuf::from(runs),
                arg: ByteBuf::from(candid::encode_args(()).expect("nothing encodes")),
                memory: g::MemoryPersistence::Unset,
                schema_from: version.schema,
                schema_to: version.schema,
                may_break_callers: false,
            }
        };
        let text = |text: &str| text.to_owned();
        g::Payload::UpgradeRelease(g::Release {
            version: text("0.2.0"),
            items: modules.iter().map(item).collect(),
            repository: text("https://example.org/granary"),
            commit: text("0123abcd"),
            sbom: None,
            window: text("Sunday, 02:00 to 04:00 UTC"),
            rollback_plan: text("The fleet snapshot is restored by itself."),
            communication: text("Grantees were told a week before."),
        })
    }

    /// Member 1 proposes.
    ///
    /// # Panics
    /// When the governor refuses.
    pub fn propose(&self, payload: g::Payload) -> u64 {
        let args = g::CreateProposalArgs {
            title: "A proposal".to_owned(),
            description: "What it does and why it is good for the treasury.".to_owned(),
            payload,
            idempotency_key: None,
        };
        self.as_member(1).receipt("create_proposal", &args).value("a member proposes").id
    }

    /// The proposal as it stands.
    ///
    /// # Panics
    /// When there is none.
    pub fn proposal(&self, proposal: u64) -> g::ProposalDetails {
        let args = g::ProposalArgs { proposal };
        self.as_member(1).query("get_proposal", &args).value("it is known")
    }

    /// The state it is in.
    pub fn state(&self, proposal: u64) -> g::ProposalState {
        self.proposal(proposal).proposal.state
    }

    /// What an approver of the proposal says it saw.
    pub fn seen(&self, proposal: u64) -> g::VoteArgs {
        let g::Proposal { digest, epoch, rehearsal, .. } = self.proposal(proposal).proposal;
        g::VoteArgs { proposal, digest, epoch, rehearsal }
    }

    /// Members approve what they see.
    ///
    /// # Panics
    /// When the governor refuses.
    pub fn approve(&self, proposal: u64, members: &[u8]) {
        for n in members {
            let seen = self.seen(proposal);
            self.as_member(*n).receipt("approve", &seen).value("a member approves");
        }
    }

    /// Audits a release.
    ///
    /// # Panics
    /// When the governor refuses.
    pub fn audit(&self, proposal: u64) -> g::Audit {
        let args = g::ProposalArgs { proposal };
        self.as_member(2).receipt("audit_proposal", &args).value("audited");
        self.as_member(2).query("get_audit", &args).value("kept")
    }

    /// Rehearses a release to its end.
    ///
    /// # Panics
    /// When the governor refuses, or never ends.
    pub fn rehearse(&self, proposal: u64) -> g::RehearsalReport {
        let args = g::ProposalArgs { proposal };
        self.as_member(2).receipt("rehearse_release", &args).value("begun");
        self.until("the rehearsal ends", || self.proposal(proposal).proposal.rehearsal.is_some());
        self.as_member(2).query("get_rehearsal_report", &args).value("kept")
    }

    /// Approves by these members, waits, executes. What follows goes on by itself.
    ///
    /// # Panics
    /// When the governor refuses.
    pub fn execute(&self, proposal: u64, members: &[u8]) -> Receipt {
        self.approve(proposal, members);
        self.governor.advance(2 * WAIT);
        let args = g::ProposalArgs { proposal };
        self.as_member(4).receipt("execute", &args).value("its wait is over")
    }

    /// Lets time pass until nothing happens to the proposal any more; answers its last state.
    ///
    /// # Panics
    /// When it never ends.
    pub fn finish(&self, proposal: u64) -> g::ProposalState {
        use g::ProposalState::{Executing, Observing, RollingBack};
        let runs = [Executing, Observing, RollingBack];
        self.until("the proposal ends", || !runs.contains(&self.state(proposal)));
        self.state(proposal)
    }

    /// Lets time pass until `is_over`.
    ///
    /// # Panics
    /// When that does not come.
    pub fn until(&self, what: &str, is_over: impl Fn() -> bool) {
        for _ in 0..LOOKS {
            if is_over() {
                return;
            }
            self.governor.advance(2 * SECOND);
        }
        panic!("{what}: it did not within {LOOKS} looks; {}", self.trail());
    }

    /// Where the newest runs stand, for whoever reads why a test failed.
    fn trail(&self) -> String {
        let mut trail = vec![];
        for proposal in 1..=9 {
            for kind in [g::RunKind::Rehearsal, g::RunKind::Execution] {
                let args = g::GetExecutionArgs { proposal, kind };
                let run = self.as_member(1).query::<g::Execution>("get_execution", &args);
                let Ok(run) = run else { continue };
                let last = run.steps.iter().rfind(|step| step.begun_at_ns.is_some());
                trail.push(format!("{kind:?} of {proposal}: {:?} {last:?}", run.reason));
            }
        }
        trail.join("; ")
    }

    /// The steps of its execution.
    ///
    /// # Panics
    /// When it was not executed.
    pub fn run(&self, proposal: u64, kind: g::RunKind) -> g::Execution {
        let args = g::GetExecutionArgs { proposal, kind };
        self.as_member(1).query("get_execution", &args).value("it was executed")
    }
}
