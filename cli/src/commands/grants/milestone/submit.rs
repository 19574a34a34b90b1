//! `granary grants milestone submit`: evidence of delivered work.

use std::path::Path;

use granary_api::micro_grants::{Evidence, SubmitMilestoneArgs};
use serde_bytes::ByteBuf;

use crate::{
    cli::Mutation, client::grants::SUBMIT_MILESTONE, commands::grants::file_hash, exit::Exit,
    failure::Failure, operations::change, session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the grant.
    grant: u64,
    /// Index of the milestone, counted from 0.
    index: u32,
    /// Where the work is and what it hashes to: URL=SHA256, or URL=@FILE to hash a file here.
    #[arg(long, required = true, value_name = "URL=HASH")]
    evidence: Vec<String>,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let Args { grant, index, evidence, mutation } = args;
    let evidence = evidence.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
    let what = format!("hand in milestone {index} of grant {grant}");
    let call = SubmitMilestoneArgs { grant, index, evidence };
    change::apply(session, mutation, "applicant", &what, SUBMIT_MILESTONE, &call).await
}

/// Addresses may hold `=`, hashes and file marks do not: the last one separates them.
fn parse(text: &str) -> Result<Evidence, Failure> {
    let wrong = |why: &str| {
        Failure::new(Exit::Usage, "cli.evidence", format!("`{text}` {why}"))
            .next("granary grants milestone submit --help")
    };
    let (uri, hash) = text
        .rsplit_once('=')
        .ok_or_else(|| wrong("is no evidence; write URL=SHA256 or URL=@FILE"))?;
    let sha256 = match hash.strip_prefix('@') {
        Some(path) => file_hash(Path::new(path))?,
        None => match hex::decode(hash) {
            Ok(bytes) if bytes.len() == 32 => ByteBuf::from(bytes),
            _ => return Err(wrong("does not end in 64 hexadecimal digits")),
        },
    };
    Ok(Evidence { uri: uri.to_owned(), sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_an_address_and_a_hash() {
        let hash = "ab".repeat(32);
        let evidence = parse(&format!("https://x.example/?a=b={hash}")).expect("evidence");
        assert_eq!(evidence.uri, "https://x.example/?a=b");
        assert_eq!(evidence.sha256.as_slice(), [0xab; 32]);
        for text in ["", "https://x.example", "https://x.example=abc", "x=@/no/such/file"] {
            assert_eq!(parse(text).expect_err("refused").exit, Exit::Usage, "{text}");
        }
    }
}
