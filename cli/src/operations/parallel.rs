//! Many calls at once, but not too many.

use std::{future::Future, sync::Arc};

use tokio::{sync::Semaphore, task::JoinSet};

use crate::{exit::Exit, failure::Failure, render::Progress};

/// Calls under way at the same time.
const WIDTH: usize = 24;

/// Runs `work` on every item. Ends with the first failure; otherwise gives the results in the
/// order of the items.
pub(crate) async fn each<T, R, F, W>(
    what: &str,
    items: Vec<T>,
    progress: &Progress,
    work: W,
) -> Result<Vec<R>, Failure>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Future<Output = Result<R, Failure>> + Send + 'static,
    W: Fn(T) -> F,
{
    let gate = Arc::new(Semaphore::new(WIDTH));
    let total = items.len();
    let mut running = JoinSet::new();
    for (index, item) in items.into_iter().enumerate() {
        let (gate, job) = (gate.clone(), work(item));
        running.spawn(async move {
            let _permit = gate.acquire_owned().await;
            job.await.map(|result| (index, result))
        });
    }
    let mut results = Vec::with_capacity(total);
    while let Some(joined) = running.join_next().await {
        let result = joined.map_err(|error| {
            Failure::new(Exit::Failed, "cli.task", format!("{what} did not finish: {error}"))
        })?;
        results.push(result?);
        progress.say(format_args!("{what} {}/{total}", results.len()));
    }
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn results_come_in_order_and_a_failure_ends_it() {
        let progress = Progress::hidden();
        let double = |n: u64| async move {
            tokio::time::sleep(std::time::Duration::from_millis(50 - n)).await;
            Ok(n * 2)
        };
        let results = each("doubling", (0..50).collect(), &progress, double).await;
        assert_eq!(results, Ok((0..50).map(|n| n * 2).collect()));
        let fail = |n: u64| async move {
            if n == 7 { Err(Failure::new(Exit::Refused, "x", "no")) } else { Ok(n) }
        };
        let failure = each("failing", (0..50).collect(), &progress, fail).await;
        assert_eq!(failure.expect_err("seven fails").exit, Exit::Refused);
    }
}
