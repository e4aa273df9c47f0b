//! `tincan files`: shared folders, friends' folders, downloads.

mod browse;
mod downloads;
mod offers;
mod share;

use super::place::Access;
use super::who;
use crate::args::{FilesAction, FilesArgs, NodeArgs};
use crate::client::{Interrupted, interrupted, until_interrupted};

/// Carries out `tincan files`.
///
/// # Errors
/// It was not done.
pub(in crate::client) async fn run(args: &FilesArgs) -> anyhow::Result<()> {
    let access = Access::new(&args.place, &NodeArgs::default())?;
    // Asked before signals are waited for, so that they end a prompt.
    let is_get = matches!(&args.action, FilesAction::Get { no_wait: false, .. });
    let access = if is_get { access.unlocked()? } else { access };
    let mut stop = std::pin::pin!(interrupted());
    let done = tokio::select! {
        done = carry_out(access, args) => done,
        () = &mut stop => Err(Interrupted.into()),
    };
    if matches!(&args.action, FilesAction::Downloads { watch: true }) {
        return until_interrupted(done);
    }
    done
}

async fn carry_out(access: Access, args: &FilesArgs) -> anyhow::Result<()> {
    let is_json = args.json;
    // Fetching and looking for more than is known needs the network.
    if let FilesAction::Get {
        what,
        from,
        dir,
        no_wait,
    } = &args.action
    {
        let wish = downloads::Wish {
            what,
            from: from.as_deref().map(who),
            dir: dir.as_deref(),
            waits: !no_wait,
        };
        return downloads::get(access, wish, is_json).await;
    }
    let mut face = access.records().await?;
    let face = &mut face;
    let looks_elsewhere = matches!(
        &args.action,
        FilesAction::Browse { .. } | FilesAction::Search { .. }
    );
    if looks_elsewhere && !access.is_running() {
        crate::print::note(
            "no node runs, so this is what was known last; `tincan friends run` is one",
        );
    }
    match &args.action {
        FilesAction::Share {
            folder,
            with,
            by_hash,
            name,
            wait,
        } => {
            let with = share::audience(with, *by_hash);
            share::share(face, folder, with, name.clone(), *wait).await
        }
        FilesAction::Unshare { folder } => share::unshare(face, folder).await,
        FilesAction::Shares => share::list(face, is_json).await,
        FilesAction::Rescan { wait } => share::rescan(face, *wait).await,
        FilesAction::Pause { hash } => share::pause(face, hash.clone(), true).await,
        FilesAction::Resume { hash } => share::pause(face, hash.clone(), false).await,
        FilesAction::Browse { who: raw, path } => {
            browse::browse(face, &who(raw), path.as_deref(), is_json).await
        }
        FilesAction::Search { words } => browse::search(face, &words.join(" "), is_json).await,
        FilesAction::Offers => offers::list(face, is_json).await,
        FilesAction::Unoffer { what, who } => {
            offers::unoffer(face, what, who.as_deref(), is_json).await
        }
        FilesAction::Link { file } => share::link(face, file, is_json).await,
        FilesAction::Downloads { watch: false } => downloads::list(face, is_json).await,
        FilesAction::Downloads { watch: true } => {
            crate::print::while_read(downloads::watch(face, is_json)).await
        }
        FilesAction::Cancel { hash } => downloads::cancel(face, hash).await,
        FilesAction::Get { .. } => Ok(()),
    }
}
