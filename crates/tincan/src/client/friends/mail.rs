//! `tincan mail`: letters between friends [RS-13].

use anyhow::bail;
use friends::api::{Draft, Folder, Mail, Report, Request};
use indicatif::BinaryBytes;
use model::Timestamp;
use node::friends::Face;

use super::fetch::existing_file;
use super::place::Access;
use super::records::Record;
use super::{ask, everybody, find, odd, records, who};
use crate::args::{MailAction, MailArgs, MailFolder, MailSendArgs, NodeArgs};
use crate::client::escape::visible;
use crate::client::send::standard_input;
use crate::client::view::View;
use crate::print;

/// Carries out `tincan mail`.
///
/// # Errors
/// It was not done.
pub(in crate::client) async fn run(args: &MailArgs) -> anyhow::Result<()> {
    let access = Access::new(&args.place, &NodeArgs::default())?;
    let is_json = args.json;
    let mut written = None;
    if let Some(MailAction::Send(send)) = &args.action {
        written = Some(draft(send)?);
    }
    let mut face = access.records().await?;
    if let Some(draft) = &mut written {
        let all = everybody(&mut face).await?;
        for name in [&mut draft.to, &mut draft.cc, &mut draft.bcc]
            .into_iter()
            .flatten()
        {
            *name = find(&all, name)?.name.clone();
        }
    }
    match &args.action {
        None => list(&mut face, None, is_json).await,
        Some(MailAction::List { folder }) => list(&mut face, folder.map(Into::into), is_json).await,
        Some(MailAction::Outbox) => list(&mut face, Some(Folder::Outbox), is_json).await,
        Some(MailAction::Read { id }) => read(&mut face, *id, is_json).await,
        Some(MailAction::Send(_)) => send(&mut face, written.unwrap_or_default(), is_json).await,
        Some(MailAction::Move { id, folder }) => {
            let folder = (*folder).into();
            ask(&mut face, Request::MoveMail { id: *id, folder })
                .await
                .map(drop)
        }
        Some(MailAction::Mark { id, unread }) => {
            let (id, is_read) = (*id, !unread);
            ask(&mut face, Request::MarkMail { id, is_read })
                .await
                .map(drop)
        }
        Some(MailAction::Delete { id, yes }) => {
            if !yes {
                bail!(
                    "letter {id} would be gone for good; `tincan mail move {id} trash` keeps it for a \
                     while, --yes deletes it"
                );
            }
            ask(&mut face, Request::DeleteMail { id: *id })
                .await
                .map(drop)
        }
    }
}

impl From<MailFolder> for Folder {
    fn from(folder: MailFolder) -> Self {
        match folder {
            MailFolder::Inbox => Self::Inbox,
            MailFolder::Outbox => Self::Outbox,
            MailFolder::Sent => Self::Sent,
            MailFolder::Drafts => Self::Drafts,
            MailFolder::Trash => Self::Trash,
        }
    }
}

fn name_of(folder: Folder) -> &'static str {
    match folder {
        Folder::Inbox => "inbox",
        Folder::Outbox => "outbox",
        Folder::Sent => "sent",
        Folder::Drafts => "drafts",
        Folder::Trash => "trash",
    }
}

async fn list(face: &mut Face, folder: Option<Folder>, is_json: bool) -> anyhow::Result<()> {
    let Report::Mails(mails) = ask(face, Request::Mails { folder }).await? else {
        return Err(odd());
    };
    let view = View::for_stdout();
    for mail in &mails {
        if is_json {
            print::output(Record::from(mail).line())?;
        } else {
            print::output(line(mail, &view))?;
        }
    }
    if mails.is_empty() && !is_json {
        print::note("there are no letters");
    }
    Ok(())
}

/// `* 12  inbox  2026-11-24 17:05  bea: Saturday`; the star is for unread ones.
fn line(mail: &Mail, view: &View) -> String {
    let star = if mail.is_read { " " } else { "*" };
    let person = match mail.folder {
        Folder::Inbox | Folder::Trash => mail.from.clone(),
        Folder::Outbox | Folder::Sent | Folder::Drafts => format!("to {}", mail.to.join(", ")),
    };
    let waits = match mail.waiting_for.is_empty() {
        true => String::new(),
        false => format!("  (waits for {})", mail.waiting_for.join(", ")),
    };
    let line = format!(
        "{star} {}  {}  {}  {person}: {}{waits}",
        mail.id,
        name_of(mail.folder),
        view.date(Timestamp(mail.at)),
        subject(mail)
    );
    let line = visible(&line);
    if mail.is_read {
        line.into_owned()
    } else {
        view.strong(&line)
    }
}

/// What a letter is about, as lists have it.
pub(super) fn subject(mail: &Mail) -> &str {
    match mail.subject.trim() {
        "" => "(no subject)",
        subject => subject,
    }
}

async fn read(face: &mut Face, id: u64, is_json: bool) -> anyhow::Result<()> {
    let Report::Mail(mail) = ask(face, Request::ReadMail { id }).await? else {
        return Err(odd());
    };
    if is_json {
        print::output(Record::from(&*mail).line())?;
    } else {
        print::output(letter(&mail, &View::for_stdout()))?;
    }
    Ok(())
}

