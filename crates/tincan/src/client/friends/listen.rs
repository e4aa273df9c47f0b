//! `tincan listen friend:`: what happens among friends, line by line, until interrupted. What was said
//! while nobody listened comes first; in JSON, before that, who we are and whom we know, so that a program
//! has the whole picture from one command.

use friends::api::{Friend, Mail, Me, Notice, Report, Request, Said, SendState};
use indicatif::BinaryBytes;
use node::friends::Told;

use super::place::Access;
use super::records::Record;
use super::{ask, everybody, mail, odd, table, talk};
use crate::args::ListenArgs;
use crate::client::escape::visible;
use crate::client::send::no_rooms;
use crate::client::view::View;
use crate::client::{Interrupted, Usage, address, interrupted, network::Network};
use crate::print;

/// Prints what happens.
///
/// # Errors
/// The node ended, or standard output did.
pub(in crate::client) async fn run(args: &ListenArgs) -> anyhow::Result<()> {
    if let Some(Some(who)) = address::on_friends(&args.connect.url) {
        return Err(Usage(format!(
            "write friend: alone here; `tincan history friend:{0}` has what {0} said",
            visible(&who)
        ))
        .into());
    }
    if !args.rooms.is_empty() {
        return Err(no_rooms(Network::Friends).into());
    }
    let access = Access::of_address(&args.lan.place)?.unlocked()?;
    let printer = Printer {
        is_json: args.json,
        me: access.name()?,
        view: View::for_stdout(),
    };
    let mut stop = std::pin::pin!(interrupted());
    let mut face = tokio::select! {
        face = access.node() => face?,
        () = &mut stop => return Err(Interrupted.into()),
    };
    // From here on nothing is missed: what happens meanwhile is told behind all this.
    let unread = super::unread(&mut face).await?;
    if printer.is_json {
        let Report::Me(me) = ask(&mut face, Request::Me).await? else {
            return Err(odd());
        };
        for line in beginning(&me, &everybody(&mut face).await?) {
            print::output(line)?;
        }
    }
    for said in unread {
        printer.said(said)?;
    }
    let mut gone = std::pin::pin!(print::unread());
    loop {
        let told = tokio::select! {
            told = face.next() => told,
            () = &mut stop => return Err(Interrupted.into()),
            () = &mut gone => return Err(print::OutputError::Closed.into()),
        };
        match told {
            Told::Notice(notice) => printer.notice(&notice)?,
            Told::Report(..) => {}
            Told::Ended(reason) => {
                if printer.is_json {
                    print::output(Record::Over { reason: &reason }.line())?;
                }
                anyhow::bail!("the node ended: {}", visible(&reason));
            }
        }
    }
}

struct Printer {
    is_json: bool,
    me: String,
    view: View,
}

/// Who we are, and whom we know.
fn beginning(me: &Me, all: &[Friend]) -> Vec<String> {
    let mut lines = vec![Record::from(me).line()];
    lines.extend(all.iter().map(|friend| Record::from(friend).line()));
    lines
}

impl Printer {
    /// Something said while nobody listened, and the files that it offers.
    fn said(&self, said: Said) -> anyhow::Result<()> {
        let (who, links) = (said.who.clone(), said.links());
        self.notice(&Notice::Said(said))?;
        for link in links {
            let who = who.clone();
            self.notice(&Notice::Offered { who, link })?;
        }
        Ok(())
    }

    fn notice(&self, notice: &Notice) -> anyhow::Result<()> {
        let line = match self.is_json {
            true => Some(record(notice, &self.me).line()),
            false => line(notice, &self.me, &self.view),
        };
        if let Some(line) = line {
            print::output(line)?;
        }
        Ok(())
    }
}

fn record<'a>(notice: &'a Notice, me: &'a str) -> Record<'a> {
    match notice {
        Notice::Said(said) => Record::told(said, me),
        Notice::Outgoing { id, who, state } => Record::Outgoing {
            id: *id,
            to: who,
            state: *state,
        },
        Notice::Friend(friend) => (&**friend).into(),
        Notice::NoFriend(name) => Record::Removed { name },
        Notice::Typing { who, is_typing } => Record::Typing {
            from: who,
            is_typing: *is_typing,
        },
        Notice::Approval {
            who,
            pgp_id,
            sentence,
        } => Record::Approval {
            name: who,
            pgp_id,
            text: sentence,
        },
        Notice::Mail(mail) => (&**mail).into(),
        Notice::Offered { who, link } => Record::Offered {
            from: who,
            file: link.into(),
        },
        Notice::Download(download) => (&**download).into(),
        Notice::Hashing(hashing) => hashing.into(),
        Notice::Warning(text) => Record::Warning { text },
    }
}

