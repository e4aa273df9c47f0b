//! The ops page [HUB-13]: `/metrics` for Prometheus and `/healthz`, on a port of their own.

use std::fmt;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

/// How long the loop may take to answer before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// What the page tells of.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) net: Arc<net::Metrics>,
    pub(crate) hub: Arc<hub::Metrics>,
    pub(crate) handle: net::reactor::Handle,
}

/// Serves the page on a thread of its own until the process ends.
///
/// # Errors
/// The socket cannot be used, or there can be no thread.
pub(crate) fn start(socket: TcpListener, sources: Sources) -> anyhow::Result<()> {
    socket
        .set_nonblocking(true)
        .context("cannot serve the ops page")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.context("cannot serve the ops page")?;
    let mut registry = Registry::with_prefix("tincan");
    registry.register_collector(Box::new(sources.clone()));
    let page = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .with_state((Arc::new(registry), sources));
    let serve = move || {
        let served = runtime.block_on(async {
            axum::serve(tokio::net::TcpListener::from_std(socket)?, page).await
        });
        if let Err(error) = served {
            tracing::error!(%error, "the ops page has stopped");
        }
    };
    std::thread::Builder::new()
        .name("ops".into())
        .spawn(serve)
        .context("cannot serve the ops page")?;
    Ok(())
}

async fn metrics(State((registry, _)): State<(Arc<Registry>, Sources)>) -> impl IntoResponse {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Healthy is a loop that answers and a store that takes what it is given.
async fn health(State((_, sources)): State<(Arc<Registry>, Sources)>) -> impl IntoResponse {
    let before = sources.net.rounds.load(Relaxed);
    sources.handle.wake();
    let answered = async {
        while sources.net.rounds.load(Relaxed) == before {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(PATIENCE, answered).await.is_err() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "the hub's loop does not answer\n",
        );
    }
    if sources.hub.store_failing.load(Relaxed) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "the store fails; see the log\n",
        );
    }
    (StatusCode::OK, "ok\n")
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

impl Collector for Sources {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (net, hub) = (&self.net, &self.hub);
        let counters: [(&str, &str, &AtomicU64); 19] = [
            (
                "connections_accepted",
                "Connections accepted",
                &net.accepted,
            ),
            (
                "connections_refused",
                "Connections refused by a limit",
                &net.refused,
            ),
            ("received_bytes", "Bytes received", &net.bytes_in),
            ("sent_bytes", "Bytes sent", &net.bytes_out),
            (
                "sessions_too_slow",
                "Sessions closed because they did not read",
                &net.too_slow,
            ),
            (
                "sessions_misbehaved",
                "Sessions closed because they broke the protocol",
                &net.misbehaved,
            ),
            (
                "sessions_silent",
                "Sessions closed because they were silent",
                &net.silent,
            ),
            (
                "sessions_throttled",
                "Times a session was read later",
                &net.throttled,
            ),
            (
                "accept_failures",
                "Times accepting failed for want of descriptors",
                &net.out_of_descriptors,
            ),
            ("rounds", "Rounds of the loop", &net.rounds),
            ("messages_said", "Room messages taken", &hub.said),
            (
                "messages_told",
                "Private messages handed to a session",
                &hub.told,
            ),
            (
                "letters_kept",
                "Private messages put into a mailbox",
                &hub.letters,
            ),
            ("commands_refused", "Commands refused", &hub.refused),
            (
                "wrong_passwords",
                "Failed sign-ins with a password",
                &hub.wrong_passwords,
            ),
            ("file_bytes", "Bytes of files handed on", &hub.file_bytes),
            ("store_commits", "Transactions committed", &hub.commits),
            (
                "store_commit_microseconds",
                "Time spent in transactions",
                &hub.commit_micros,
            ),
            (
                "store_failures",
                "Transactions that failed",
                &hub.failed_commits,
            ),
        ];
        for (name, help, value) in counters {
            let counter = ConstCounter::new(value.load(Relaxed));
            let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        let gauges: [(&str, &str, &AtomicU64); 4] = [
            ("connections_open", "Connections open now", &net.open),
            ("people_present", "People present now", &hub.present),
            ("rooms_open", "Rooms open now", &hub.rooms),
            ("transfers_live", "File transfers live now", &hub.transfers),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(i64::try_from(value.load(Relaxed)).unwrap_or(i64::MAX));
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        Ok(())
    }
}
