//! The command line of files among friends: `tincan files`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::FriendsPlaceArgs;

/// Files among friends: share folders, look into theirs, search, fetch.
///
/// Every file is known by its hash, and whole only when that fits. `tincan offer friend:WHO FILE` is
/// for one file to one friend.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "Examples:\n  \
    tincan files share ~/Music\n  \
    tincan files share ~/Plans --with bea --with cyd\n  \
    tincan files browse bea\n  \
    tincan files search live 1999\n  \
    tincan files get bea:music/live\n  \
    tincan files downloads --watch\n  \
    tincan files unoffer holiday.jpg friend:bea")]
pub(crate) struct FilesArgs {
    #[command(subcommand)]
    pub(crate) action: FilesAction,
    /// One JSON object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: FriendsPlaceArgs,
}

/// What to do about files.
#[derive(Debug, Subcommand)]
pub(crate) enum FilesAction {
    /// Share a folder; once more changes who may see it
    ///
    /// Its files are hashed in the background; each is there for friends once it is. Hidden files, those
    /// that end in .part, and your own keys and records are left out.
    Share {
        /// The folder
        folder: PathBuf,
        /// Only for this friend (repeatable); for all when left out
        #[arg(long, value_name = "WHO", conflicts_with = "by_hash")]
        with: Vec<String>,
        /// Nobody sees it in lists; a friend who knows a file's link may fetch it
        #[arg(long)]
        by_hash: bool,
        /// What friends see it called [default: its own name]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Wait until all of it is hashed
        #[arg(long)]
        wait: bool,
    },
    /// Share a folder no more
    Unshare {
        /// The folder
        folder: PathBuf,
    },
    /// List what is shared, and how far hashing is
    Shares,
    /// Look at the shared folders again
    Rescan {
        /// Wait until all is hashed
        #[arg(long)]
        wait: bool,
    },
    /// Stop hashing, or let a download rest
    Pause {
        /// The download with this hash; hashing when left out
        hash: Option<String>,
    },
    /// Go on hashing, or with a download
    Resume {
        /// The download with this hash; hashing when left out
        hash: Option<String>,
    },
    /// List what a friend shares
    Browse {
        /// Whose
        who: String,
        /// A folder in it, such as music/live; the top when left out
        path: Option<String>,
    },
    /// Search in what all friends share: every word has to occur in a name
    Search {
        /// The words
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// List single files on offer: yours, attachments of letters included, and those offered to you
    Offers,
    /// Take an offer back: the file is refused from now on, and a fetch that runs ends
    ///
    /// Attachments of letters are offers too. What was fetched already stays with whoever has it.
    Unoffer {
        /// Which: its link, its hash, its name or its path
        #[arg(value_name = "LINK|HASH|NAME|PATH")]
        what: String,
        /// From whom; from all when left out
        who: Option<String>,
    },
    /// Print the link of a file that is shared
    Link {
        /// The file
        file: PathBuf,
    },
    /// Fetch files: prints the path of each that has arrived
    Get {
        /// A link, or WHO:PATH for a file or folder of a friend's
        #[arg(value_name = "LINK|WHO:PATH", required = true)]
        what: Vec<String>,
        /// Ask this friend too, besides those who are known to have it
        #[arg(long, value_name = "WHO")]
        from: Option<String>,
        /// Where to put them [default: the incoming folder]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Do not wait; the node goes on by itself
        #[arg(long)]
        no_wait: bool,
    },
    /// List the downloads
    Downloads {
        /// Follow them until interrupted
        #[arg(long)]
        watch: bool,
    },
    /// Give a download up, and remove what has come of it
    Cancel {
        /// Its hash
        hash: String,
    },
}
