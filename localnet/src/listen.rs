//! Connections within bounds: how many are open at once, and how long one may take to say what it
//! wants.

use std::{io::ErrorKind, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::Interest,
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

/// Connections open at once, however many files the process may open. Others wait until one ends.
const CONNECTIONS_MAX: usize = 4_096;
/// Files a process may usually open; the limit where the system does not tell one.
const FILES_USUAL: usize = 1_024;
/// How long to wait when the system gives no more connections.
const EXHAUSTED: Duration = Duration::from_millis(50);
/// Time a new connection has for the head of its first request.
pub(crate) const HEADER_TIME: Duration = Duration::from_secs(30);
/// Time a connection has after an answer for the next request. Clients keep connections and do not
/// look at them while they compute; one that compiles a module first may be away for minutes, and
/// cannot send its request again when it finds the connection closed.
const IDLE_TIME: Duration = Duration::from_hours(1);
/// Bytes of a first head that are waited for; a longer one is judged by who reads it.
const HEAD_BYTES: usize = 16 * 1024;
/// Between two looks at a head that is coming.
const LOOK: Duration = Duration::from_millis(10);

/// Serves connections until `stopped` is true or its sender is gone; then those that are idle end
/// at once, and this returns when the last request is answered.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    header_time: Duration,
) {
    let most = connections_max();
    let room = Arc::new(Semaphore::new(most));
    loop {
        let next = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            next = accept(&listener, &room) => next,
        };
        let (stream, permit) = next;
        let connection = connection(stream, router.clone(), stopped.clone(), header_time);
        tokio::spawn(async move {
            connection.await;
            drop(permit);
        });
    }
    drop(listener);
    // All room is free when the last connection has ended.
    let all = u32::try_from(most).unwrap_or(u32::MAX);
    let _ = room.acquire_many(all).await;
}

/// Three of four files that the process may open: states and modules need some.
fn connections_max() -> usize {
    let files = std::fs::read_to_string("/proc/self/limits").ok().and_then(|limits| files(&limits));
    (files.unwrap_or(FILES_USUAL) / 4 * 3).clamp(1, CONNECTIONS_MAX)
}

/// The soft limit of open files in the form Linux tells it.
fn files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed.
    let permit = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, permit),
            // One that ended before it was taken, or no file left: the others go on.
            Err(_) => tokio::time::sleep(EXHAUSTED).await,
        }
    }
}

async fn connection(
    stream: TcpStream,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    header_time: Duration,
) {
    // Small answers go out at once; without it they are only slower.
    let _ = stream.set_nodelay(true);
    let head = tokio::select! {
        head = tokio::time::timeout(header_time, first_head(&stream)) => head,
        _ = stopped.wait_for(|stop| *stop) => return,
    };
    if !matches!(head, Ok(Ok(()))) {
        // What was not read would make the end look like a failure of the connection.
        let mut rest = [0; 1_024];
        while stream.try_read(&mut rest).is_ok_and(|read| read > 0) {}
        return;
    }
    // Without the other version nobody waits, without a limit, for the bytes that tell which.
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE_TIME);
    let served = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(served);
    tokio::select! {
        // A client that broke off is nobody's failure.
        _ = served.as_mut() => return,
        _ = stopped.wait_for(|stop| *stop) => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}

/// Waits until the head of the first request is there, and leaves it where it is. Fails when the
/// client closed its side before.
async fn first_head(stream: &TcpStream) -> std::io::Result<()> {
    let mut head = vec![0; HEAD_BYTES];
    loop {
        // Before looking: what was said until then is seen.
        let said_all = stream.ready(Interest::READABLE).await?.is_read_closed();
        let there = stream.peek(&mut head).await?;
        let ended = head[..there].windows(4).any(|end| end == b"\r\n\r\n");
        if ended || there == 0 || there == HEAD_BYTES {
            return Ok(());
        }
        if said_all {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_other_things() {
        let limits = "Limit            Soft Limit  Hard Limit  Units\n\
                      Max processes    63422       63422       processes\n\
                      Max open files   1024        524288      files\n";
        assert_eq!(files(limits), Some(1_024));
        assert_eq!(files("Max open files   unlimited   unlimited   files\n"), None);
        assert!((1..=CONNECTIONS_MAX).contains(&connections_max()));
    }
}