/// A letter as people read it: nothing in it is obeyed.
fn letter(mail: &Mail, view: &View) -> String {
    let mut text = String::new();
    let mut head = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{name:<9}{}\n", visible(value)));
        }
    };
    head("From:", &mail.from);
    head("To:", &mail.to.join(", "));
    head("Cc:", &mail.cc.join(", "));
    head("Bcc:", &mail.bcc.join(", "));
    head("Date:", &view.date(Timestamp(mail.at)));
    head("Subject:", &mail.subject);
    head("Waits:", &mail.waiting_for.join(", "));
    text.push('\n');
    for line in mail.body.lines() {
        text.push_str(&visible(line));
        text.push('\n');
    }
    if !mail.files.is_empty() {
        text.push_str("\nFiles, which `tincan files get LINK` fetches:\n");
    }
    for file in &mail.files {
        let link = records::link(file).unwrap_or_default();
        let (name, size) = (visible(&file.name), BinaryBytes(file.size));
        text.push_str(&format!("  {name} ({size})\n  {}\n", visible(&link)));
    }
    text
}

/// The letter that was asked for, its text read.
fn draft(args: &MailSendArgs) -> anyhow::Result<Draft> {
    let files = args.attach.iter().map(|path| existing_file(path));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let names = |all: &[String]| all.iter().map(|raw| who(raw)).collect();
    let body = match &args.text {
        Some(text) => text.clone(),
        None => standard_input()?,
    };
    let is_empty = body.trim().is_empty() && args.subject.trim().is_empty() && files.is_empty();
    if is_empty && !args.draft {
        bail!("there is nothing in the letter; write a text, or a --subject");
    }
    Ok(Draft {
        to: names(&args.to),
        cc: names(&args.cc),
        bcc: names(&args.bcc),
        subject: args.subject.clone(),
        body,
        files,
        is_draft: args.draft,
    })
}

async fn send(face: &mut Face, draft: Draft, is_json: bool) -> anyhow::Result<()> {
    let (is_draft, has_files) = (draft.is_draft, !draft.files.is_empty());
    let Report::Queued { id, is_sent } = ask(face, Request::SendMail(draft)).await? else {
        return Err(odd());
    };
    if is_json {
        let Report::Mail(mail) = ask(face, Request::ReadMail { id }).await? else {
            return Err(odd());
        };
        print::output(Record::from(&*mail).line())?;
    }
    if let Some(note) = what_now(id, is_draft, has_files, is_sent) {
        print::note(note);
    }
    Ok(())
}

/// What becomes of a letter, where that is not all done.
fn what_now(id: u64, is_draft: bool, has_files: bool, is_sent: bool) -> Option<String> {
    if is_draft {
        return Some(format!(
            "kept as letter {id} among the drafts; `tincan mail move {id} outbox` sends it"
        ));
    }
    let until = match (has_files, is_sent) {
        // Who is online counts only then.
        (true, _) => "goes out once its files are hashed",
        (false, false) => "waits for receivers who are not online",
        (false, true) => return None,
    };
    Some(format!(
        "letter {id} {until}; `tincan mail outbox` shows who has not got it"
    ))
}

#[cfg(test)]
mod tests {
    use friends::api::FileLink;

    use super::*;

    fn mail() -> Mail {
        Mail {
            id: 12,
            folder: Folder::Inbox,
            from: "bea".into(),
            to: vec!["ana".into(), "cyd".into()],
            cc: vec![],
            bcc: vec![],
            at: 0,
            subject: "Satur\u{1b}day".into(),
            body: "Bring the tent.\r\n\u{1b}[2J".into(),
            files: vec![FileLink {
                name: "plan.pdf".into(),
                size: 2048,
                hash: "a9993e364706816aba3e25717850c26c9cd0d89d".into(),
            }],
            is_read: false,
            waiting_for: vec![],
        }
    }

    #[test]
    fn a_list_shows_who_and_what_and_what_is_unread() {
        // [RS-13]
        let view = View::plain();
        let mut mail = mail();
        assert_eq!(
            line(&mail, &view),
            "* 12  inbox  1970-01-01 00:00  bea: Satur\\u{1b}day"
        );
        mail.is_read = true;
        mail.folder = Folder::Outbox;
        mail.waiting_for = vec!["cyd".into()];
        assert_eq!(
            line(&mail, &view),
            "  12  outbox  1970-01-01 00:00  to ana, cyd: Satur\\u{1b}day  (waits for cyd)"
        );
    }

    #[test]
    fn whoever_has_files_hashed_is_not_told_that_somebody_is_offline() {
        // [RS-13]
        let hashing = what_now(3, false, true, false).unwrap();
        assert!(
            hashing.contains("letter 3") && hashing.contains("hashed"),
            "{hashing}"
        );
        assert!(!hashing.contains("online"), "{hashing}");
        let waits = what_now(3, false, false, false).unwrap();
        assert!(
            waits.contains("online") && !waits.contains("hashed"),
            "{waits}"
        );
        assert_eq!(what_now(3, false, false, true), None);
        assert!(what_now(3, true, true, false).unwrap().contains("drafts"));
    }

    #[test]
    fn a_letter_has_a_head_a_body_and_links() {
        // [RS-13] [RS-20] [RS-22]
        let text = letter(&mail(), &View::plain());
        assert!(
            text.starts_with("From:    bea\nTo:      ana, cyd\nDate:"),
            "{text}"
        );
        assert!(text.contains("\n\nBring the tent.\n"), "{text}");
        assert!(
            text.contains("plan.pdf (2.00 KiB)\n  retroshare://file?name=plan"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}') && !text.contains("Cc:"), "{text}");
    }
}
