//! A member's word, bound to what was shown: digest, epoch and rehearsal.

use granary_api::governor::{ProposalArgs, ProposalDetails, Rendering, VoteArgs};
use serde_bytes::ByteBuf;

use crate::{
    client::{
        Client,
        governor::{GET_PROPOSAL, RENDER_PROPOSAL},
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
};

/// A proposal as a member sees it before voting.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) details: ProposalDetails,
    pub(crate) rendering: Rendering,
}

impl Seen {
    /// Reads the proposal and its words; refuses when they do not belong together, or when the
    /// digest is not the one that was `given`.
    pub(crate) async fn of<C: Client>(
        governor: &Remote<C>,
        proposal: u64,
        given: Option<&ByteBuf>,
    ) -> Result<Self, Failure> {
        let which = ProposalArgs { proposal };
        let details = governor.query(GET_PROPOSAL, &which).await?;
        let rendering = governor.query(RENDER_PROPOSAL, &which).await?;
        let next = format!("granary proposal render {proposal}");
        if rendering.digest != details.proposal.digest {
            let message = format!("the words shown are not those of proposal {proposal}");
            return Err(Failure::new(Exit::Degraded, "cli.rendering", message).next(next));
        }
        if given.is_some_and(|digest| *digest != rendering.digest) {
            let message = format!("the digest is not that of proposal {proposal}");
            return Err(Failure::new(Exit::Usage, "cli.digest", message).next(next));
        }
        Ok(Self { details, rendering })
    }

    /// What is sent: exactly what was shown.
    pub(crate) fn vote(&self) -> VoteArgs {
        let proposal = &self.details.proposal;
        VoteArgs {
            proposal: proposal.id,
            digest: self.rendering.digest.clone(),
            epoch: proposal.epoch,
            rehearsal: proposal.rehearsal.clone(),
        }
    }
}

/// Refuses a word that nobody reads: with `--yes` on the main network the digest has to be given.
pub(crate) fn must_be_seen(
    is_mainnet: bool,
    yes: bool,
    digest: Option<&ByteBuf>,
    proposal: u64,
) -> Result<(), Failure> {
    if is_mainnet && yes && digest.is_none() {
        let message = "with --yes nobody reads what is approved, so the digest has to be given";
        let next = format!("granary proposal render {proposal}");
        return Err(Failure::new(Exit::Refused, "cli.unseen", message).next(next));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::fake::{Answers, FakeClient},
        render::proposal::fixtures,
    };

    fn governor(rendered: u8) -> Remote<FakeClient> {
        let rendering = Rendering {
            proposal: 3,
            digest: vec![rendered; 32].into(),
            summary: "replaces the members".to_owned(),
            lines: vec![],
        };
        Answers::default()
            .result("get_proposal", &Ok(fixtures::details()))
            .result("render_proposal", &Ok(rendering))
            .grants()
    }

    #[tokio::test]
    async fn v2_what_is_sent_is_what_was_shown() {
        let own = ByteBuf::from(vec![7; 32]);
        let seen = Seen::of(&governor(7), 3, Some(&own)).await.expect("the same digest");
        let expected =
            VoteArgs { proposal: 3, digest: own, epoch: 2, rehearsal: Some(vec![8; 32].into()) };
        assert_eq!(seen.vote(), expected);
        let other = ByteBuf::from(vec![9; 32]);
        let failure = Seen::of(&governor(7), 3, Some(&other)).await.expect_err("another digest");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Usage, "cli.digest"));
        // Words of another payload are not approved, whoever made them.
        let failure = Seen::of(&governor(9), 3, None).await.expect_err("other words");
        assert_eq!(failure.code, "cli.rendering");
    }

    #[test]
    fn nobody_approves_blindly_on_the_main_network() {
        let digest = ByteBuf::from(vec![7; 32]);
        let blind = must_be_seen(true, true, None, 3).expect_err("blind");
        assert_eq!((blind.exit, blind.code.as_str()), (Exit::Refused, "cli.unseen"));
        assert_eq!(must_be_seen(true, true, Some(&digest), 3), Ok(()));
        assert_eq!(must_be_seen(true, false, None, 3), Ok(()), "a person is asked");
        assert_eq!(must_be_seen(false, true, None, 3), Ok(()));
    }
}
