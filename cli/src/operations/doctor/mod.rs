//! What stands in the way of the work, each with the command that mends it.
//!
//! | room | holds |
//! |---|---|
//! | `machine` | the compiler, its target, the room on the disk, the key file |
//! | `stores` | the ids this tool knows, and those other tools know |
//! | `network` | the endpoint, its root key, and the canisters on it |

pub(crate) mod machine;
pub(crate) mod network;
pub(crate) mod stores;

use serde::Serialize;

use crate::render::{Page, Report, page::Tone};

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Look {
    pub(crate) area: &'static str,
    /// What was found.
    pub(crate) found: String,
    /// The command that mends it; none when nothing is wrong.
    pub(crate) fix: Option<String>,
}

impl Look {
    /// Nothing is wrong with it.
    pub(crate) fn good(area: &'static str, found: impl Into<String>) -> Self {
        Self { area, found: found.into(), fix: None }
    }

    /// Something is.
    pub(crate) fn bad(
        area: &'static str,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { area, found: found.into(), fix: Some(fix.into()) }
    }
}

/// All that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Diagnosis {
    pub(crate) ok: bool,
    pub(crate) network: String,
    pub(crate) looks: Vec<Look>,
}

impl Report for Diagnosis {
    const SCHEMA: &'static str = "granary.doctor/1";

    fn text(&self, page: &mut Page) {
        for Look { area, found, fix } in &self.looks {
            let (tone, word) =
                if fix.is_none() { (Tone::Good, "ok   ") } else { (Tone::Bad, "wrong") };
            let word = page.paint(tone, word);
            page.line(format!("{word}  {area:<12} {found}"));
            if let Some(fix) = fix {
                page.line(format!("                    fix: {fix}"));
            }
        }
        let wrong = self.looks.iter().filter(|look| look.fix.is_some()).count();
        page.line(match wrong {
            0 => format!("nothing stands in the way on {}", self.network),
            1 => "1 finding".to_owned(),
            many => format!("{many} findings"),
        });
    }
}
