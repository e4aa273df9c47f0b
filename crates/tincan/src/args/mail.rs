//! The command line of mail between friends: `tincan mail`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::FriendsPlaceArgs;

/// Mail between friends: letters with a subject, for several people, with files.
///
/// A letter waits for each receiver who is offline. See `tincan friends` for who can get one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tincan mail\n  \
    tincan mail read 12\n  \
    tincan mail send --to bea --cc cyd --subject 'Saturday' --attach plan.pdf 'Bring the tent.'\n  \
    tincan mail move 12 trash")]
pub(crate) struct MailArgs {
    #[command(subcommand)]
    pub(crate) action: Option<MailAction>,
    /// One JSON object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: FriendsPlaceArgs,
}

/// What to do about mail.
#[derive(Debug, Subcommand)]
pub(crate) enum MailAction {
    /// List letters, the newest first (this is the default)
    List {
        /// Only those in this folder; all but the trash when left out
        #[arg(value_enum)]
        folder: Option<MailFolder>,
    },
    /// Print a letter; it is read from then on
    Read {
        /// Its number
        #[arg(value_name = "N")]
        id: u64,
    },
    /// Send a letter
    Send(MailSendArgs),
    /// Put a letter into another folder; a draft that is put into the outbox is sent
    Move {
        /// Its number
        #[arg(value_name = "N")]
        id: u64,
        /// Where to
        #[arg(value_enum)]
        folder: MailFolder,
    },
    /// Mark a letter as read, or as unread
    Mark {
        /// Its number
        #[arg(value_name = "N")]
        id: u64,
        /// Not read
        #[arg(long)]
        unread: bool,
    },
    /// Remove a letter for good
    Delete {
        /// Its number
        #[arg(value_name = "N")]
        id: u64,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// List the letters that wait for a receiver
    Outbox,
}

/// A letter to be sent.
#[derive(Debug, Args)]
pub(crate) struct MailSendArgs {
    /// A receiver (repeatable)
    #[arg(long, value_name = "WHO", required_unless_present_any = ["cc", "bcc", "draft"])]
    pub(crate) to: Vec<String>,
    /// A receiver of a copy (repeatable)
    #[arg(long, value_name = "WHO")]
    pub(crate) cc: Vec<String>,
    /// A receiver whom the others do not see (repeatable)
    #[arg(long, value_name = "WHO")]
    pub(crate) bcc: Vec<String>,
    /// The subject
    #[arg(long, value_name = "SUBJECT", default_value = "")]
    pub(crate) subject: String,
    /// Attach this file (repeatable); receivers fetch it from you
    #[arg(long, value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
    /// Do not send it, keep it among the drafts
    #[arg(long)]
    pub(crate) draft: bool,
    /// The text; standard input when left out
    #[arg(value_name = "TEXT")]
    pub(crate) text: Option<String>,
}

/// A folder of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MailFolder {
    /// They came
    Inbox,
    /// They wait for a receiver
    Outbox,
    /// All receivers have them
    Sent,
    /// Not sent yet
    Drafts,
    /// Thrown away
    Trash,
}
