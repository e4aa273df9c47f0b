//! `tincan friends run`: the node without a face, for services.

use std::pin::pin;

use anyhow::{Context, bail};
use friends::api::{Notice, Report, Request};
use node::friends::Told;
use tracing_subscriber::EnvFilter;

use super::place::Access;
use super::{ask, odd};
use crate::args::{FriendsPlaceArgs, NodeArgs};
use crate::client::escape::visible;
use crate::client::{Interrupted, interrupted};
use crate::print;

/// What the log leaves out, whatever it is asked for.
const QUIET: &str = "pgp=warn";

/// Runs the node until it is told to stop.
///
/// # Errors
/// Another one runs, or it cannot start.
pub(super) async fn run(place: &FriendsPlaceArgs, node: &NodeArgs) -> anyhow::Result<()> {
    start_log()?;
    let access = Access::new(place, node)?;
    if access.is_running() {
        bail!(
            "a node of {} runs already; `tincan friends` shows what it knows",
            visible(&access.name()?)
        );
    }
    let access = access.unlocked()?;
    let mut stop = pin!(interrupted());
    let mut face = tokio::select! {
        face = access.node() => face?,
        () = &mut stop => return Err(Interrupted.into()),
    };
    let Report::Me(me) = ask(&mut face, Request::Me).await? else {
        return Err(odd());
    };
    for address in &me.addresses {
        print::output(format_args!("listening friends {address}"))?;
    }
    print::output("ready")?;
    let done = loop {
        tokio::select! {
            told = face.next() => match told {
                Told::Ended(reason) => break Err(anyhow::anyhow!("{}", visible(&reason))),
                Told::Notice(
                    Notice::Warning(text) | Notice::Approval { sentence: text, .. },
                ) => print::note(visible(&text)),
                // Nothing was asked, and nobody watches.
                Told::Report(..) | Told::Notice(_) => {}
            },
            () = &mut stop => break Ok(()),
        }
    };
    drop(face);
    done
}

/// Warnings go to standard error, more by `TINCAN_LOG`.
fn start_log() -> anyhow::Result<()> {
    let filter = match std::env::var("TINCAN_LOG") {
        Ok(filter) => EnvFilter::try_new(&filter).with_context(|| {
            format!("TINCAN_LOG={filter} is no log filter; try `info,node=debug`")
        })?,
        Err(_) => EnvFilter::new("info"),
    };
    // At its lower levels the crate of OpenPGP prints every byte of a key.
    let filter = filter.add_directive(QUIET.parse().context("cannot set up the log")?);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(print::colours_on_stderr())
        .init();
    Ok(())
}
