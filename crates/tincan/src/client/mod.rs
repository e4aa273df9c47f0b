//! The commands that speak to a hub, on the LAN or with friends, each one file.
//!
//! All go the same way: an address ([`address`]) and what it takes to be let in ([`login`]) become a
//! [`session::Session`], which is used and left with a goodbye ([`visit`]). What a [`network`] can do
//! is said once, for hubs in [`wires`]; [`lan`] and [`friends`] have what only those have. Whatever
//! comes from other people passes [`escape`] before it reaches a terminal, and [`download`] before it
//! becomes a file.

mod address;
mod canvas;
mod chat;
mod download;
mod escape;
mod fetch;
mod friends;
mod jsonl;
mod lan;
mod listen;
mod lists;
mod login;
mod mail;
mod network;
mod offer;
mod picture;
mod send;
mod session;
mod target;
mod upload;
mod view;
mod wires;

use std::pin::pin;
use std::process::ExitCode;

use anyhow::Context;

use crate::args::{ClientCommand, ConnectArgs, LanArgs};
use crate::print;
use login::Login;
use session::Session;

/// Wrong usage, as the argument parser has it.
const USAGE: u8 = 2;
/// Ended by a signal before it was done, as shells have it for SIGINT.
const INTERRUPTED: u8 = 130;

/// What was asked for makes no sense as it stands: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// SIGINT or SIGTERM came.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(crate) struct Interrupted;

/// Carries out a client command.
///
/// # Errors
/// It was not done; the sentence says why.
pub(crate) fn run(command: ClientCommand) -> anyhow::Result<ExitCode> {
    // One thread: a person, one connection, and files read piece by piece.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    let done = runtime.block_on(carry_out(command));
    // A thread that waits for a line of standard input is not waited for.
    runtime.shutdown_background();
    match done {
        Err(error) if error.is::<Usage>() => {
            print::note(format_args!("{error:#}"));
            Ok(ExitCode::from(USAGE))
        }
        Err(error) if error.is::<Interrupted>() => Ok(ExitCode::from(INTERRUPTED)),
        Err(error) => Err(error),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

async fn carry_out(command: ClientCommand) -> anyhow::Result<()> {
    match command {
        ClientCommand::Lan(args) => until_interrupted(lan::run(&args).await),
        ClientCommand::Friends(args) => friends::run(&args).await,
        ClientCommand::Chat(args) => chat::run(&args).await,
        ClientCommand::Send(args) => send::run(&args).await,
        ClientCommand::Listen(args) => until_interrupted(listen::run(&args).await),
        ClientCommand::Offer(args) => offer::run(&args).await,
        ClientCommand::Fetch(args) => until_interrupted(fetch::run(&args).await),
        ClientCommand::Rooms(args) => lists::rooms(&args).await,
        ClientCommand::Users(args) => lists::users(&args).await,
        ClientCommand::Whois(args) => lists::whois(&args).await,
        ClientCommand::History(args) => lists::history(&args).await,
        ClientCommand::Mail(args) => friends::mail(&args).await,
        ClientCommand::Files(args) => friends::files(&args).await,
    }
}

/// For commands that run until they are interrupted, that is their good end.
fn until_interrupted(done: anyhow::Result<()>) -> anyhow::Result<()> {
    match done {
        Err(error) if error.is::<Interrupted>() => Ok(()),
        other => other,
    }
}

/// Signs in, does `body`, says goodbye: whether or not it was done, and when interrupted too.
///
/// # Errors
/// Those of signing in and of `body`; [`Interrupted`].
async fn visit<T>(
    connect: &ConnectArgs,
    lan: &LanArgs,
    body: impl AsyncFnOnce(&mut Session) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    visit_as(&Login::new(connect, lan)?, body).await
}

/// [`visit`], with a login made before.
async fn visit_as<T>(
    login: &Login,
    body: impl AsyncFnOnce(&mut Session) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut stop = pin!(interrupted());
    let mut session = tokio::select! {
        opened = login.open() => opened?,
        () = &mut stop => return Err(Interrupted.into()),
    };
    let done = tokio::select! {
        done = body(&mut session) => done,
        () = &mut stop => Err(Interrupted.into()),
    };
    session.bye().await;
    done
}

/// Returns when SIGINT or SIGTERM comes.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = term.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    // Where signals cannot be had, the system's own way of ending us stays in force.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
