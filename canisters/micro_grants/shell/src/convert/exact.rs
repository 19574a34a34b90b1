//! Frequent arguments, read in the order of their fields when they come under their own header;
//! see [`granary_env::exact`]. Fields are ordered by the hashes of their names.

use candid::Deserialize;
use granary_api::micro_grants as m;
use granary_env::exact::Reader;

use super::Headed;

/// An argument that is one number.
pub trait Number: Headed + for<'de> Deserialize<'de> {
    /// The argument with this number.
    fn of(number: u64) -> Self;
}

impl Number for m::ProgramArgs {
    fn of(program: u64) -> Self {
        Self { program }
    }
}

impl Number for m::ApplicationArgs {
    fn of(application: u64) -> Self {
        Self { application }
    }
}

impl Number for m::GrantArgs {
    fn of(grant: u64) -> Self {
        Self { grant }
    }
}

/// An argument that is one number; none when the message must be decoded in full.
pub fn number<T: Number>(message: &[u8]) -> Option<T> {
    let mut reader = Reader::behind(T::HEADER, message)?;
    let number = reader.u64()?;
    reader.is_finished().then(|| T::of(number))
}

/// An application to submit; none when the message must be decoded in full.
pub fn submission(message: &[u8]) -> Option<m::SubmitApplicationArgs> {
    let mut reader = Reader::behind(m::SubmitApplicationArgs::HEADER, message)?;
    let args = m::SubmitApplicationArgs {
        applicant: reader.opt(Reader::principal)?,
        content: content(&mut reader)?,
        draft: reader.opt(Reader::u64)?,
        idempotency_key: reader.opt(Reader::text)?,
        program: reader.u64()?,
    };
    reader.is_finished().then_some(args)
}

/// A draft to keep, which has the same fields.
pub fn draft(message: &[u8]) -> Option<m::SaveDraftArgs> {
    let m::SubmitApplicationArgs { program, draft, content, applicant, idempotency_key } =
        submission(message)?;
    Some(m::SaveDraftArgs { program, draft, content, applicant, idempotency_key })
}

fn content(reader: &mut Reader<'_>) -> Option<m::ApplicationContent> {
    Some(m::ApplicationContent {
        title: reader.text()?,
        plan_hash: reader.blob()?,
        requested_units: reader.nat()?,
        team: reader.vec(Reader::principal)?,
        links: reader.vec(Reader::text)?,
        summary: reader.text()?,
        milestones: reader.vec(milestone)?,
    })
}

fn milestone(reader: &mut Reader<'_>) -> Option<m::MilestonePlan> {
    Some(m::MilestonePlan {
        due_at_ns: reader.u64()?,
        amount_units: reader.nat()?,
        acceptance_criteria: reader.text()?,
    })
}

#[cfg(test)]
mod tests {
    use candid::{Decode, Encode, Nat, Principal};
    use serde_bytes::ByteBuf;

    use super::*;

    fn sample(number: u8) -> m::SubmitApplicationArgs {
        let plan = |due_at_ns| m::MilestonePlan {
            amount_units: Nat::from(due_at_ns) + number,
            due_at_ns,
            acceptance_criteria: format!("shown {number}"),
        };
        let count = usize::from(number);
        m::SubmitApplicationArgs {
            program: number.into(),
            draft: (number > 1).then_some(9),
            content: m::ApplicationContent {
                title: format!("title {number}"),
                summary: "s".repeat(count * 100),
                requested_units: Nat::from(u64::MAX >> number.max(1)),
                plan_hash: ByteBuf::from(vec![number; 32]),
                milestones: (1..=number).map(|n| plan(n.into())).collect(),
                team: vec![Principal::anonymous(); count],
                links: vec!["https://example.org".to_owned(); count],
            },
            applicant: (number > 2).then(Principal::management_canister),
            idempotency_key: (number > 3).then(|| "key".to_owned()),
        }
    }

    #[test]
    fn fields_are_read_in_their_order() {
        for number in 0..6 {
            let args = sample(number);
            let message = Encode!(&args).expect("encodes");
            assert_eq!(submission(&message), Some(args.clone()));
            let kept = Decode!(&message, m::SaveDraftArgs).expect("the same fields");
            assert_eq!(draft(&message), Some(kept));
            assert_eq!(submission(&[&message[..], &[0]].concat()), None);
        }
    }

    #[test]
    fn one_number_is_read() {
        let args = m::ProgramArgs { program: u64::MAX };
        let message = Encode!(&args).expect("encodes");
        assert_eq!(number::<m::ProgramArgs>(&message), Some(args));
        assert_eq!(number::<m::GrantArgs>(&message), None, "another field");
        assert_eq!(number::<m::ProgramArgs>(&message[..message.len() - 1]), None);
        let args = m::ApplicationArgs { application: 7 };
        assert_eq!(number(&Encode!(&args).expect("encodes")), Some(args));
        let args = m::GrantArgs { grant: 7 };
        assert_eq!(number(&Encode!(&args).expect("encodes")), Some(args));
    }

    #[test]
    fn other_messages_are_left_to_the_full_decoder() {
        let args = sample(3);
        let two = Encode!(&args, &1_u8).expect("encodes");
        assert_eq!(submission(&two), None);
        let mut large = args;
        large.content.requested_units = Nat::from(u128::MAX);
        assert_eq!(submission(&Encode!(&large).expect("encodes")), None);
        assert_eq!(submission(b"DIDL\0\0"), None);
    }
}
