//! Cases, the run of an area, and what is not supported.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use crate::stage::Stage;

/// One case of the source.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Why `localnet` does not pass, and words of the failure.
    pub(crate) lacks: Option<(&'static str, &'static str)>,
    run: Rc<dyn Fn(&Stage)>,
}

/// A case by the name it has in the source.
pub(crate) fn case(name: impl Into<String>, run: impl Fn(&Stage) + 'static) -> Case {
    Case { name: name.into(), lacks: None, run: Rc::new(run) }
}

impl Case {
    /// `localnet` does not pass, for this reason; the failure has these words in it. When it passes
    /// or fails otherwise, the run fails, so that the list is what is true.
    #[allow(dead_code, reason = "every case passes; the next one that comes may not")]
    pub(crate) fn lacking(self, reason: &'static str, words: &'static str) -> Self {
        Self { lacks: Some((reason, words)), ..self }
    }

    /// What is wrong with it on this network.
    fn judge(&self, stage: &Stage) -> Result<(), String> {
        let ended = catch_unwind(AssertUnwindSafe(|| (self.run)(stage)));
        let lacks = self.lacks.filter(|_| stage.is_localnet());
        match (ended, lacks) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some((reason, _))) => Err(format!("passes, but is listed: {reason}")),
            (Err(panic), None) => Err(words_of(&*panic)),
            (Err(panic), Some((_, words))) => {
                let said = words_of(&*panic);
                if said.contains(words) {
                    Ok(())
                } else {
                    Err(format!("fails otherwise than with `{words}`: {said}"))
                }
            }
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default()
}

/// Cases that stand together in the source.
#[derive(Clone)]
pub(crate) struct Area {
    pub(crate) title: &'static str,
    pub(crate) source: &'static str,
    pub(crate) cases: Vec<Case>,
}

/// The cases of `areas` on one network. All run; the failures are told together.
pub(crate) fn run(areas: Vec<Area>) {
    let stage = Stage::new();
    let mut failures = vec![];
    let mut count = 0;
    for area in areas {
        for case in &area.cases {
            count += 1;
            if let Err(wrong) = case.judge(&stage) {
                stage.forget_shared();
                failures.push(format!("{} / {}: {wrong}", area.title, case.name));
            }
        }
    }
    let text = failures.join("\n");
    assert!(failures.is_empty(), "{} of {count} cases:\n{text}", failures.len());
}