/// A notice for people; `None` for what would only fill the screen.
fn line(notice: &Notice, me: &str, view: &View) -> Option<String> {
    Some(match notice {
        Notice::Said(said) => talk::told(said, me, view),
        Notice::Outgoing { who, state, .. } => match state {
            SendState::Queued | SendState::Sent => return None,
            SendState::Dropped => {
                view.warning(&format!("! a message for {} was not sent", visible(who)))
            }
        },
        Notice::Friend(friend) => presence(friend, view),
        Notice::NoFriend(name) => view.dim(&format!("* {} is no friend any more", visible(name))),
        Notice::Typing { who, is_typing } => {
            if !is_typing {
                return None;
            }
            view.dim(&format!("* {} is typing…", visible(who)))
        }
        Notice::Approval { sentence: text, .. } => view.strong(&format!("* {}", visible(text))),
        Notice::Mail(mail) => letter(mail, view),
        Notice::Offered { who, link } => format!(
            "{} {} offers {} ({}); `tincan fetch friend:{}` takes it",
            view.dim("*"),
            view.name(who),
            visible(&link.name),
            BinaryBytes(link.size),
            visible(who)
        ),
        // These are what `tincan files` is for.
        Notice::Download(_) | Notice::Hashing(_) => return None,
        Notice::Warning(text) => view.warning(&format!("! {}", visible(text))),
    })
}

fn presence(friend: &Friend, view: &View) -> String {
    let word = table::painted_word(view, friend.availability);
    let more = friend.hint.as_deref().or(friend.message.as_deref());
    let more = more.map_or(String::new(), |more| format!(": {}", visible(more)));
    format!(
        "{} {} is {word}{more}",
        view.dim("*"),
        view.name(&friend.name)
    )
}

fn letter(mail: &Mail, view: &View) -> String {
    format!(
        "{} mail {} from {}: {}",
        view.dim("*"),
        mail.id,
        view.name(&mail.from),
        visible(mail::subject(mail))
    )
}

#[cfg(test)]
mod tests {
    use friends::api::{Availability, FileLink, Folder, Said, Standing};

    use super::super::tests::friend;
    use super::*;

    fn notices() -> Vec<Notice> {
        let evil = "e\u{1b}[2Jve\u{202e}";
        let mut someone = friend(evil, Standing::Friend);
        someone.availability = Availability::Busy;
        someone.message = Some(evil.into());
        let link = FileLink {
            name: evil.into(),
            size: 1,
            hash: "0".repeat(40),
        };
        vec![
            Notice::Said(Said {
                id: 1,
                who: evil.into(),
                is_ours: false,
                at: 0,
                text: evil.into(),
                state: SendState::Sent,
            }),
            Notice::Outgoing {
                id: 2,
                who: evil.into(),
                state: SendState::Dropped,
            },
            Notice::Friend(Box::new(someone)),
            Notice::NoFriend(evil.into()),
            Notice::Typing {
                who: evil.into(),
                is_typing: true,
            },
            Notice::Approval {
                who: evil.into(),
                pgp_id: "0".repeat(16),
                sentence: evil.into(),
            },
            Notice::Mail(Box::new(Mail {
                id: 3,
                folder: Folder::Inbox,
                from: evil.into(),
                to: vec![],
                cc: vec![],
                bcc: vec![],
                at: 0,
                subject: evil.into(),
                body: String::new(),
                files: vec![link.clone()],
                is_read: false,
                waiting_for: vec![],
            })),
            Notice::Offered {
                who: evil.into(),
                link,
            },
            Notice::Warning(evil.into()),
        ]
    }

    #[test]
    fn everything_is_a_line_and_nothing_in_it_is_obeyed() {
        // [RS-3] [RS-9] [RS-11] [RS-13] [RS-22]
        for notice in notices() {
            let shown = line(&notice, "ana", &View::plain()).unwrap();
            assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
            let json = record(&notice, "ana").line();
            assert!(!json.contains(['\u{1b}', '\u{202e}']), "{json:?}");
            let value: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert!(value["type"].is_string(), "{json}");
        }
    }

    #[test]
    fn records_are_called_as_the_guide_has_it() {
        let kinds: Vec<String> = notices()
            .iter()
            .map(|notice| {
                let json = record(notice, "ana").line();
                let value: serde_json::Value = serde_json::from_str(&json).unwrap();
                value["type"].as_str().unwrap().to_owned()
            })
            .collect();
        let expected = [
            "told", "outgoing", "friend", "removed", "typing", "approval", "mail", "offered",
            "warning",
        ];
        assert_eq!(kinds, expected);
    }
}
